/* SPDX-License-Identifier: Apache-2.0
 * See world.h. Faults fall until calm_at; then the operator mends what only a person may, and everything must come to
 * its end. */
#include "world.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 1000, MASTERS = 3, LIMIT_MS = 4 * 3600 * 1000, OPERATOR_MS = 45000, MOST_EVENTS = 200000 };
enum { ROLLBACK_SAVE, ROLLBACK_RESTORE, ROLLBACK_LOSS }; /* the serial of EVENT_ROLLBACK */

struct world *world_new(void) {
    struct world *w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    w->disk.random = &w->random;
    w->seed = seed_new(&w->disk, &w->oracle, &w->random);
    return w->seed && disk_install(&w->disk) == 0 ? w : NULL;
}

void world_plan(struct world *w, int64_t after_ms, const struct event *event) {
    if (!queue_add(&w->queue, w->now + after_ms, event))
        oracle_violate(&w->oracle, "the simulation itself is bounded", "more than %d events are planned", QUEUE_MAX);
}

bool world_chance(struct world *w, unsigned percent) {
    return w->now < w->calm_at && random_percent(&w->random, percent);
}

void world_trace(struct world *w, const struct machine *m, const char *format, ...) {
    va_list ap;
    if (!w->trace)
        return;
    fprintf(w->trace, "%9.3f %-4s ", (double)w->now / 1000, m ? m->name : "seed");
    va_start(ap, format);
    vfprintf(w->trace, format, ap);
    va_end(ap);
    fputc('\n', w->trace);
}

/* --- the network: loses, repeats, delays (and so reorders) --- */

static int64_t delay(struct world *w) {
    return world_chance(w, w->faults.slow) ? random_between(&w->random, 1, 40000) : random_between(&w->random, 1, 30);
}

static void travel(struct world *w, const struct event *event) {
    if (world_chance(w, w->faults.drop))
        return;
    world_plan(w, delay(w), event);
    if (world_chance(w, w->faults.twice))
        world_plan(w, delay(w), event);
}

void world_send(struct world *w, const struct request *request) {
    struct event event = {.kind = EVENT_REQUEST, .machine = request->from};
    event.request = *request;
    travel(w, &event);
}

static void reply(struct world *w, const struct reply *answer) {
    struct event event = {.kind = EVENT_REPLY, .machine = answer->to};
    event.reply = *answer;
    travel(w, &event);
}

/* --- the seed's process --- */

static void plan(struct world *w, enum event_kind kind, int64_t after_ms, int machine) {
    world_plan(w, after_ms, &(const struct event){.kind = kind, .machine = machine});
}

static void seed_lost(struct world *w) {
    bool kernel_survives = random_percent(&w->random, 30);
    world_trace(w, NULL, kernel_survives ? "is killed" : "loses power");
    w->counts[COUNT_SEEDS_LOST]++;
    disk_power_cut(&w->disk, kernel_survives);
    plan(w, EVENT_SEED_ON, random_between(&w->random, 500, world_chance(w, 30) ? 120000 : 3000), 0);
}

/* Plans, by chance, a power cut at one of the next calls of the disk. */
static void risk(struct world *w) {
    w->disk.calls = world_chance(w, w->faults.seed_dies_inside) ? (long)random_below(&w->random, 30) : -1;
}

