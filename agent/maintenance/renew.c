/* SPDX-License-Identifier: Apache-2.0
 * See renew.h. After a power cut all steps are done again. */
#include "renew.h"
#include "agent.h"
#include "bootstrap/certificates.h"
#include "member/health.h"
#include "slot.h"
#include "work.h"
#include "world/world.h"

#include "clock.h"
#include "log.h"
#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    GATE_MS = 420000,     /* kubelet waits up to five minutes before it starts again what ended often (doBackOff) */
    API_GRACE_MS = 30000, /* for what it still has to answer */
    PAUSE_MS = 250
};

static void pause_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Every member of etcd and every API server, this machine's too. */
static int gate(const struct work *work, struct error *err) {
    return control_plane_wait_healthy(work->agent->world, work->agent->role, clock_boottime_ms() + GATE_MS, err);
}

/* Its container starts again in the same pod. For a new pod, or after its own restart, kubelet would ask for its node
 * before it mounts a volume, and this machine's API server answers nobody without this etcd. */
static int restart_etcd(const struct work *work, struct error *err) {
    return work->agent->world->etcd_move_leader(err) < 0 || work->agent->world->process_stop_etcd(err) < 0
               ? -1
               : gate(work, err);
}

static int restart_api_server(const struct work *work, struct error *err) {
    return work->agent->world->process_stop_api_server(API_GRACE_MS, err) < 0 ? -1 : gate(work, err);
}

static int restart_controllers(const struct work *work, struct error *err) {
    int64_t deadline_ms = clock_boottime_ms() + GATE_MS;
    if (work->agent->world->process_stop_controllers(err) < 0)
        return -1;
    while (!work->agent->world->process_controllers_run()) {
        if (clock_boottime_ms() >= deadline_ms)
            return error_set(err, ETIMEDOUT, "controller manager or scheduler does not run again"),
                   error_remedy(err, "read their logs below /var/log/pods");
        pause_ms(PAUSE_MS);
    }
    return 0;
}

/* Healthy all the time, not for a moment. */
static int soak(const struct work *work, struct error *err) {
    int64_t since_ms = clock_boottime_ms(), deadline_ms = since_ms + GATE_MS;
    while (clock_boottime_ms() - since_ms < work->soak_s * INT64_C(1000)) {
        if (control_plane_healthy(work->agent->world, work->agent->role, err) < 0) {
            if (clock_boottime_ms() >= deadline_ms)
                return -1;
            since_ms = clock_boottime_ms();
        }
        pause_ms(PAUSE_MS);
    }
    return 0;
}

static int renew_files(const struct work *work, struct error *err) {
    return certificates_renew(work->agent, err);
}

static const struct work_step steps[] = {
    {"lease", work_take_lease},         {"certificates", renew_files},        {"etcd", restart_etcd},
    {"api-server", restart_api_server}, {"controllers", restart_controllers}, {"soak", soak},
    {"lease-back", work_drop_lease},
};

static int run_steps(struct agent *agent, int64_t token, int soak_s, struct error *err) {
    const struct work work = {.agent = agent, .kind = "renew", .token = token, .soak_s = soak_s};
    return work_run(&work, steps, sizeof(steps) / sizeof(steps[0]), err);
}

static void say_done(struct agent *agent) {
    events_say(agent, "ready", "ready", 0, 0, "renew: every certificate is new, the control plane is healthy");
}

/* Checks first, and takes the slot last: one that is taken and does nothing would keep the others waiting. */
int renew_once(struct agent *agent, const struct slot_record *record, struct error *err) {
    int64_t token;
    if (control_plane_healthy(agent->world, agent->role, err) < 0)
        return error_wrap(err, "renew: nothing begins");
    if (slot_take(agent, "renew", &token, err) < 0)
        return -1;
    events_say(agent, "maintenance", "running", 0, 0, "renew: new certificates");
    if (run_steps(agent, token, record->soak_s ? record->soak_s : RENEW_SOAK_S, err) < 0 ||
        slot_back(agent, token, err) < 0)
        return -1;
    say_done(agent);
    return 0;
}

/* The Lease alone orders the masters. */
int renew_alone(struct agent *agent, const struct slot_record *record, struct error *err) {
    (void)record;
    if (control_plane_healthy(agent->world, agent->role, err) < 0)
        return error_wrap(err, "renew: nothing begins");
    if (agent->world->lease_take(agent->role, err) < 0)
        return -1;
    log_warning("maintenance: the certificates end soon and the slot cannot be had: renewed without it");
    if (run_steps(agent, 0, RENEW_SOAK_S, err) < 0)
        return -1;
    say_done(agent);
    return 0;
}
