/* SPDX-License-Identifier: Apache-2.0
 * See renew.h. The process may end at any point, also by a power cut: the record still names this machine, and all
 * steps are done again. */
#include "renew.h"
#include "agent.h"
#include "bootstrap/certificates.h"
#include "member/health.h"
#include "slot.h"
#include "world/world.h"

#include "clock.h"
#include "log.h"
#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    LOOK_S = 25,
    AWAY_S = 30,      /* the seed is away, or refused */
    SICK_S = 10,      /* the control plane is not healthy: nothing begins */
    GATE_MS = 420000, /* kubelet waits up to five minutes before it starts again what ended often (doBackOff) */
    LEASE_MS = 30000,
    API_GRACE_MS = 30000, /* for what it still has to answer */
    SOAK_S = 10,
    CLOCK_MS = 60000,
    PAUSE_MS = 250
};

static void pause_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Every member of etcd and every API server, this machine's too. */
static int gate(struct agent *agent, struct error *err) {
    return control_plane_wait_healthy(agent->world, agent->role, clock_boottime_ms() + GATE_MS, err);
}

/* Its container starts again in the same pod. For a new pod, or after its own restart, kubelet would ask for its node
 * before it mounts a volume, and this machine's API server answers nobody without this etcd. */
static int restart_etcd(struct agent *agent, struct error *err) {
    return agent->world->etcd_move_leader(err) < 0 || agent->world->process_stop_etcd(err) < 0 ? -1 : gate(agent, err);
}

static int restart_api_server(struct agent *agent, struct error *err) {
    return agent->world->process_stop_api_server(API_GRACE_MS, err) < 0 ? -1 : gate(agent, err);
}

static int restart_controllers(struct agent *agent, struct error *err) {
    int64_t deadline_ms = clock_boottime_ms() + GATE_MS;
    if (agent->world->process_stop_controllers(err) < 0)
        return -1;
    while (!agent->world->process_controllers_run()) {
        if (clock_boottime_ms() >= deadline_ms)
            return error_set(err, ETIMEDOUT, "controller manager or scheduler does not run again"),
                   error_remedy(err, "read their logs below /var/log/pods");
        pause_ms(PAUSE_MS);
    }
    return 0;
}

/* Healthy all the time, not for a moment. */
static int soak(struct agent *agent, struct error *err) {
    int64_t since_ms = clock_boottime_ms(), deadline_ms = since_ms + GATE_MS;
    while (clock_boottime_ms() - since_ms < SOAK_S * INT64_C(1000)) {
        if (control_plane_healthy(agent->world, agent->role, err) < 0) {
            if (clock_boottime_ms() >= deadline_ms)
                return -1;
            since_ms = clock_boottime_ms();
        }
        pause_ms(PAUSE_MS);
    }
    return 0;
}

/* Whoever has the slot has the Lease, too: so nobody works beside him whose seed was restored from an old backup. */
static int take_lease(struct agent *agent, struct error *err) {
    int64_t deadline_ms = clock_boottime_ms() + LEASE_MS;
    while (agent->world->lease_take(agent->role, err) < 0) {
        if (clock_boottime_ms() >= deadline_ms)
            return error_remedy(err, "when no master is worked on: kubectl -n kube-system delete lease "
                                     "seedrack-maintenance; then seedctl rollout resume");
        pause_ms(PAUSE_MS);
    }
    return 0;
}

static int drop_lease(struct agent *agent, struct error *err) {
    return agent->world->lease_drop(agent->role, err);
}

static const struct {
    const char *name;
    int (*run)(struct agent *agent, struct error *err);
} steps[] = {
    {"lease", take_lease},
    {"certificates", certificates_renew},
    {"etcd", restart_etcd},
    {"api-server", restart_api_server},
    {"controllers", restart_controllers},
    {"soak", soak},
    {"lease-back", drop_lease},
};

