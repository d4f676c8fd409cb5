/* SPDX-License-Identifier: Apache-2.0
 * See machine.h. The driver is the agent's own; effects and their length are simulated. */
#include "machine.h"

#include "call.h"
#include "json.h"
#include "minter.h"
#include "world.h"
#include <errno.h>
#include <string.h>

static void advance(struct world *w, struct machine *m, const struct bootstrap_event *event);

void machine_plan(struct world *w, const struct machine *m, enum event_kind kind, int64_t after_ms) {
    world_plan(w, after_ms, &(const struct event){.kind = kind, .machine = m->number, .generation = m->generation});
}

int64_t machine_clock(const struct world *w, const struct machine *m) {
    return w->now + m->clock_ms;
}

/* --- the step --- */

static void start_over(struct world *w, struct machine *m) {
    m->backoff_s = m->backoff_s ? m->backoff_s * 2 > 30 ? 30 : m->backoff_s * 2 : 1;
    machine_plan(w, m, EVENT_RETRY, m->backoff_s * 1000);
}

static void load_journal(struct world *w, struct machine *m) {
    struct error err = {0};
    m->driver.durable = (struct journal){0};
    if (m->journal_text[0] && journal_parse(m->journal_text, strlen(m->journal_text), &m->driver.durable, &err) < 0)
        oracle_violate(&w->oracle, "a journal that was written is read", "machine %d: %s: %s", m->number, err.message,
                       m->journal_text);
    if (w->mutant == MUTANT_ABORT_FORGOTTEN && m->driver.durable.action == JOURNAL_ABORT)
        m->driver.durable.action = JOURNAL_WIPE;
}

static void end(struct world *w, struct machine *m) {
    m->ended = true;
    m->backoff_s = 0;
    world_trace(w, m, "is a member of %.14s", m->files.ca_hash);
    if (strcmp(m->files.ca_hash, m->driver.durable.of.ca_hash) || !oracle_was_committed(&w->oracle, m->files.ca_hash))
        oracle_violate(&w->oracle, "I5 a joiner accepts only the committed ca_hash", "machine %d is a member of %.14s",
                       m->number, m->files.ca_hash);
    if (m->master)
        minter_asks(w, m);
    machine_plan(w, m, EVENT_WITNESS, 1);
}

static void begin(struct world *w, struct machine *m) {
    struct bootstrap_machine machine = {
        .hostname = m->name, .master = m->master, .courtesy_s = m->master ? (unsigned)m->number * 3 : 0};
    machine.traces = m->files.ca_hash[0] || m->files.whole || m->files.etcd;
    machine.whole = m->files.whole;
    memcpy(machine.ca_hash, m->files.ca_hash, CA_HASH_SIZE);
    load_journal(w, m);
    const struct journal journal = m->driver.durable;
    bootstrap_driver_start(&m->driver, &journal, &machine);
    m->claiming = false;
    if (m->driver.durable.member && m->files.whole && m->kubelet)
        end(w, m); /* the agent alone was started again */
    else
        advance(w, m, NULL);
}

static void start_kubelet(struct world *w, struct machine *m, bool by_kubeadm) {
    if (!by_kubeadm && (!m->validated || !oracle_was_committed(&w->oracle, m->files.ca_hash)))
        oracle_violate(&w->oracle, "I6 nothing of Kubernetes starts at boot before validation", "machine %d, %.14s",
                       m->number, m->files.ca_hash);
    m->kubelet = true;
}

/* Whether another machine answers for the VIP. */
static bool vip_is_taken(const struct world *w, const struct machine *m) {
    for (int i = 0; i < w->n_machines; i++)
        if (i != m->number && w->machines[i].on && w->machines[i].kubelet && w->machines[i].files.keepalived)
            return true;
    return false;
}

static void new_ca(struct world *w, char ret[CA_HASH_SIZE]) {
    int n = snprintf(ret, CA_HASH_SIZE, "sha256:");
    for (int i = 0; i < 4; i++)
        n += snprintf(ret + n, (size_t)(CA_HASH_SIZE - n), "%016llx", (unsigned long long)random_next(&w->random));
}

