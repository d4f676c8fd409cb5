/* SPDX-License-Identifier: Apache-2.0
 * See world.h. Faults fall until calm_at; then the operator mends what only a person may, and everything must come to
 * its end. */
#include "operator.h"
#include "seed_host.h"
#include "world.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 1000, MASTERS = 3, LIMIT_MS = 4 * 3600 * 1000, OPERATOR_MS = 45000, MOST_EVENTS = 200000 };

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

void world_plan_kind(struct world *w, enum event_kind kind, int64_t after_ms, int machine) {
    world_plan(w, after_ms, &(const struct event){.kind = kind, .machine = machine});
}

void world_reply(struct world *w, const struct reply *answer) {
    struct event event = {.kind = EVENT_REPLY, .machine = answer->to};
    event.reply = *answer;
    travel(w, &event);
}

/* --- one run --- */

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
        seed_host_receives(w, &event->request);
        break;
    case EVENT_POWER_ON:
        machine_power_on(w, m);
        break;
    case EVENT_POWER_OFF:
        w->counts[COUNT_MACHINES_LOST] += m->on;
        machine_power_off(w, m);
        world_plan_kind(w, EVENT_POWER_ON, random_between(&w->random, 1000, 90000), event->machine);
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
            seed_host_tell(w);
        }
        world_plan_kind(w, EVENT_TICK, TICK_MS, 0);
        break;
    case EVENT_SEED_OFF:
        seed_host_off(w);
        break;
    case EVENT_SEED_ON:
        seed_host_on(w, ORACLE_LOAD);
        break;
    case EVENT_ROLLBACK:
        if (event->serial == ROLLBACK_LOSS)
            seed_host_lose(w);
        else if (event->serial == ROLLBACK_RESTORE)
            seed_host_roll_back(w);
        else
            disk_save(&w->disk, &w->backup);
        break;
    case EVENT_REARM:
        operator_recovers_or_rearms(w);
        break;
    case EVENT_OPERATOR:
        operator_looks(w);
        world_plan_kind(w, EVENT_OPERATOR, OPERATOR_MS, 0);
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
            world_plan_kind(w, EVENT_POWER_ON, twin ? 60000 : random_between(&w->random, 0, 20000), i);
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
        world_plan_kind(w, kind, random_between(&w->random, 0, w->calm_at),
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
    world_plan_kind(w, EVENT_OPERATOR, w->calm_at + OPERATOR_MS, 0);
    world_plan_kind(w, EVENT_TICK, TICK_MS, 0);
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
    seed_host_on(w, ORACLE_LOAD);
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
