/* SPDX-License-Identifier: Apache-2.0
 * See call.h. */
#include "call.h"

#include "world.h"

enum { CALL_MS = 10000, TICKET_WAIT_MS = 55000, WITNESS_MS = 55000 };

void call_send(struct world *w, struct machine *m, struct request *request, int64_t timeout_ms) {
    unsigned *serial = request->of_minter ? &m->serial_of_minter : &m->serial;
    request->from = m->number;
    *serial = request->serial = ++w->serial;
    snprintf(request->claim, sizeof(request->claim), "%s", request->call == CALL_CLAIM ? m->mac : m->claim);
    request->seen = m->driver.fsm.journal.seen;
    request->known = w->oracle.machines[m->number].seen;
    m->sent_ms = machine_clock(w, m);
    world_send(w, request);
    world_plan(w, timeout_ms,
               &(const struct event){
                   .kind = EVENT_TIMEOUT, .machine = m->number, .generation = m->generation, .serial = *serial});
}

void call_claim(struct world *w, struct machine *m, bool of_minter) {
    struct request request = {.call = CALL_CLAIM, .of_minter = of_minter};
    snprintf(request.key, sizeof(request.key), "%s", m->key);
    m->claiming = m->claiming || !of_minter;
    call_send(w, m, &request, CALL_MS);
}

void call_transition(struct world *w, struct machine *m, enum call which) {
    struct request request = {.call = which, .grant = m->driver.fsm.journal.of};
    call_send(w, m, &request, CALL_MS);
}

void call_record(struct world *w, struct machine *m) {
    struct request request = {.call = CALL_RECORD,
                              .version = m->driver.fsm.version,
                              .wait_ms = m->driver.fsm.version ? m->driver.fsm.wait_s * 1000 : 0};
    call_send(w, m, &request, m->driver.fsm.wait_s * 1000 + 5000);
}

void call_ticket(struct world *w, struct machine *m, enum call which) {
    struct request request = {.call = which, .wait_ms = which == CALL_TICKET_LOOK ? TICKET_WAIT_MS : 0};
    snprintf(request.ticket, sizeof(request.ticket), "%s", m->ticket);
    call_send(w, m, &request, request.wait_ms + 5000);
}

void call_as_witness(struct world *w, struct machine *m) {
    struct request request = {.call = CALL_RECORD};
    call_send(w, m, &request, CALL_MS);
    machine_plan(w, m, EVENT_WITNESS, WITNESS_MS);
}