static void start_init(struct world *w, struct machine *m) {
    oracle_init(&w->oracle, m->number, m->name, &m->driver.fsm.journal.of);
    w->counts[COUNT_INITS]++;
    if (m->files.ca_hash[0] || m->files.whole || m->files.etcd)
        oracle_violate(&w->oracle, "kubeadm finds nothing of an earlier run", "machine %d: %.14s", m->number,
                       m->files.ca_hash);
    m->files.keepalived = true;
}

static bool is_call(enum bootstrap_effect effect) {
    return effect == BOOTSTRAP_ASK || effect == BOOTSTRAP_RESERVE || effect == BOOTSTRAP_BEGIN ||
           effect == BOOTSTRAP_COMMIT || effect == BOOTSTRAP_ABORT || effect == BOOTSTRAP_TICKET;
}

static void send_effect(struct world *w, struct machine *m) {
    static const enum call calls[BOOTSTRAP_EFFECTS] = {[BOOTSTRAP_RESERVE] = CALL_RESERVE,
                                                       [BOOTSTRAP_BEGIN] = CALL_BEGIN,
                                                       [BOOTSTRAP_COMMIT] = CALL_COMMIT,
                                                       [BOOTSTRAP_ABORT] = CALL_ABORT};
    if (m->driver.effect == BOOTSTRAP_ASK)
        call_record(w, m);
    else if (m->driver.effect == BOOTSTRAP_TICKET)
        call_ticket(w, m, CALL_TICKET);
    else
        call_transition(w, m, calls[m->driver.effect]);
}

static void perform(struct world *w, struct machine *m) {
    int64_t length;
    if (m->driver.effect == BOOTSTRAP_BEGIN && machine_clock(w, m) >= m->driver.fsm.act_until_ms) {
        advance(w, m, &(const struct bootstrap_event){.result = BOOTSTRAP_LATE});
        return;
    }
    if (is_call(m->driver.effect)) { /* the seed client claims first where there is no claim */
        if (m->claim[0])
            send_effect(w, m);
        else
            call_claim(w, m, false);
        return;
    }
    switch (m->driver.effect) {
    case BOOTSTRAP_INIT:
        start_init(w, m);
        length = random_between(&w->random, 8000, 90000);
        break;
    case BOOTSTRAP_JOIN:
        length = random_between(&w->random, 5000, 60000);
        break;
    case BOOTSTRAP_WIPE:
        m->kubelet = false;
        length = random_between(&w->random, 500, 8000);
        break;
    case BOOTSTRAP_PROBE:
        length = random_between(&w->random, 10, 6000);
        break;
    case BOOTSTRAP_KUBELET:
        start_kubelet(w, m, false);
        length = 10;
        break;
    default:
        length = random_between(&w->random, 100, 3000);
        break;
    }
    machine_plan(w, m, EVENT_INSIDE, length / 2);
}

static void do_it(struct world *w, struct machine *m) {
    struct record_id read = m->driver.fsm.record.id;
    if (m->driver.fsm.record.state != RECORD_INITIALISED)
        read.ca_hash[0] = '\0';
    if (m->driver.fsm.record.version && m->driver.fsm.record.state != RECORD_QUARANTINE)
        oracle_acts(&w->oracle, m->number, &read);
    if (m->driver.effect == BOOTSTRAP_END)
        end(w, m);
    else if (m->driver.effect == BOOTSTRAP_STOP)
        start_over(w, m);
    else
        perform(w, m);
}

