/* SPDX-License-Identifier: Apache-2.0
 * See restart.h. Controllers see the cluster through the API server of their machine. So where new ones do not follow
 * either, that one is the cause. */
#include "restart.h"
#include "agent.h"
#include "components.h"
#include "decide/paths.h"
#include "member/caches.h"
#include "member/health.h"
#include "slot.h"
#include "work.h"
#include "world/world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SOAK_S = 10, STALE_SIZE = 64 };

static void read_stale(struct agent *agent, char ret[static STALE_SIZE]) {
    cleanup_buf struct buf text = BUF_INIT(STALE_SIZE - 1);
    struct error none;
    bool read = agent->world->file_read(AGENT_STALE, &text, &none) == 0;
    snprintf(ret, STALE_SIZE, "%s", read ? buf_text(&text) : "");
}

bool restart_due(struct agent *agent) {
    char stale[STALE_SIZE], host[64] = "";
    struct error none;
    if (!role_is_master(agent->role))
        return false;
    read_stale(agent, stale);
    if (!strcmp(stale, "api-server"))
        return true;
    return !strcmp(stale, "controllers") && agent->world->api_controllers_host(agent->role, host, &none) == 0 &&
           !strcmp(host, agent->role->hostname);
}

static bool follows(struct agent *agent) {
    if (caches_check(agent) != CACHES_FOLLOW)
        return false;
    unlink(AGENT_STALE);
    return true;
}

static int restart_controllers(const struct work *work, struct error *err) {
    char stale[STALE_SIZE];
    read_stale(work->agent, stale);
    if (strcmp(stale, "controllers") != 0)
        return 0;
    return components_restart_controllers(work, err);
}

/* The look takes as long as a new controller manager needs to lead. */
static int restart_api_server(const struct work *work, struct error *err) {
    return follows(work->agent) ? 0 : components_restart_api_server(work, err);
}

static int look(const struct work *work, struct error *err) {
    if (follows(work->agent) || follows(work->agent)) /* another controller manager may only lead by now */
        return 0;
    error_fail(err, SR_CACHE_STALE, EIO, "restarted, and still nothing follows what is new");
    return error_remedy(err, "look at the other masters: seedctl status; read kube-controller-manager's log");
}

static const struct work_step steps[] = {
    {"lease", work_take_lease},         {"controllers", restart_controllers},
    {"api-server", restart_api_server}, {"look", look},
    {"soak", components_soak},          {"lease-back", work_drop_lease},
};

int restart_once(struct agent *agent, const struct slot_record *record, struct error *err) {
    struct work work = {.agent = agent, .kind = "restart", .soak_s = record->soak_s ? record->soak_s : SOAK_S};
    if (control_plane_healthy(agent->world, agent->role, err) < 0)
        return error_wrap(err, "restart: nothing begins");
    if (slot_take(agent, "restart", &work.token, err) < 0)
        return -1;
    events_say(agent, "maintenance", "running", 0, 0, "restart: components that do not follow what is new");
    if (work_run(&work, steps, sizeof(steps) / sizeof(steps[0]), err) < 0)
        return -1;
    events_say(agent, "ready", "ready", 0, 0, "restart: they follow what is new");
    return slot_back(agent, "restart", work.token, err);
}
