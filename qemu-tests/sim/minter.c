/* SPDX-License-Identifier: Apache-2.0
 * See minter.h. */
#include "minter.h"

#include "call.h"
#include "world.h"
#include <string.h>

enum { CALL_MS = 10000, PENDING_WAIT_MS = 55000, PAUSE_MS = 2000 };

void minter_asks(struct world *w, struct machine *m) {
    struct request request = {.call = CALL_PENDING, .of_minter = true, .wait_ms = PENDING_WAIT_MS};
    call_send(w, m, &request, PENDING_WAIT_MS + 5000);
}

void minter_pauses(struct world *w, struct machine *m) {
    m->minted_for[0] = '\0';
    machine_plan(w, m, EVENT_MINT, PAUSE_MS);
}

void minter_answered(struct world *w, struct machine *m, const struct reply *reply) {
    if (reply->status == 401) {
        call_claim(w, m, true);
    } else if (reply->claim[0] && reply->status < 300) {
        machine_take_claim(w, m, reply->claim);
        minter_asks(w, m);
    } else if (reply->status == 200 && reply->ticket[0]) {
        snprintf(m->minted_for, sizeof(m->minted_for), "%s", reply->ticket);
        m->minted_for_master = reply->for_master;
        machine_plan(w, m, EVENT_MINT, random_between(&w->random, 300, 5000));
    } else if (reply->status < 300) {
        minter_asks(w, m);
    } else {
        minter_pauses(w, m);
    }
}

void minter_mints(struct world *w, struct machine *m) {
    struct request request = {.call = CALL_MINT, .of_minter = true};
    if (!m->minted_for[0]) {
        minter_asks(w, m);
        return;
    }
    snprintf(request.ticket, sizeof(request.ticket), "%s", m->minted_for);
    m->minted_for[0] = '\0';
    if (!world_chance(w, w->faults.kubeadm_fails)) {
        snprintf(request.token, sizeof(request.token), "token%d.0123456789abcdef", m->number);
        if (m->minted_for_master)
            memset(request.certificate_key, 'a', sizeof(request.certificate_key) - 1);
    }
    call_send(w, m, &request, CALL_MS);
}
