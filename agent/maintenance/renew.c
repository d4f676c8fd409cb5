/* SPDX-License-Identifier: Apache-2.0
 * See renew.h. After a power cut all steps are done again. */
#include "renew.h"
#include "agent.h"
#include "bootstrap/certificates.h"
#include "bootstrap/clock_offset.h"
#include "components.h"
#include "member/health.h"
#include "slot.h"
#include "work.h"
#include "world/world.h"

#include "log.h"

static int renew_files(const struct work *work, struct error *err) {
    return certificates_renew(work->agent, err);
}

static const struct work_step steps[] = {
    {"lease", work_take_lease},
    {"certificates", renew_files},
    {"etcd", components_restart_etcd},
    {"api-server", components_restart_api_server},
    {"controllers", components_restart_controllers},
    {"soak", components_soak},
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
    if (control_plane_healthy(agent->world, agent->role, err) < 0 ||
        (!certificates_due(agent, CERTIFICATES_PRESSING) && clock_offset_check(agent, err) < 0))
        return error_wrap(err, "renew: nothing begins");
    if (slot_take(agent, "renew", &token, err) < 0)
        return certificates_due(agent, CERTIFICATES_PRESSING) ? renew_alone(agent, record, err) : -1;
    events_say(agent, "maintenance", "running", 0, 0, "renew: new certificates");
    if (run_steps(agent, token, record->soak_s ? record->soak_s : RENEW_SOAK_S, err) < 0 ||
        slot_back(agent, "renew", token, err) < 0)
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
