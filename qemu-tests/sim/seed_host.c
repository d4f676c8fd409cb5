/* SPDX-License-Identifier: Apache-2.0
 * See seed_host.h. */
#include "seed_host.h"
#include "world.h"

static void seed_lost(struct world *w) {
    bool kernel_survives = random_percent(&w->random, 30);
    world_trace(w, NULL, kernel_survives ? "is killed" : "loses power");
    w->counts[COUNT_SEEDS_LOST]++;
    disk_power_cut(&w->disk, kernel_survives);
    world_plan_kind(w, EVENT_SEED_ON, random_between(&w->random, 500, world_chance(w, 30) ? 120000 : 3000), 0);
}

/* Plans, by chance, a power cut at one of the next calls of the disk. */
static void risk(struct world *w) {
    w->disk.calls = world_chance(w, w->faults.seed_dies_inside) ? (long)random_below(&w->random, 30) : -1;
}

void seed_host_tell(struct world *w) {
    struct reply answer;
    while (seed_is_up(w->seed) && seed_wake(w->seed, w->now, &answer))
        world_reply(w, &answer);
    if (w->disk.off)
        seed_lost(w);
}

/* The seed's database is worth the most when a cluster was born and not all have joined it. */
static void plan_loss(struct world *w, const struct bootstrap_record *now) {
    if (!w->loses_database || now->state != RECORD_INITIALISED)
        return;
    w->loses_database = false;
    world_plan(w, random_between(&w->random, 0, random_percent(&w->random, 50) ? 20000 : 200000),
               &(const struct event){.kind = EVENT_ROLLBACK, .serial = ROLLBACK_LOSS});
}

void seed_host_receives(struct world *w, const struct request *request) {
    struct reply answer = {.to = request->from, .serial = request->serial, .of_minter = request->of_minter};
    if (!seed_is_up(w->seed)) {
        world_reply(w, &answer); /* connection refused */
        return;
    }
    risk(w);
    const struct bootstrap_record before = w->oracle.last;
    enum seed_does does = seed_handle(w->seed, w->now, request, &answer);
    const struct bootstrap_record *now = &w->oracle.last;
    if (!record_equal(&before, now)) {
        world_trace(w, NULL, "%s (%lld, %lld) %s %.14s", record_state_name(now->state), (long long)now->epoch,
                    (long long)now->token, now->holder, now->ca_hash);
        w->counts[COUNT_QUARANTINES] += now->state == RECORD_QUARANTINE;
        plan_loss(w, now);
    }
    if (does == SEED_DIES)
        seed_lost(w);
    else if (does == SEED_ANSWERS)
        world_reply(w, &answer);
    if (!w->disk.off)
        seed_host_tell(w);
    if (seed_is_up(w->seed))
        w->disk.calls = -1;
}

void seed_host_on(struct world *w, enum oracle_cause cause) {
    if (seed_is_up(w->seed))
        return;
    risk(w);
    if (seed_start(w->seed, w->now, cause) < 0)
        seed_lost(w);
    else
        w->disk.calls = -1;
}

void seed_host_off(struct world *w) {
    if (!seed_is_up(w->seed))
        return;
    w->disk.off = true; /* nothing more reaches the disk */
    seed_stop(w->seed);
    seed_lost(w);
}

/* The operator replaces the seed's database. */
void seed_host_replace(struct world *w, const struct disk_image *image) {
    w->disk.off = true;
    seed_stop(w->seed);
    disk_restore(&w->disk, image);
    world_trace(w, NULL, "has another database");
    if (seed_start(w->seed, w->now, ORACLE_REPLACED) < 0)
        oracle_violate(&w->oracle, "the database opens after every power cut", "a backup does not");
}

void seed_host_roll_back(struct world *w) {
    if (!w->backup.files[0].data || !seed_is_up(w->seed))
        return;
    w->counts[COUNT_ROLLBACKS]++;
    disk_save(&w->disk, &w->newest);
    seed_host_replace(w, &w->backup);
}

void seed_host_rearm(struct world *w) {
    if (!seed_is_up(w->seed))
        return;
    w->counts[COUNT_REARMS]++;
    disk_image_free(&w->newest); /* of a cluster that the operator gave up, and whose members he wipes */
    seed_rearm(w->seed, w->now);
    world_trace(w, NULL, "is rearmed: epoch %lld", (long long)w->oracle.last.epoch);
    seed_host_tell(w);
}

/* The seed's disk is lost, and there is no backup. What took it may take the power of machines as well: then those that
 * remember nothing may come back first. */
void seed_host_lose(struct world *w) {
    if (!seed_is_up(w->seed))
        return;
    for (int i = 0; i < w->n_machines; i++)
        if (w->machines[i].on && random_percent(&w->random, 60)) {
            machine_power_off(w, &w->machines[i]);
            world_plan_kind(w, EVENT_POWER_ON, random_between(&w->random, 1000, 300000), i);
        }
    w->counts[COUNT_ROLLBACKS]++;
    w->disk.off = true;
    seed_stop(w->seed);
    disk_image_free(&w->newest);
    disk_format(&w->disk);
    world_trace(w, NULL, "lost its database");
    if (seed_start(w->seed, w->now, ORACLE_REPLACED) < 0)
        oracle_violate(&w->oracle, "the database opens after every power cut", "a new one does not");
}