static void advance(struct world *w, struct machine *m, const struct bootstrap_event *event) {
    struct error err = {0};
    enum bootstrap_wants wants = bootstrap_driver_next(&m->driver, event, &err);
    const struct journal *journal = &m->driver.fsm.journal;
    world_trace(w, m, "%s (%llu, %llu) -> %s %s",
                (const char *[]){"-", "init", "join", "wipe", "abort"}[journal->action],
                (unsigned long long)journal->of.epoch, (unsigned long long)journal->of.token,
                bootstrap_fsm_effect_name(m->driver.effect), m->driver.effect == BOOTSTRAP_STOP ? err.message : "");
    m->saving = wants == BOOTSTRAP_WANTS_JOURNAL;
    if (m->saving)
        machine_plan(w, m, EVENT_SAVED,
                     random_between(&w->random, 1, world_chance(w, w->faults.slow_disk) ? 25000 : 30));
    else
        do_it(w, m);
}

static void write_journal(struct machine *m) {
    memcpy(m->journal_before, m->journal_text, sizeof(m->journal_text));
    journal_print(&m->driver.fsm.journal, m->journal_text);
}

static void saved(struct world *w, struct machine *m) {
    write_journal(m);
    m->saving = false;
    bootstrap_driver_saved(&m->driver);
    do_it(w, m);
}

/* --- kubeadm, the test double --- */

/* The cluster of the master that minted the token, if it runs. */
static const char *cluster_of(const struct world *w, const char *token) {
    const struct machine *minter = &w->machines[token[5] - '0'];
    return minter->on && minter->kubelet && minter->files.whole ? minter->files.ca_hash : NULL;
}

/* kubeadm is half done: files exist, nothing is synced, kubelet runs. */
static void inside(struct world *w, struct machine *m) {
    machine_plan(
        w, m, EVENT_EFFECT,
        random_between(&w->random, 1,
                       m->driver.effect == BOOTSTRAP_INIT || m->driver.effect == BOOTSTRAP_JOIN ? 40000 : 3000));
    if (m->driver.effect == BOOTSTRAP_WIPE) {
        m->files.etcd = m->files.keepalived = m->files.whole = false;
        return;
    }
    if (m->driver.effect == BOOTSTRAP_INIT)
        new_ca(w, m->files.ca_hash);
    if (m->driver.effect == BOOTSTRAP_JOIN) {
        const char *ca_hash = cluster_of(w, m->token);
        if (!ca_hash || strcmp(ca_hash, m->ticket_hash) != 0)
            return; /* discovery fails */
        memcpy(m->files.ca_hash, ca_hash, CA_HASH_SIZE);
        if (world_chance(w, w->faults.wrong_cluster))
            new_ca(w, m->files.ca_hash);
    }
    if (m->driver.effect == BOOTSTRAP_INIT || m->driver.effect == BOOTSTRAP_JOIN) {
        m->files.whole = true;
        m->files.etcd = m->master;
        start_kubelet(w, m, true);
    }
}

static bool works(struct world *w, struct machine *m) {
    switch (m->driver.effect) {
    case BOOTSTRAP_INIT:
        oracle_init_over(&w->oracle, m->number);
        return !world_chance(w, w->faults.kubeadm_fails);
    case BOOTSTRAP_JOIN:
        call_ticket(w, m, CALL_TICKET_DONE);
        m->serial = 0; /* nobody waits for the answer */
        return m->files.whole && !world_chance(w, w->faults.kubeadm_fails);
    case BOOTSTRAP_PROBE:
        return !vip_is_taken(w, m);
    case BOOTSTRAP_WIPE:
        m->files = (struct files){0};
        return !world_chance(w, w->faults.finish_fails);
    case BOOTSTRAP_FINISH:
        return m->kubelet && !world_chance(w, w->faults.finish_fails);
    default:
        return true;
    }
}

static void effect_over(struct world *w, struct machine *m) {
    static const struct error failed = {.errnum = EIO, .message = "it failed"};
    char hash[CA_HASH_SIZE];
    struct bootstrap_event event = {
        .result = works(w, m) ? BOOTSTRAP_OK : BOOTSTRAP_FAILED, .error = &failed, .ca_hash = hash};
    memcpy(hash,
           w->mutant == MUTANT_ANY_CA && m->driver.effect == BOOTSTRAP_JOIN ? m->driver.fsm.journal.of.ca_hash
                                                                            : m->files.ca_hash,
           CA_HASH_SIZE);
    if (m->driver.effect == BOOTSTRAP_FINISH && event.result == BOOTSTRAP_OK)
        m->files.keepalived = m->master;
    if (event.result == BOOTSTRAP_OK)
        m->files_durable = m->files;
    advance(w, m, &event);
}

