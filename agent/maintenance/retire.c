/* SPDX-License-Identifier: Apache-2.0
 * See retire.h. Any master may take over at any time, and does the step again. */
#include "retire.h"
#include "agent.h"
#include "decide/cluster.h"
#include "drain.h"
#include "member/helper.h"
#include "slot.h"
#include "world/world.h"

#include "buf.h"
#include "clock.h"
#include "log.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    LOOK_MS = 10000,       /* what is wrong before anything is changed passes in that time, or is said */
    OTHERS_MS = 30000,     /* also another master that has just started */
    NOT_READY_MS = 90000,  /* 40 s after its last word a Node is not Ready any more */
    MEMBER_MS = 5 * 60000, /* etcd removes nobody while it was not connected to all others for 5 s */
    LIST_MAX = 400         /* what the seed takes of a message, and the names of the machines */
};

/* What a step is about. */
struct step {
    struct agent *agent;
    const struct slot_record *record;
    struct drain *drain;
};

/* 0 while there is time left; then the order halts with `code`. */
static int halt_after(const struct step *step, int64_t limit_ms, enum code code, struct error *err) {
    struct error untold;
    if (clock_boottime_ms() - step->drain->begun_ms < limit_ms)
        return 0;
    error_code(err, code);
    error_wrap(err, "retire %s", step->record->holder);
    if (slot_fail(step->agent, step->record->token, step->record->step, err, &untold) < 0)
        log_warning("%s", untold.message);
    return -1;
}

/* --- what goes with the machine, and whether the others are well without it --- */

struct voters {
    const struct step *step;
    size_t all, well;
    struct error first; /* of the first that is not well */
};

static int check_voter(const struct cluster_member *member, struct voters *voters, struct error *err) {
    const struct agent *agent = voters->step->agent;
    const struct role_peer *peer = cluster_peer(agent->role, member->name);
    if (member->learner)
        return error_set(err, EBUSY, "etcd has the learner `%s`: a master joins", member->name);
    return agent->world->etcd_member_healthy(member, err) < 0 || (peer && agent->world->api_ready(peer, err) < 0) ? -1
                                                                                                                  : 0;
}

static int count_voter(const struct cluster_member *member, void *context, struct error *err) {
    struct voters *voters = context;
    (void)err;
    if (cluster_member_is_of(member, voters->step->agent->role, voters->step->record->holder))
        return 0;
    struct error why = {0};
    bool well = check_voter(member, voters, &why) == 0;
    voters->all++;
    voters->well += well;
    if (!well && !voters->first.message[0])
        voters->first = why;
    return 0;
}

/* Every other member and API server, not only as many as a quorum needs. */
static int check_others(const struct step *step, struct error *err) {
    struct voters voters = {.step = step};
    if (step->agent->world->etcd_each_member(count_voter, &voters, err) < 0)
        return -1;
    if (voters.well == voters.all)
        return 0;
    *err = voters.first;
    err->errnum = EBUSY;
    err->code = SR_ETCD_HEALTH;
    error_wrap(err, "without it %zu of %zu voters of etcd are well, and a quorum is %zu", voters.well, voters.all,
               voters.all / 2 + 1);
    return error_remedy(err, "power the other one on first; then seedctl rollout resume");
}

static bool is_master(const struct step *step) {
    const struct role_peer *peer = cluster_peer(step->agent->role, step->record->holder);
    return peer && peer->role == NODE_MASTER;
}

