/* SPDX-License-Identifier: Apache-2.0
 * See restart.h. Controllers see the cluster through the API server of their machine. So where new ones do not follow
 * either, that one is the cause. */
#include "restart.h"
#include "agent.h"
#include "components.h"
#include "decide/paths.h"
#include "member/health.h"
#include "slot.h"
#include "work.h"
#include "world/world.h"

#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RESTART_IN_VAIN AGENT_RUN "/restart-in-vain"

enum {
    SOAK_S = 10,
    STALE_SIZE = 64,
    LOOK_S = 90 /* until a new controller manager leads, and two checks of half a minute */
};

static void read_stale(struct agent *agent, char ret[static STALE_SIZE]) {
    cleanup_buf struct buf text = BUF_INIT(STALE_SIZE - 1);
    struct error none;
    bool read = agent->world->file_read(AGENT_STALE, &text, &none) == 0;
    snprintf(ret, STALE_SIZE, "%s", read ? buf_text(&text) : "");
}

/* Not again, as long as it is stale: a person looks. */
static void give_up(struct agent *agent) {
    struct error err = {0};
    if (agent->world->file_write(RESTART_IN_VAIN, "", 0, 0600, &err) < 0)
        log_warning("%s", err.message);
}

bool restart_due(struct agent *agent) {
    char stale[STALE_SIZE], host[64] = "";
    struct error none;
    if (!role_is_master(agent->role))
        return false;
    read_stale(agent, stale);
    if (!stale[0])
        unlink(RESTART_IN_VAIN);
    if (!stale[0] || access(RESTART_IN_VAIN, F_OK) == 0)
        return false;
    if (!strcmp(stale, "api-server"))
        return true;
    return !strcmp(stale, "controllers") && agent->world->api_controllers_host(agent->role, host, &none) == 0 &&
           !strcmp(host, agent->role->hostname);
}

/* The check goes on in a process of its own (member/caches.c), every quarter of a minute while something is stale: what
 * it wrote is gone when all follows. */
static bool nothing_is_stale(const void *none) {
    (void)none;
    return access(AGENT_STALE, F_OK) < 0;
}

static bool follows(struct agent *agent) {
    struct error late;
    return agent->world->await_in(AGENT_RUN, nothing_is_stale, NULL, LOOK_S, &late) == 0;
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
    if (follows(work->agent))
        return 0;
    give_up(work->agent);
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
    if (!record->mine && control_plane_healthy(agent->world, agent->role, err) < 0)
        return error_wrap(err, "restart: nothing begins");
    if (slot_take(agent, "restart", &work.token, err) < 0)
        return -1;
    if (record->aborted)
        return work_drop_lease(&work, err) < 0 ? -1 : slot_back(agent, "restart", work.token, err);
    events_say(agent, "maintenance", "running", 0, 0, "restart: components that do not follow what is new");
    if (work_run(&work, steps, sizeof(steps) / sizeof(steps[0]), err) < 0)
        return -1;
    events_say(agent, "ready", "ready", 0, 0, "restart: they follow what is new");
    return slot_back(agent, "restart", work.token, err);
}