/* New certificates are counted from this machine's clock. */
static int check_clock(int64_t ahead_ms, struct error *err) {
    if (ahead_ms < CLOCK_MS && ahead_ms > -CLOCK_MS)
        return 0;
    error_set(err, ETIME, "the clock is %lld s %s the seed's", (long long)(ahead_ms < 0 ? -ahead_ms : ahead_ms) / 1000,
              ahead_ms < 0 ? "behind" : "ahead of");
    return error_remedy(err, "compare both; the machine takes the seed's when it starts");
}

/* Halts the order, where there is one. */
static int fail_step(struct agent *agent, int64_t token, const char *step, struct error *problem, struct error *err) {
    struct error untold;
    error_code(problem, SR_MAINTENANCE);
    events_problem(agent, &(struct event){.step = "maintenance", .state = "failed", .code = problem->code}, problem,
                   false);
    if (token && slot_fail(agent, token, problem, &untold) < 0)
        log_warning("%s", untold.message);
    *err = *problem;
    return error_wrap(err, "renew: %s", step);
}

/* `token` 0: without the slot. */
static int run_steps(struct agent *agent, int64_t token, struct error *err) {
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct error problem = {0};
        int64_t ahead_ms = 0;
        log_info("maintenance: renew: %s", steps[i].name);
        if (token && slot_step(agent, token, steps[i].name, &ahead_ms, err) < 0)
            return -1; /* not this machine's turn any more, or the seed is away: the record still names it */
        if (check_clock(ahead_ms, &problem) < 0 || steps[i].run(agent, &problem) < 0)
            return fail_step(agent, token, steps[i].name, &problem, err);
    }
    return 0;
}

static void say_done(struct agent *agent) {
    events_say(agent, "ready", "ready", 0, 0, "renew: every certificate is new, the control plane is healthy");
}

/* Checks first, and takes the slot last: one that is taken and does nothing would keep the others waiting. */
int renew_once(struct agent *agent, struct error *err) {
    int64_t token;
    if (control_plane_healthy(agent->world, agent->role, err) < 0)
        return error_wrap(err, "renew: nothing begins");
    if (slot_take(agent, "renew", &token, err) < 0)
        return -1;
    events_say(agent, "maintenance", "running", 0, 0, "renew: new certificates");
    if (run_steps(agent, token, err) < 0 || slot_back(agent, token, err) < 0)
        return -1;
    say_done(agent);
    return 0;
}

/* The slot cannot be had, and the certificates end soon: the Lease alone orders the masters. */
static int renew_alone(struct agent *agent, struct error *err) {
    if (control_plane_healthy(agent->world, agent->role, err) < 0)
        return error_wrap(err, "renew: nothing begins");
    if (agent->world->lease_take(agent->role, err) < 0)
        return -1;
    log_warning("maintenance: the certificates end soon and the slot cannot be had: renewed without it");
    if (run_steps(agent, 0, err) < 0)
        return -1;
    say_done(agent);
    return 0;
}

/* What is to be done by this record; `known`: the seed answered. NULL: nothing. */
static int (*next_work(struct agent *agent, const struct slot_record *record, bool known))(struct agent *,
                                                                                           struct error *) {
    if (known && (record->my_turn || (record->mine && record->running) ||
                  (record->closed && certificates_due(agent, CERTIFICATES_DUE))))
        return renew_once;
    bool stopped = known && !record->closed && !record->running;
    return (!known || stopped) && certificates_due(agent, CERTIFICATES_PRESSING) ? renew_alone : NULL;
}

void renew_forever(struct agent *agent) {
    struct slot_record record = {0};
    char told[sizeof(((struct error *)0)->message)] = "";
    for (;;) {
        struct error err = {0};
        bool known = slot_look(agent, "renew", record.version ? LOOK_S : 0, &record, &err) == 0;
        int (*work)(struct agent *, struct error *) = next_work(agent, &record, known);
        if (!known)
            record.version = 0;
        if (work && work(agent, &err) < 0) {
            if (strcmp(told, err.message) != 0)
                log_warning("%s", err.message);
            memcpy(told, err.message, sizeof(told));
            record.version = 0; /* it is looked at again at once, not when it changes */
            pause_ms(SICK_S * 1000);
        } else if (!known) {
            pause_ms(AWAY_S * 1000);
        } else {
            told[0] = '\0';
        }
    }
}
