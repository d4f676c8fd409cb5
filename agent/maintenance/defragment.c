/* SPDX-License-Identifier: Apache-2.0
 * See defragment.h. The member answers nobody while it is at it, so another one leads by then (etcd, Maintenance). */
#include "defragment.h"
#include "agent.h"
#include "components.h"
#include "decide/paths.h"
#include "member/health.h"
#include "slot.h"
#include "work.h"
#include "world/world.h"

#include "clock.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define TRIED AGENT_RUN "/defragmented" /* when, by CLOCK_BOOTTIME, milliseconds */

enum { SOAK_S = 10, AGAIN_MS = 3600 * 1000, MIB_SHIFT = 20, FULL_PER_CENT = 90 };

static bool was_tried(const struct agent *agent) {
    cleanup_buf struct buf text = BUF_INIT(64);
    struct error none;
    return agent->world->file_read(TRIED, &text, &none) == 0 &&
           clock_boottime_ms() - strtoll(buf_text(&text), NULL, 10) < AGAIN_MS;
}

static void note_tried(const struct agent *agent) {
    struct error err = {0};
    char text[32];
    int length = snprintf(text, sizeof(text), "%lld", (long long)clock_boottime_ms());
    if (agent->world->file_write(TRIED, text, (size_t)length, 0600, &err) < 0)
        log_warning("%s", err.message);
}

static bool has_room(const struct cluster_space *space, uint64_t size) {
    return size * 100 < space->quota * FULL_PER_CENT;
}

/* One that has filled up again does not wait for the hour: if nothing can go, its turn halts. */
bool defragment_due(struct agent *agent) {
    struct cluster_space space;
    struct error none;
    return role_is_master(agent->role) && agent->world->etcd_space(&space, &none) == 0 && cluster_space_gains(&space) &&
           (!was_tried(agent) || (space.full && !has_room(&space, space.size)));
}

/* A cluster that is full takes no Lease: the slot alone orders the masters then. */
static int take_lease(const struct work *work, struct error *err) {
    struct cluster_space space;
    if (work->agent->world->etcd_space(&space, err) < 0)
        return -1;
    return space.full ? 0 : work_take_lease(work, err);
}

static int move_leader(const struct work *work, struct error *err) {
    return work->agent->world->etcd_move_leader(err);
}

/* What was deleted takes room until then. API servers compact every five minutes; a full one does not wait. */
static int compact(const struct work *work, struct error *err) {
    struct cluster_space space;
    if (work->agent->world->etcd_space(&space, err) < 0)
        return -1;
    return space.full ? work->agent->world->etcd_compact(err) : 0;
}

static int defragment(const struct work *work, struct error *err) {
    struct cluster_space before, after;
    const struct world *world = work->agent->world;
    if (world->etcd_space(&before, err) < 0 || world->etcd_defragment(err) < 0 || world->etcd_space(&after, err) < 0)
        return -1;
    events_say(work->agent, "maintenance", "running", 0, 0, "defragment: etcd's database had %llu MiB, and has %llu",
               (unsigned long long)(before.size >> MIB_SHIFT), (unsigned long long)(after.size >> MIB_SHIFT));
    return 0;
}

/* By the last of those that were full. */
static int disarm(const struct work *work, struct error *err) {
    struct cluster_space space;
    uint64_t largest;
    if (work->agent->world->etcd_space(&space, err) < 0)
        return -1;
    if (!space.full)
        return 0;
    if (!has_room(&space, space.size)) {
        error_fail(err, SR_ETCD_FULL, ENOSPC, "etcd is full: %llu MiB of %llu are in use",
                   (unsigned long long)(space.used >> MIB_SHIFT), (unsigned long long)(space.quota >> MIB_SHIFT));
        return error_remedy(
            err, "delete what fills it: kubectl delete --grace-period=0 --force; then seedctl rollout resume");
    }
    if (work->agent->world->etcd_largest(&largest, err) < 0)
        return -1;
    return has_room(&space, largest) ? work->agent->world->etcd_disarm(err) : 0;
}

/* It is taken here where it could not be before: so a write goes through again. A full etcd still deletes. */
static int drop_lease(const struct work *work, struct error *err) {
    struct cluster_space space;
    if (work->agent->world->etcd_space(&space, err) < 0)
        return -1;
    return !space.full && work_take_lease(work, err) < 0 ? -1 : work_drop_lease(work, err);
}

static const struct work_step steps[] = {
    {"lease", take_lease}, {"leader", move_leader},        {"compact", compact},       {"defragment", defragment},
    {"disarm", disarm},    {"soak", components_soak_full}, {"lease-back", drop_lease},
};

int defragment_once(struct agent *agent, const struct slot_record *record, struct error *err) {
    struct work work = {.agent = agent, .kind = "defragment", .soak_s = record->soak_s ? record->soak_s : SOAK_S};
    if (!record->mine && control_plane_serves(agent->world, agent->role, err) < 0)
        return error_wrap(err, "defragment: nothing begins");
    if (slot_take(agent, "defragment", &work.token, err) < 0) {
        if (err->errnum == EIO) /* a seed that does not know it; else it is another one's turn */
            note_tried(agent);
        return -1;
    }
    if (!record->mine)
        note_tried(agent); /* also when it ends early */
    if (record->aborted)
        return work_drop_lease(&work, err) < 0 ? -1 : slot_back(agent, "defragment", work.token, err);
    if (work_run(&work, steps, sizeof(steps) / sizeof(steps[0]), err) < 0 ||
        slot_back(agent, "defragment", work.token, err) < 0)
        return -1;
    events_say(agent, "ready", "ready", 0, 0, "defragment: etcd's database is as small as it can be");
    return 0;
}
