/* SPDX-License-Identifier: Apache-2.0
 * The queue of join tickets through any order of calls with any text. */
#include "fuzz.h"
#include "record/tickets.h"

static struct tickets tickets;

static void act(struct fuzz *from, int64_t now_ms) {
    static const char *const hosts[] = {"k8s-m1", "k8s-m2", "k8s-m3", "k8s-n1"};
    char id[40], word[80], key[80];
    const struct ticket *ticket;
    unsigned choice = fuzz_byte(from);
    const char *host = hosts[choice / 8 % 4];
    snprintf(id, sizeof(id), "%02x", choice / 32);
    fuzz_word(from, word, sizeof(word));
    switch (choice % 8) {
    case 0:
    case 1:
        if (tickets_ask(&tickets, id, host, host[4] == 'm' ? NODE_MASTER : NODE_WORKER, false, now_ms, &ticket) ==
            TICKET_OK)
            demand(ticket->state == TICKET_WAITING && !strcmp(ticket->hostname, host));
        return;
    case 2:
        ticket = tickets_take(&tickets, host, now_ms);
        demand(!ticket || (ticket->state == TICKET_ASSIGNED && strcmp(ticket->hostname, host) != 0));
        return;
    case 3:
        fuzz_word(from, key, sizeof(key));
        tickets_mint(&tickets, id, host, word, key[0] ? key : NULL, now_ms);
        return;
    case 4:
        tickets_fail(&tickets, id, host, word, now_ms);
        return;
    case 5:
        if (tickets_look(&tickets, id, host, &ticket) == TICKET_OK)
            demand(!strcmp(ticket->hostname, host));
        tickets_deliver(&tickets, id, now_ms);
        return;
    case 6:
        tickets_done(&tickets, id, host);
        return;
    default:
        tickets_void(&tickets, choice & 128 ? NULL : host);
    }
}

static void check(int64_t now_ms) {
    size_t masters = 0;
    for (size_t i = 0; i < 64; i++) {
        const struct ticket *t = &tickets.list[i];
        bool minted = t->state == TICKET_MINTED;
        masters += t->kind == NODE_MASTER && (t->state == TICKET_ASSIGNED || minted || t->state == TICKET_DELIVERED);
        demand(minted == (t->token[0] != '\0')); /* no secret outlives its use */
        demand(!minted || (strlen(t->token) == 23 && !strpbrk(t->token, "\"\n ") &&
                           (t->certificate_key[0] != '\0') == (t->kind == NODE_MASTER)));
        demand(minted || !t->certificate_key[0]);
    }
    demand(masters <= 1);
    demand(tickets_next_ms(&tickets, now_ms) >= 0 && tickets_count(&tickets, TICKET_FREE) <= TICKETS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz from = {data, size};
    int64_t now_ms = 1;
    memset(&tickets, 0, sizeof(tickets));
    for (int i = 0; from.size && i < 48; i++) {
        now_ms += (int64_t)fuzz_number(&from, 2) * 8;
        tickets_expire(&tickets, now_ms);
        act(&from, now_ms);
        check(now_ms);
    }
    return 0;
}
