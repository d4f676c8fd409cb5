/* SPDX-License-Identifier: Apache-2.0
 * See drain.h. Any master may take over at any time: the cluster itself says how far it has come. */
#include "drain.h"
#include "agent.h"
#include "decide/cluster.h"
#include "member/helper.h"
#include "member/health.h"
#include "slot.h"
#include "world/world.h"

#include "clock.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DRAIN_S = 600 /* where the order does not say */, SOAK_S = 60, PAUSE_MS = 500 };

bool drain_is_mine(struct agent *agent, const struct slot_record *record) {
    bool asked = !strcmp(record->step, "drain") || !strcmp(record->step, "return");
    bool reboots = !strcmp(record->kind, "rollout") || !strcmp(record->kind, "upgrade");
    return asked && reboots && record->holder[0] && !record->mine && !record->halted &&
           helper_is_me(agent, record->holder);
}

/* --- its pods leave --- */

struct leaving {
    struct agent *agent;
    struct drain *drain;
    bool alone_too; /* the operator said so */
    size_t left;
};

static int check_alone(const struct pod_view *pod, void *context, struct error *err) {
    (void)context;
    if (pod->fate != POD_ALONE || pod->leaving)
        return 0;
    error_fail(err, SR_DRAIN, EBUSY, "pod %.63s/%.120s has no controller: nothing would start it again elsewhere",
               pod->namespace, pod->name);
    return error_remedy(err, "kubectl -n %.63s delete pod %.120s, then seedctl rollout resume", pod->namespace,
                        pod->name);
}

static int evict(const struct pod_view *pod, void *context, struct error *err) {
    struct leaving *leaving = context;
    if (pod->fate == POD_STAYS)
        return 0;
    if (!leaving->alone_too && check_alone(pod, NULL, err) < 0)
        return -1;
    leaving->left++;
    if (pod->leaving || leaving->agent->world->node_evict(leaving->agent->role, pod, err) == 0) {
        snprintf(leaving->drain->refused, sizeof(leaving->drain->refused),
                 "pod %.63s/%.120s was told to end, and has not", pod->namespace, pod->name);
        return 0;
    }
    if (err->errnum != EBUSY && err->errnum != EIO) /* no answer; a refusal of any kind may pass */
        return -1;
    memcpy(leaving->drain->refused, err->message, sizeof(leaving->drain->refused));
    return 0;
}

static int set_cordon(struct agent *agent, const struct node_view *node, long long token, struct error *err) {
    log_info("maintenance: %s is %s", node->name, token ? "cordoned" : "uncordoned");
    return agent->world->node_set_cordon(agent->role, node, token, err);
}

/* It stays in service: once the seed knows, what was cordoned for nothing is taken back. Another master may have ended
 * the step meanwhile; then the machine reboots, and nothing is taken back. */
static int give_up(struct agent *agent, const struct slot_record *record, struct error *err) {
    struct node_view node;
    struct error problem = *err, untold = {0};
    error_wrap(&problem, "drain %s", record->holder);
    if (slot_fail(agent, record->token, record->step, &problem, &untold) < 0 ||
        (agent->world->node_look(agent->role, record->holder, &node, &untold) == 0 && node.ours &&
         set_cordon(agent, &node, 0, &untold) < 0))
        log_warning("%s", untold.message);
    *err = problem;
    return -1;
}

/* Too late, or not yet. */
static int not_yet(struct agent *agent, const struct slot_record *record, const struct drain *drain,
                   struct error *err) {
    int limit_s = record->drain_s ? record->drain_s : DRAIN_S;
    if (clock_boottime_ms() - drain->begun_ms < limit_s * INT64_C(1000))
        return 0;
    error_code(err, SR_DRAIN);
    error_remedy(err, "see its PodDisruptionBudget, or end it by hand; then seedctl rollout resume");
    error_wrap(err, "after %d s", limit_s);
    return give_up(agent, record, err);
}

struct others {
    struct agent *agent;
    const char *but;
};

/* One whose work was forced to its end is back: its cordon of ours would stand in the way. */
static int take_back_others(const struct node_view *node, void *context, struct error *err) {
    const struct others *others = context;
    return node->ours && node->ready && strcmp(node->name, others->but) != 0 ? set_cordon(others->agent, node, 0, err)
                                                                             : 0;
}

