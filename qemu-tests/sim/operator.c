/* SPDX-License-Identifier: Apache-2.0
 * See operator.h. */
#include "operator.h"
#include "seed_host.h"
#include "world.h"

#include <string.h>

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
    seed_host_tell(w);
    return true;
}

/* What the operator does about QUARANTINE, and at any time by mistake. */
void operator_recovers_or_rearms(struct world *w) {
    if (!(random_percent(&w->random, 50) && recover(w)))
        seed_host_rearm(w);
}

static bool belongs_elsewhere(const struct world *w, const struct machine *m) {
    const struct bootstrap_record *record = &w->oracle.last;
    return m->driver.durable.member && record->state != RECORD_QUARANTINE &&
           (int64_t)m->driver.durable.of.epoch < record->epoch &&
           strcmp(m->driver.durable.of.ca_hash, record->ca_hash) != 0;
}

/* As the errors' remedies say: restore, recover or rearm, and wipe the machines of the old cluster. */
void operator_looks(struct world *w) {
    if (!seed_is_up(w->seed))
        return;
    if (w->oracle.last.state == RECORD_QUARANTINE && w->newest.files[0].data && random_percent(&w->random, 50))
        seed_host_replace(w, &w->newest);
    if (w->oracle.last.state == RECORD_QUARANTINE)
        operator_recovers_or_rearms(w);
    for (int i = 0; i < w->n_machines; i++) {
        struct machine *m = &w->machines[i];
        if (!belongs_elsewhere(w, m))
            continue;
        world_trace(w, m, "is wiped by the operator");
        machine_power_off(w, m);
        machine_clear_disk(m);
        m->driver.durable = (struct journal){0};
        w->oracle.machines[i].seen = (struct record_id){0}; /* a machine with an empty disk remembers nothing */
        world_plan_kind(w, EVENT_POWER_ON, 10000, i);
    }
}