/* --- answers --- */

static void no_answer(struct world *w, struct machine *m) {
    static const struct error away = {.errnum = ETIMEDOUT, .message = "seed: no answer"};
    m->claiming = false;
    m->validated |= m->driver.effect == BOOTSTRAP_ASK;
    advance(w, m, &(const struct bootstrap_event){.result = BOOTSTRAP_AWAY, .error = &away});
}

void machine_take_claim(struct world *w, struct machine *m, const char *claim) {
    for (int i = 0; i < w->n_machines; i++)
        if (i != m->number && !strcmp(w->machines[i].claim_file, claim))
            oracle_violate(&w->oracle, "one claim, one machine", "machines %d and %d have the same", m->number, i);
    snprintf(m->claim, sizeof(m->claim), "%s", claim);
    memcpy(m->claim_file, m->claim, sizeof(m->claim));
}

/* As the agent's seed client does (agent/seed/client.c): a refused claim is not the answer to the call. */
static void answer_to_claim(struct world *w, struct machine *m, const struct reply *reply) {
    static const struct error conflict = {.errnum = EACCES, .message = "claim: another machine has this MAC"};
    m->claiming = false;
    if (reply->status >= 300) {
        advance(w, m, &(const struct bootstrap_event){.result = BOOTSTRAP_FAILED, .error = &conflict});
        return;
    }
    machine_take_claim(w, m, reply->claim);
    send_effect(w, m); /* as it was: BEGIN is not held back a second time */
}

static void answer_to_ticket(struct world *w, struct machine *m, const struct reply *reply) {
    if (reply->status == 202 || (reply->status == 200 && !reply->token[0])) {
        if (reply->ticket[0])
            snprintf(m->ticket, sizeof(m->ticket), "%s", reply->ticket);
        call_ticket(w, m, CALL_TICKET_LOOK);
        return;
    }
    snprintf(m->token, sizeof(m->token), "%s", reply->token);
    snprintf(m->ticket_hash, sizeof(m->ticket_hash), "%s", reply->ca_hash);
    if (world_chance(w, w->faults.wrong_cluster))
        m->ticket_hash[12] ^= 1;
    advance(w, m, &(const struct bootstrap_event){.ca_hash = m->ticket_hash});
}

static void answer_to_step(struct world *w, struct machine *m, const struct reply *reply) {
    struct error err = {.errnum = reply->status == 409 ? EEXIST : EIO, .message = "seed: refused"};
    struct record_view record;
    struct bootstrap_event event = {.error = &err, .record = &record, .sent_ms = m->sent_ms};
    if (m->claiming) {
        answer_to_claim(w, m, reply);
        return;
    }
    if (reply->status == 401) {
        m->claim[0] = '\0';
        call_claim(w, m, false);
        return;
    }
    if (m->driver.effect == BOOTSTRAP_TICKET && reply->status < 300) {
        answer_to_ticket(w, m, reply);
        return;
    }
    event.result = reply->status < 300 ? BOOTSTRAP_OK : bootstrap_result_of(&err, false);
    if (event.result == BOOTSTRAP_OK) {
        cleanup_json cJSON *tree = cJSON_Parse(reply->record);
        if (record_view_parse(tree, &record, &err) < 0)
            oracle_violate(&w->oracle, "the agent reads what the seed prints", "%s: %s", err.message, reply->record);
        m->validated |= m->driver.effect == BOOTSTRAP_ASK || m->driver.effect == BOOTSTRAP_COMMIT;
    }
    advance(w, m, &event);
}

