/* SPDX-License-Identifier: Apache-2.0
 * See status.h. The VIP is told when it moves; etcd, which has no watch of its members, is looked at every LOOK_MS.
 */
#include "status.h"
#include "agent.h"
#include "decide/paths.h"
#include "world/world.h"

#include "clock.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    LOOK_MS = 10000,
    SURROUNDINGS_MS = 20000,
    METRICS_MS = 3600 * 1000,
    REPEAT_MS = 30000 /* also when nothing changed, so that the seed knows how old the status is */
};

static bool holds_vip(const struct agent *agent) {
    struct address addresses[NETLINK_ADDRESSES];
    const struct prefix vip = net_prefix_of(agent->role->vip.in, 32);
    struct error ignored;
    size_t n;
    if (agent->world->address_list(addresses, &n, &ignored) < 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (net_prefix_same_address(&addresses[i].at, &vip))
            return true;
    return false;
}

static void add_certificates(const struct agent *agent, cJSON *status) {
    struct certificate certificates[CERTIFICATES_MAX];
    struct error problem;
    size_t n;
    if (agent->world->certificates_list(certificates, &n, &problem) < 0)
        log_warning("%s", problem.message); /* those before it are told */
    cJSON *ends = cJSON_AddObjectToObject(status, "certificates");
    for (size_t i = 0; i < n; i++)
        cJSON_AddNumberToObject(ends, certificates[i].name, (double)certificates[i].ends);
}

/* In whole MiB: else each look would be news. `older`: the seed does not know the field. */
static void add_etcd(const struct agent *agent, bool older, cJSON *status) {
    enum { MIB_SHIFT = 20 };
    struct cluster_space space;
    struct error none;
    if (older || agent->world->etcd_space(&space, &none) < 0)
        return;
    cJSON *etcd = cJSON_AddObjectToObject(status, "etcd");
    cJSON_AddNumberToObject(etcd, "size_mib", (double)(space.size >> MIB_SHIFT));
    cJSON_AddNumberToObject(etcd, "used_mib", (double)(space.used >> MIB_SHIFT));
    cJSON_AddNumberToObject(etcd, "quota_mib", (double)(space.quota >> MIB_SHIFT));
    cJSON_AddBoolToObject(etcd, "full", space.full);
}

/* What an upgrade looks at first, and in between changes seldom. */
struct surroundings {
    struct preconditions seen;
    bool known;
    char told[sizeof(((struct error *)0)->message)]; /* the last problem: once is enough */
    int64_t looked_ms, read_ms;                      /* CLOCK_BOOTTIME; 0: never */
};

static bool due(int64_t *last_ms, int64_t every_ms) {
    int64_t now = clock_boottime_ms();
    if (*last_ms && now - *last_ms < every_ms)
        return false;
    *last_ms = now;
    return true;
}

static void look_around(const struct agent *agent, struct surroundings *around) {
    struct error err = {0};
    if (due(&around->looked_ms, SURROUNDINGS_MS))
        around->known = agent->world->preconditions_look(agent->role, &around->seen, &err) == 0;
    if (around->known && due(&around->read_ms, METRICS_MS) &&
        agent->world->preconditions_removed(agent->role, &around->seen, &err) < 0)
        around->seen.n_removed = 0;
    if (err.message[0] && strcmp(err.message, around->told) != 0)
        log_warning("%s", err.message);
    if (err.message[0])
        memcpy(around->told, err.message, sizeof(around->told));
}

static void add_surroundings(const struct surroundings *around, cJSON *status) {
    enum { GIB_SHIFT = 30 };
    if (!around->known)
        return;
    cJSON *object = cJSON_AddObjectToObject(status, "surroundings");
    cJSON_AddNumberToObject(object, "free_gib", (double)(around->seen.free_bytes >> GIB_SHIFT));
    cJSON_AddStringToObject(object, "nodes", around->seen.nodes);
    cJSON_AddStringToObject(object, "budgets", around->seen.budgets);
    cJSON_AddStringToObject(object, "webhooks", around->seen.webhooks);
    cJSON *removed = cJSON_AddObjectToObject(object, "removed");
    for (size_t i = 0; i < around->seen.n_removed; i++)
        cJSON_AddNumberToObject(removed, around->seen.removed[i].api, around->seen.removed[i].minor);
}

/* Without etcd's answer (no quorum) the list is left out. */
static cJSON *observe_status(const struct agent *agent, bool older, struct surroundings *around) {
    struct etcd_member members[ETCD_MEMBERS_MAX];
    struct error ignored;
    size_t n;
    cJSON *status = cJSON_CreateObject();
    cleanup_buf struct buf stale = BUF_INIT(64);
    cJSON_AddBoolToObject(status, "vip", holds_vip(agent));
    if (agent->world->file_read(AGENT_STALE, &stale, &ignored) == 0) /* an older seed does not know the field */
        cJSON_AddStringToObject(status, "stale", buf_text(&stale));
    add_certificates(agent, status);
    add_etcd(agent, older, status);
    if (!older) {
        look_around(agent, around);
        add_surroundings(around, status);
    }
    if (agent->world->etcd_members(members, &n, &ignored) < 0)
        return status;
    cJSON *list = cJSON_AddArrayToObject(status, "members");
    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(members[i].name)); /* "": announced, not started */
    return status;
}

/* With this machine's clock, which is no news. */
static int tell(struct agent *agent, bool older, cJSON *status, struct error *err) {
    if (!older)
        cJSON_AddNumberToObject(status, "clock_ms", (double)clock_wall_ms());
    int result = agent->world->seed_call(&agent->seed, "POST", "/v1/standing", status, 5, NULL, NULL, err);
    cJSON_DeleteItemFromObjectCaseSensitive(status, "clock_ms");
    return result;
}

void status_forever(struct agent *agent) {
    cleanup_json cJSON *told = NULL;
    int64_t told_ms = 0;
    struct error err = {0};
    int fd = -1;
    struct surroundings around = {0};
    bool older = false; /* the seed: it refuses what it does not know */
    if (agent->world->address_watch_open(&fd, &err) < 0)
        log_warning("the VIP is looked at every %d s: %s", LOOK_MS / 1000, err.message);
    for (;;) {
        cJSON *now = observe_status(agent, older, &around);
        err = (struct error){0};
        bool news = !told || !cJSON_Compare(now, told, true);
        if ((news || clock_boottime_ms() - told_ms >= REPEAT_MS) && tell(agent, older, now, &err) == 0) {
            cJSON_Delete(told);
            told = now;
            told_ms = clock_boottime_ms();
        } else {
            cJSON_Delete(now);
            older = (older && !seed_is_away(&err)) ||
                    strstr(err.message, "is not known"); /* it restarts with a new version */
        }
        if (fd >= 0)
            agent->world->address_watch_wait(fd, LOOK_MS);
        else
            usleep(LOOK_MS * 1000);
    }
}
