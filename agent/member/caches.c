/* SPDX-License-Identifier: Apache-2.0
 * See caches.h. etcd has no watch of its leader, so its term is looked at every LOOK_S. */
#include "caches.h"
#include "agent.h"
#include "decide/paths.h"
#include "world/world.h"

#include "clock.h"
#include "log.h"
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    FIRST_S = 60, /* a new cluster has other work */
    LOOK_S = 5,
    PERIOD_S = 600,
    AGAIN_S = 15,
    SECOND_LOOK_S = 5,
    SETTLES_S = 20 /* a controller-manager that lost its lease is followed by another one */
};

static enum caches look(struct agent *agent, const char *uid) {
    const struct world *world = agent->world;
    struct error late = {0};
    bool cached = false, stored = false;
    bool watched = world->api_wait_followed(agent->role, uid, CACHES_LIMIT_S, &late) == 0;
    if (world->api_has_followed(agent->role, uid, true, &cached, &late) < 0)
        return CACHES_UNKNOWN;
    if (!watched && cached) /* it may have come in between */
        watched = world->api_wait_followed(agent->role, uid, SECOND_LOOK_S, &late) == 0;
    if (watched && cached)
        return CACHES_FOLLOW;
    if (world->api_has_followed(agent->role, uid, false, &stored, &late) < 0)
        return CACHES_UNKNOWN;
    return stored ? CACHES_API_SERVER : CACHES_CONTROLLERS;
}

enum caches caches_check(struct agent *agent) {
    char uid[API_UID_SIZE];
    struct error err = {0};
    if (agent->world->api_make_followed(agent->role, uid, &err) < 0)
        return CACHES_UNKNOWN;
    enum caches found = look(agent, uid);
    if (agent->world->api_remove_followed(agent->role, &err) < 0)
        log_warning("%s", err.message); /* the next check removes it */
    return found;
}

static void write_status(const struct world *world, enum caches found) {
    const char *word = found == CACHES_API_SERVER ? "api-server" : "controllers";
    struct error err = {0};
    if (found == CACHES_FOLLOW)
        unlink(AGENT_STALE);
    else if (world->file_write(AGENT_STALE, word, strlen(word), 0600, &err) < 0)
        log_warning("%s", err.message);
}

static void tell_stale(struct agent *agent, enum caches found) {
    static const struct event event = {.step = "caches", .state = "failed", .code = SR_CACHE_STALE};
    char host[64] = "";
    struct error err = {0};
    if (found == CACHES_API_SERVER)
        events_tell(agent, &event, "this API server's cache does not follow etcd; on %s: pkill -x kube-apiserver",
                    agent->role->hostname);
    else if (agent->world->api_controllers_host(agent->role, host, &err) < 0 || !host[0])
        events_tell(agent, &event,
                    "no controller-manager makes endpoints for a new Service, and none leads; see "
                    "whether kube-controller-manager runs on the masters");
    else
        events_tell(agent, &event,
                    "no endpoints for a new Service after %d s; on %s, whose controllers lead: pkill -x "
                    "kube-controller, and if it does not help: pkill -x kube-apiserver",
                    CACHES_LIMIT_S, host);
    log_error("caches: %s", found == CACHES_API_SERVER ? "this API server's is stale" : "the controllers' are stale");
}

static void tell_news(struct agent *agent, enum caches found, enum caches *told) {
    if (found == CACHES_UNKNOWN || found == *told)
        return;
    *told = found;
    write_status(agent->world, found);
    if (found != CACHES_FOLLOW) {
        tell_stale(agent, found);
        return;
    }
    log_info("caches: they follow what is new again");
    events_say(agent, "ready", "ready", 0, 0, "caches follow what is new again");
}

/* Whether etcd lost its leader or got another one since the last call. */
static bool leader_changed(const struct world *world, struct cluster_leader *last) {
    struct cluster_leader now;
    struct error none;
    if (world->etcd_leader(&now, &none) < 0 || !now.known) {
        last->known = false;
        return false; /* when there is one again */
    }
    bool changed = !last->known || now.term != last->term;
    *last = now;
    return changed;
}

void caches_forever(struct agent *agent) {
    struct cluster_leader last = {0};
    enum caches told = CACHES_FOLLOW;
    int64_t next_ms = clock_boottime_ms() + FIRST_S * INT64_C(1000);
    unlink(AGENT_STALE);
    leader_changed(agent->world, &last);
    for (;;) {
        nanosleep(&(struct timespec){.tv_sec = LOOK_S}, NULL);
        int64_t now_ms = clock_boottime_ms();
        if (leader_changed(agent->world, &last))
            next_ms = now_ms + SETTLES_S * INT64_C(1000);
        if (now_ms < next_ms)
            continue;
        tell_news(agent, caches_check(agent), &told);
        next_ms = clock_boottime_ms() + (told == CACHES_FOLLOW ? PERIOD_S : AGAIN_S) * INT64_C(1000);
    }
}