static void answered(struct world *w, struct machine *m, const struct reply *reply) {
    unsigned *serial = reply->of_minter ? &m->serial_of_minter : &m->serial;
    if (*serial != reply->serial)
        return; /* too late: nobody waits for it */
    *serial = 0;
    if (m->ended && !reply->of_minter)
        return; /* it bore witness */
    if (!reply->status)
        reply->of_minter ? minter_pauses(w, m) : no_answer(w, m);
    else
        reply->of_minter ? minter_answered(w, m, reply) : answer_to_step(w, m, reply);
}

static void timed_out(struct world *w, struct machine *m, unsigned serial) {
    if (serial == m->serial) {
        m->serial = 0;
        if (!m->ended)
            no_answer(w, m);
    } else if (serial == m->serial_of_minter) {
        m->serial_of_minter = 0;
        minter_pauses(w, m);
    }
}

void machine_event(struct world *w, struct machine *m, const struct event *event) {
    if (!m->on || (event->generation && event->generation != m->generation))
        return;
    switch (event->kind) {
    case EVENT_REPLY:
        answered(w, m, &event->reply);
        break;
    case EVENT_TIMEOUT:
        timed_out(w, m, event->serial);
        break;
    case EVENT_SAVED:
        saved(w, m);
        break;
    case EVENT_INSIDE:
        inside(w, m);
        break;
    case EVENT_EFFECT:
        effect_over(w, m);
        break;
    case EVENT_RETRY:
        begin(w, m);
        break;
    case EVENT_WITNESS:
        call_as_witness(w, m);
        break;
    default:
        minter_mints(w, m);
        break;
    }
}

/* --- power --- */

static void forget(struct world *w, struct machine *m) {
    m->generation++;
    m->serial = m->serial_of_minter = 0;
    m->ended = m->claiming = false;
    m->backoff_s = 0;
    if (m->saving && random_percent(&w->random, 50))
        write_journal(m); /* the rename was durable */
    m->saving = false;
    oracle_init_over(&w->oracle, m->number);
}

/* Each file that was not synced is kept or lost by chance. */
static void lose(struct world *w, struct machine *m) {
    struct files *d = &m->files_durable;
    if (random_percent(&w->random, 50))
        memcpy(d->ca_hash, m->files.ca_hash, CA_HASH_SIZE);
    if (random_percent(&w->random, 50))
        d->whole = m->files.whole;
    if (random_percent(&w->random, 50))
        d->etcd = m->files.etcd;
    d->keepalived = m->files.keepalived;
    m->files = *d;
    if (w->mutant == MUTANT_JOURNAL_NOT_SYNCED && random_percent(&w->random, 50))
        memcpy(m->journal_text, m->journal_before, sizeof(m->journal_text));
}

void machine_power_off(struct world *w, struct machine *m) {
    if (!m->on)
        return;
    world_trace(w, m, "loses power");
    forget(w, m);
    lose(w, m);
    m->on = m->kubelet = false;
}

void machine_kill_agent(struct world *w, struct machine *m) {
    if (!m->on)
        return;
    world_trace(w, m, "loses its agent");
    forget(w, m); /* kubeadm dies with the agent, kubelet does not */
    machine_plan(w, m, EVENT_RETRY, 1000);
}

void machine_power_on(struct world *w, struct machine *m) {
    if (m->on)
        return;
    world_trace(w, m, "boots");
    m->on = true;
    m->validated = false;
    m->generation++;
    m->clock_ms = random_between(&w->random, 0, 1000000) - w->now; /* CLOCK_BOOTTIME starts again */
    memcpy(m->claim, m->claim_file, sizeof(m->claim));
    if (w->mutant == MUTANT_KUBELET_NOT_GATED && m->files.whole)
        start_kubelet(w, m, false);
    machine_plan(w, m, EVENT_RETRY, random_between(&w->random, 3000, 12000));
}

void machine_clear_disk(struct machine *m) {
    m->journal_text[0] = m->journal_before[0] = '\0';
    m->files = m->files_durable = (struct files){0};
}