static void tell_waiting(struct world *w) {
    struct reply answer;
    while (seed_is_up(w->seed) && seed_wake(w->seed, w->now, &answer))
        reply(w, &answer);
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

static void seed_receives(struct world *w, const struct request *request) {
    struct reply answer = {.to = request->from, .serial = request->serial, .of_minter = request->of_minter};
    if (!seed_is_up(w->seed)) {
        reply(w, &answer); /* connection refused */
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
        reply(w, &answer);
    if (!w->disk.off)
        tell_waiting(w);
    if (seed_is_up(w->seed))
        w->disk.calls = -1;
}

static void seed_on(struct world *w, enum oracle_cause cause) {
    if (seed_is_up(w->seed))
        return;
    risk(w);
    if (seed_start(w->seed, w->now, cause) < 0)
        seed_lost(w);
    else
        w->disk.calls = -1;
}

static void seed_off(struct world *w) {
    if (!seed_is_up(w->seed))
        return;
    w->disk.off = true; /* nothing more reaches the disk */
    seed_stop(w->seed);
    seed_lost(w);
}

/* The operator replaces the seed's database. */
static void replace_database(struct world *w, const struct disk_image *image) {
    w->disk.off = true;
    seed_stop(w->seed);
    disk_restore(&w->disk, image);
    world_trace(w, NULL, "has another database");
    if (seed_start(w->seed, w->now, ORACLE_REPLACED) < 0)
        oracle_violate(&w->oracle, "the database opens after every power cut", "a backup does not");
}

static void rollback(struct world *w) {
    if (!w->backup.files[0].data || !seed_is_up(w->seed))
        return;
    w->counts[COUNT_ROLLBACKS]++;
    disk_save(&w->disk, &w->newest);
    replace_database(w, &w->backup);
}

static void rearm(struct world *w) {
    if (!seed_is_up(w->seed))
        return;
    w->counts[COUNT_REARMS]++;
    disk_image_free(&w->newest); /* of a cluster that the operator gave up, and whose members he wipes */
    seed_rearm(w->seed, w->now);
    world_trace(w, NULL, "is rearmed: epoch %lld", (long long)w->oracle.last.epoch);
    tell_waiting(w);
}

/* The seed's disk is lost, and there is no backup. What took it may take the power of machines as well: then those that
 * remember nothing may come back first. */
static void lose_database(struct world *w) {
    if (!seed_is_up(w->seed))
        return;
    for (int i = 0; i < w->n_machines; i++)
        if (w->machines[i].on && random_percent(&w->random, 60)) {
            machine_power_off(w, &w->machines[i]);
            plan(w, EVENT_POWER_ON, random_between(&w->random, 1000, 300000), i);
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

/* --- the operator --- */

/* A master that runs and is a member can sign with its cluster's key. */
static bool proves(const struct world *w, const struct machine *m) {
    const struct journal *journal = &m->driver.durable;
    if (!m->master || !m->on || !m->files.whole)
        return false;
    return w->mutant == MUTANT_RECOVERY_UNPROVED ||
           (m->ended && journal->member && !strcmp(m->files.ca_hash, journal->of.ca_hash));
}

/* The operator takes the word of one of the masters that prove something. False: nobody does. */
static bool recover(struct world *w) {
    const struct machine *master = NULL;
    unsigned n = 0;
    for (int i = 0; i < w->n_machines; i++)
        if (proves(w, &w->machines[i]) && random_below(&w->random, ++n) == 0)
            master = &w->machines[i];
    if (!master || !seed_is_up(w->seed) || w->oracle.last.state != RECORD_QUARANTINE)
        return false;
    struct record_id proof = master->driver.durable.seen;
    memcpy(proof.ca_hash, master->files.ca_hash, CA_HASH_SIZE);
    w->counts[COUNT_RECOVERIES]++;
    seed_recover(w->seed, w->now, master->name, &proof);
    world_trace(w, NULL, "recovers %.14s by %s: epoch %lld", proof.ca_hash, master->name,
                (long long)w->oracle.last.epoch);
    tell_waiting(w);
    return true;
}

/* What the operator does about QUARANTINE, and at any time by mistake. */
static void recover_or_rearm(struct world *w) {
    if (!(random_percent(&w->random, 50) && recover(w)))
        rearm(w);
}

static bool belongs_elsewhere(const struct world *w, const struct machine *m) {
    const struct bootstrap_record *record = &w->oracle.last;
    return m->driver.durable.member && record->state != RECORD_QUARANTINE &&
           (int64_t)m->driver.durable.of.epoch < record->epoch &&
           strcmp(m->driver.durable.of.ca_hash, record->ca_hash) != 0;
}

static bool is_settled(const struct world *w, const struct machine *m) {
    return (m->has_twin && !m->claim[0]) || (m->on && m->ended && m->kubelet && m->driver.durable.member &&
                                             !strcmp(m->driver.durable.of.ca_hash, w->oracle.last.ca_hash));
}

static bool is_all_settled(const struct world *w) {
    if (!seed_is_up(w->seed) || w->oracle.last.state != RECORD_INITIALISED)
        return false;
    for (int i = 0; i < w->n_machines; i++)
        if (!is_settled(w, &w->machines[i]))
            return false;
    return true;
}

/* As the errors' remedies say: restore, recover or rearm, and wipe the machines of the old cluster. */
static void operator_looks(struct world *w) {
    if (!seed_is_up(w->seed))
        return;
    if (w->oracle.last.state == RECORD_QUARANTINE && w->newest.files[0].data && random_percent(&w->random, 50))
        replace_database(w, &w->newest);
    if (w->oracle.last.state == RECORD_QUARANTINE)
        recover_or_rearm(w);
    for (int i = 0; i < w->n_machines; i++) {
        struct machine *m = &w->machines[i];
        if (!belongs_elsewhere(w, m))
            continue;
        world_trace(w, m, "is wiped by the operator");
        machine_power_off(w, m);
        machine_clear_disk(m);
        m->driver.durable = (struct journal){0};
        w->oracle.machines[i].seen = (struct record_id){0}; /* a machine with an empty disk remembers nothing */
        plan(w, EVENT_POWER_ON, 10000, i);
    }
}

/* --- one run --- */

static void pause_machine(struct world *w, struct machine *m) {
    int64_t length = random_between(&w->random, 100, 60000);
    m->paused_until = w->now + length;
    if (random_percent(&w->random, 50))
        m->clock_ms -= length; /* a virtual machine whose clock stood still as well */
    world_trace(w, m, "stands still for %lld ms", (long long)length);
}

static void happen(struct world *w, const struct event *event) {
    struct machine *m = &w->machines[event->machine];
    switch (event->kind) {
    case EVENT_REQUEST:
        seed_receives(w, &event->request);
        break;
    case EVENT_POWER_ON:
        machine_power_on(w, m);
        break;
    case EVENT_POWER_OFF:
        w->counts[COUNT_MACHINES_LOST] += m->on;
        machine_power_off(w, m);
        plan(w, EVENT_POWER_ON, random_between(&w->random, 1000, 90000), event->machine);
        break;
    case EVENT_KILL:
        machine_kill_agent(w, m);
        break;
    case EVENT_PAUSE:
        pause_machine(w, m);
        break;
    case EVENT_TICK:
        if (seed_is_up(w->seed)) {
            seed_tick(w->seed, w->now);
            tell_waiting(w);
        }
        plan(w, EVENT_TICK, TICK_MS, 0);
        break;
    case EVENT_SEED_OFF:
        seed_off(w);
        break;
    case EVENT_SEED_ON:
        seed_on(w, ORACLE_LOAD);
        break;
    case EVENT_ROLLBACK:
        if (event->serial == ROLLBACK_LOSS)
            lose_database(w);
        else if (event->serial == ROLLBACK_RESTORE)
            rollback(w);
        else
            disk_save(&w->disk, &w->backup);
        break;
    case EVENT_REARM:
        recover_or_rearm(w);
        break;
    case EVENT_OPERATOR:
        operator_looks(w);
        plan(w, EVENT_OPERATOR, OPERATOR_MS, 0);
        break;
    default:
        if (m->paused_until > w->now)
            world_plan(w, m->paused_until - w->now, event);
        else
            machine_event(w, m, event);
        break;
    }
}

static void make_machines(struct world *w) {
    w->n_machines = random_percent(&w->random, 5) ? WIRE_MACHINES
                                                  : MASTERS + (int)random_below(&w->random, WIRE_MACHINES - MASTERS);
    for (int i = 0; i < WIRE_MACHINES; i++) {
        struct machine *m = &w->machines[i];
        bool twin = i == WIRE_MACHINES - 1; /* a second machine with the first one's MAC */
        int place = twin ? 0 : i;
        *m = (struct machine){
            .number = i, .master = place < MASTERS, .has_twin = w->n_machines == WIRE_MACHINES && (twin || i == 0)};
        snprintf(m->name, sizeof(m->name), "%c%d", place < MASTERS ? 'm' : 'n', place + 1);
        snprintf(m->mac, sizeof(m->mac), "52:54:00:00:00:0%d", place + 1);
        snprintf(m->key, sizeof(m->key), "%064d", i);
        if (i < w->n_machines)
            plan(w, EVENT_POWER_ON, twin ? 60000 : random_between(&w->random, 0, 20000), i);
    }
}

static unsigned rate(struct random *random, bool stormy, unsigned most) {
    return stormy ? random_below(random, 2 * most) : random_percent(random, 50) ? random_below(random, most + 1) : 0;
}

static void choose_faults(struct world *w) {
    struct random *r = &w->random;
    bool stormy = random_percent(r, 20);
    w->faults.drop = rate(r, stormy, 25);
    w->faults.twice = rate(r, stormy, 30);
    w->faults.slow = rate(r, stormy, 25);
    w->faults.kubeadm_fails = rate(r, stormy, 40);
    w->faults.finish_fails = rate(r, stormy, 20);
    w->faults.seed_dies_inside = rate(r, false, 8);
    w->faults.slow_disk = rate(r, false, 20);
    w->faults.wrong_cluster = rate(r, false, 5);
    w->calm_at = random_between(r, 30000, 400000);
}

/* Up to `most` events of a kind, when the run has them at all. */
static void plan_some(struct world *w, enum event_kind kind, unsigned percent, unsigned most) {
    if (!random_percent(&w->random, percent))
        return;
    for (unsigned n = 1 + random_below(&w->random, most); n > 0; n--)
        plan(w, kind, random_between(&w->random, 0, w->calm_at),
             (int)random_below(&w->random, (unsigned)w->n_machines));
}

static void plan_faults(struct world *w) {
    plan_some(w, EVENT_POWER_OFF, 60, 8);
    plan_some(w, EVENT_KILL, 40, 4);
    plan_some(w, EVENT_PAUSE, 40, 6);
    plan_some(w, EVENT_SEED_OFF, 50, 5);
    plan_some(w, EVENT_REARM, 15, 2);
    /* With a backup without claims the twin might claim first, which is not tested here. */
    bool twin = w->n_machines == WIRE_MACHINES;
    if (!twin && random_percent(&w->random, 25)) {
        int64_t saved = random_between(&w->random, 0, w->calm_at),
                restored = random_between(&w->random, saved, w->calm_at);
        world_plan(w, saved, &(const struct event){.kind = EVENT_ROLLBACK, .serial = ROLLBACK_SAVE});
        world_plan(w, restored, &(const struct event){.kind = EVENT_ROLLBACK, .serial = ROLLBACK_RESTORE});
    }
    w->loses_database = !twin && random_percent(&w->random, 25);
    plan(w, EVENT_OPERATOR, w->calm_at + OPERATOR_MS, 0);
    plan(w, EVENT_TICK, TICK_MS, 0);
}

static void prepare(struct world *w, uint64_t number, enum mutant mutant, FILE *trace) {
    w->random.state = number * UINT64_C(0xd1342543de82ef95) + 1;
    w->now = 0;
    w->mutant = mutant;
    w->trace = trace;
    w->serial = 0;
    mutant_set(mutant);
    queue_clear(&w->queue);
    oracle_reset(&w->oracle);
    disk_image_free(&w->backup);
    disk_image_free(&w->newest);
    disk_format(&w->disk);
    w->disk.lies = mutant == MUTANT_REPLY_BEFORE_SYNC;
    choose_faults(w);
    make_machines(w);
    plan_faults(w);
    seed_on(w, ORACLE_LOAD);
}

bool world_run(struct world *w, uint64_t number, enum mutant mutant, FILE *trace) {
    struct event event;
    unsigned n = 0;
    prepare(w, number, mutant, trace);
    while (!w->oracle.violated && queue_take(&w->queue, &w->now, &event) && n++ < MOST_EVENTS) {
        if (w->now > w->calm_at && is_all_settled(w))
            break;
        if (w->now > LIMIT_MS)
            break;
        happen(w, &event);
    }
    w->counts[COUNT_EVENTS] += n;
    if (!w->oracle.violated && !is_all_settled(w))
        oracle_violate(&w->oracle, "liveness: every run ends INITIALISED with all machines joined",
                       "at %.0f s the record is %s, `%s`", (double)w->now / 1000,
                       record_state_name(w->oracle.last.state), w->oracle.last.holder);
    w->disk.off = true;
    seed_stop(w->seed);
    return !w->oracle.violated;
}