static void add_data(struct buf *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_data(struct buf *list, const char *format, ...) {
    char text[256];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    if (list->length + strlen(text) + 40 < LIST_MAX)
        buf_addf(list, "%s%s", list->length ? ", " : "", text);
    else if (!strstr(buf_text(list), "and more"))
        buf_adds(list, ", and more: kubectl get pods -A -o wide");
}

static int list_pod(const struct pod_view *pod, void *context, struct error *err) {
    (void)err;
    if (pod->data[0])
        add_data(context, "%s of %.63s/%.63s", pod->data, pod->namespace, pod->name);
    if (pod->fate == POD_ALONE)
        add_data(context, "%.63s/%.63s itself, which has no controller", pod->namespace, pod->name);
    return 0;
}

static int list_volume(const char *name, void *context, struct error *err) {
    (void)err;
    add_data(context, "PersistentVolume %.63s", name);
    return 0;
}

static int check_data(const struct step *step, struct error *err) {
    const struct world *world = step->agent->world;
    const struct role *role = step->agent->role;
    cleanup_buf struct buf list = BUF_INIT(2 * LIST_MAX);
    buf_adds(&list, "");
    if (step->record->lose_data)
        return 1;
    if (world->node_each_pod(role, step->record->holder, list_pod, &list, err) < 0 ||
        world->node_each_volume(role, step->record->holder, list_volume, &list, err) < 0)
        return -1;
    if (!list.length)
        return 1;
    error_fail(err, SR_RETIRE_DATA, EBUSY, "data goes with it: %s", buf_text(&list));
    error_remedy(err, "save what you need; then seedctl rollout resume --lose-data, or seedctl rollout abort");
    return halt_after(step, 0, SR_RETIRE_DATA, err);
}

/* Whether it answers is what the operator says, or the other way round. */
static int check_power(const struct step *step, const struct node_view *node, struct error *err) {
    if (node->ready == !step->record->off)
        return 1;
    if (node->ready) {
        error_fail(err, SR_RETIRE_OFF, EBUSY, "it is said to be off, and its Node is Ready");
        error_remedy(err, "power it off; or without --off: seedctl rollout abort, seedctl retire");
        return halt_after(step, NOT_READY_MS, SR_RETIRE_OFF, err);
    }
    error_fail(err, SR_RETIRE_OFF, EBUSY, "its Node is not Ready");
    error_remedy(err, "power it on; or if it is off for good: seedctl rollout resume --off");
    return halt_after(step, LOOK_MS, SR_RETIRE_OFF, err);
}

static int look(const struct step *step, struct error *err) {
    struct node_view node;
    if (is_master(step) && check_others(step, err) < 0)
        return err->errnum == EBUSY ? halt_after(step, OTHERS_MS, SR_ETCD_HEALTH, err) : -1;
    if (step->agent->world->node_look(step->agent->role, step->record->holder, &node, err) < 0)
        return err->errnum == ENOENT ? 1 : -1; /* nothing of it runs as a part of the cluster */
    int result = check_power(step, &node, err);
    return result > 0 ? check_data(step, err) : result;
}

/* --- it is taken out --- */

static int find_holder(const struct cluster_member *member, void *context, struct error *err) {
    const struct step *step = context;
    return cluster_member_is_of(member, step->agent->role, step->record->holder)
               ? error_set(err, EBUSY, "etcd still has the member `%s`", member->name)
               : 0;
}

static int remove_member(const struct step *step, struct error *err) {
    const struct world *world = step->agent->world;
    if (!is_master(step))
        return 1;
    if (world->etcd_remove_member(step->agent->role, step->record->holder, err) < 0 ||
        world->etcd_each_member(find_holder, (void *)step, err) < 0) {
        error_remedy(err, "see that every other master is up; then seedctl rollout resume");
        return halt_after(step, MEMBER_MS, SR_ETCD_HEALTH, err);
    }
    log_info("etcd: %s is no member any more", step->record->holder);
    return 1;
}

struct count {
    const struct step *step;
    size_t voters;
    bool holder; /* is one */
};

static int count_members(const struct cluster_member *member, void *context, struct error *err) {
    struct count *count = context;
    (void)err;
    count->voters += !member->learner;
    count->holder |= cluster_member_is_of(member, count->step->agent->role, count->step->record->holder);
    return 0;
}

/* The pods of one that is off end with its Node. The member of the last but one goes before its machine stops:
 * afterwards etcd would have no quorum to remove it by. */
static int leave(const struct step *step, struct error *err) {
    struct count count = {.step = step};
    int drained = step->record->off ? 1 : drain_pods(step->agent, step->record, step->drain, err);
    if (drained <= 0 || !is_master(step))
        return drained;
    if (step->agent->world->etcd_each_member(count_members, &count, err) < 0)
        return -1;
    return count.voters == 2 && count.holder ? remove_member(step, err) : 1;
}

static int remove_node(const struct step *step, struct error *err) {
    const struct world *world = step->agent->world;
    struct node_view node;
    if (world->api_remove_node(step->agent->role, step->record->holder, err) < 0)
        return -1;
    if (world->node_look(step->agent->role, step->record->holder, &node, err) < 0)
        return err->errnum == ENOENT ? 1 : -1;
    error_fail(err, SR_RETIRE_OFF, EBUSY, "its Node comes back: its kubelet runs");
    error_remedy(err, "power it off; then seedctl rollout resume");
    return halt_after(step, LOOK_MS, SR_RETIRE_OFF, err);
}

/* The seed does it, when it is told. */
static int deny(const struct step *step, struct error *err) {
    (void)step;
    (void)err;
    return 1;
}

static const struct {
    const char *name;
    int (*run)(const struct step *step, struct error *err); /* as retire_help() */
} steps[] = {{"data", look}, {"drain", leave}, {"member", remove_member}, {"node", remove_node}, {"deny", deny}};
enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

static size_t find_step(const char *name) {
    size_t i = 0;
    while (i < STEPS && strcmp(steps[i].name, name) != 0)
        i++;
    return i;
}

bool retire_is_mine(struct agent *agent, const struct slot_record *record) {
    return !strcmp(record->kind, "retire") && record->holder[0] && !record->mine && !record->halted &&
           find_step(record->step) < STEPS && helper_is_me(agent, record->holder);
}

int retire_help(struct agent *agent, const struct slot_record *record, struct drain *drain, struct error *err) {
    if (!cluster_peer(agent->role, record->holder))
        return 0; /* the site just got it, and this machine does not know yet whether it is a master */
    drain_follow(drain, record);
    int done = steps[find_step(record->step)].run(&(struct step){agent, record, drain}, err);
    return done > 0 && slot_helped(agent, record->token, record->step, err) < 0 ? -1 : done;
}