int drain_pods(struct agent *agent, const struct slot_record *record, struct drain *drain, struct error *err) {
    const struct world *world = agent->world;
    bool retires = !strcmp(record->kind, "retire");
    struct leaving leaving = {.agent = agent, .drain = drain, .alone_too = retires};
    struct node_view node;
    if (world->node_look(agent->role, record->holder, &node, err) < 0)
        return err->errnum == ENOENT ? 1 : -1; /* nothing can run on what is no node */
    if (world->node_each(agent->role, take_back_others, &(struct others){agent, record->holder}, err) < 0)
        return -1;
    if (world->node_others_well(agent->role, record->holder, err) < 0)
        return err->errnum == EBUSY ? not_yet(agent, record, drain, err) : -1;
    if (!retires && !node.ours && world->node_each_pod(agent->role, record->holder, check_alone, NULL, err) < 0)
        return err->code == SR_DRAIN ? give_up(agent, record, err) : -1;
    if (!node.cordoned && set_cordon(agent, &node, record->token, err) < 0)
        return err->errnum == EAGAIN ? 0 : -1;
    if (world->node_each_pod(agent->role, record->holder, evict, &leaving, err) < 0)
        return err->code == SR_DRAIN ? give_up(agent, record, err) : -1;
    if (leaving.left == 0)
        return 1;
    error_set(err, EBUSY, "%s", drain->refused);
    return not_yet(agent, record, drain, err);
}

/* --- it comes back --- */

/* Ready under another boot than the one that was drained, pods may come, and the control plane has all its members. */
static int is_whole(struct agent *agent, const struct slot_record *record, struct error *err) {
    struct node_view node;
    if (agent->world->node_look(agent->role, record->holder, &node, err) < 0)
        return -1;
    if (!node.ready || !strcmp(node.boot, record->boot))
        return error_set(err, EAGAIN, "node `%s` is not Ready yet after its reboot", record->holder);
    if (!strcmp(record->kind, "upgrade") && strcmp(node.kubelet, record->target) != 0)
        return error_set(err, EAGAIN, "node `%s` runs kubelet %s, not %s", record->holder, node.kubelet,
                         record->target);
    if (node.ours && set_cordon(agent, &node, 0, err) < 0)
        return -1;
    return control_plane_healthy(agent->world, agent->role, err);
}

static int see_return(struct agent *agent, const struct slot_record *record, struct drain *drain, struct error *err) {
    int64_t now_ms = clock_boottime_ms(), soak_ms = (record->soak_s ? record->soak_s : SOAK_S) * INT64_C(1000);
    if (is_whole(agent, record, err) < 0) {
        drain->well_since_ms = 0;
        return 0; /* the seed halts the order when it takes too long */
    }
    if (!drain->well_since_ms)
        drain->well_since_ms = now_ms;
    return now_ms - drain->well_since_ms >= soak_ms;
}

void drain_follow(struct drain *drain, const struct slot_record *record) {
    if (drain->token != record->token || drain->since_ms != record->since_ms)
        *drain = (struct drain){.swept = drain->swept,
                                .token = record->token,
                                .since_ms = record->since_ms,
                                .begun_ms = clock_boottime_ms()};
}

int drain_help(struct agent *agent, const struct slot_record *record, struct drain *drain, struct error *err) {
    drain_follow(drain, record);
    int done =
        !strcmp(record->step, "drain") ? drain_pods(agent, record, drain, err) : see_return(agent, record, drain, err);
    if (done > 0 && slot_helped(agent, record->token, record->step, err) < 0)
        return -1;
    return done;
}

static int take_back(const struct node_view *node, void *context, struct error *err) {
    return node->ours ? set_cordon(context, node, 0, err) : 0;
}

void drain_sweep(struct agent *agent, const struct slot_record *record, struct drain *drain) {
    struct error err = {0};
    if (!record->closed || drain->swept == record->version || !helper_is_me(agent, ""))
        return;
    if (agent->world->node_each(agent->role, take_back, agent, &err) < 0)
        log_info("maintenance: %s", err.message); /* it is done at the next look */
    else
        drain->swept = record->version;
}

int drain_return_alone(struct agent *agent, int64_t token, struct error *err) {
    struct slot_record record = {0};
    struct drain drain = {.token = token};
    for (;;) {
        if (slot_look(agent, 0, &record, err) == 0) {
            if (!record.mine || record.token != token || record.halted)
                return error_set(err, ECANCELED, "the order is over for this machine, or halted");
            if (see_return(agent, &record, &drain, err) > 0)
                return 0;
        }
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
}
