/* SPDX-License-Identifier: Apache-2.0
 * See work.h. The process may end at any point, also by a power cut: the record still names this machine. */
#include "work.h"
#include "agent.h"
#include "slot.h"
#include "world/world.h"

#include "clock.h"
#include "log.h"
#include <errno.h>
#include <time.h>

enum { LEASE_MS = 30000, CLOCK_MS = 60000, PAUSE_MS = 250, REBOOT_S = 300 /* services and pods end before it */ };

/* Whoever has the slot has the Lease, too: so nobody works beside him whose seed was restored from an old backup. */
int work_take_lease(const struct work *work, struct error *err) {
    int64_t deadline_ms = clock_boottime_ms() + LEASE_MS;
    while (work->agent->world->lease_take(work->agent->role, err) < 0) {
        if (clock_boottime_ms() >= deadline_ms)
            return error_remedy(err, "when no master is worked on: kubectl -n kube-system delete lease "
                                     "seedrack-maintenance; then seedctl rollout resume");
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    return 0;
}

int work_drop_lease(const struct work *work, struct error *err) {
    return work->agent->world->lease_drop(work->agent->role, err);
}

/* New certificates, and all that has a date, are counted from this machine's clock. */
static int check_clock(int64_t ahead_ms, struct error *err) {
    if (ahead_ms < CLOCK_MS && ahead_ms > -CLOCK_MS)
        return 0;
    error_set(err, ETIME, "the clock is %lld s %s the seed's", (long long)(ahead_ms < 0 ? -ahead_ms : ahead_ms) / 1000,
              ahead_ms < 0 ? "behind" : "ahead of");
    return error_remedy(err, "compare both; the machine takes the seed's when it starts");
}

/* Halts the order, where there is one and it has not halted. */
static int fail_step(const struct work *work, const char *step, struct error *problem, struct error *err) {
    struct error untold;
    if (problem->errnum != ECANCELED) {
        error_code(problem, SR_MAINTENANCE);
        events_problem(work->agent, &(struct event){.step = "maintenance", .state = "failed", .code = problem->code},
                       problem, false);
        if (work->token && slot_fail(work->agent, work->token, NULL, problem, &untold) < 0)
            log_warning("%s", untold.message);
    }
    *err = *problem;
    return error_wrap(err, "%s: %s", work->kind, step);
}

int work_run(const struct work *work, const struct work_step *steps, size_t n, struct error *err) {
    for (size_t i = 0; i < n; i++) {
        struct error problem = {0};
        int64_t ahead_ms = 0;
        log_info("maintenance: %s: %s", work->kind, steps[i].name);
        if (work->token && slot_step(work->agent, work->token, steps[i].name, &ahead_ms, err) < 0)
            return -1; /* not this machine's turn any more, or the seed is away */
        if (check_clock(ahead_ms, &problem) < 0 || steps[i].run(work, &problem) < 0)
            return fail_step(work, steps[i].name, &problem, err);
    }
    return 0;
}

int work_reboot(struct agent *agent, struct error *err) {
    if (agent->world->power_reboot(err) < 0)
        return -1;
    nanosleep(&(struct timespec){.tv_sec = REBOOT_S}, NULL);
    error_set(err, ETIMEDOUT, "init was asked for a reboot %d s ago, and this still runs", REBOOT_S);
    return error_remedy(err, "see what keeps it: ps, or its console; then power the machine off and on");
}
