/* SPDX-License-Identifier: Apache-2.0
 * A simulated machine: the real driver, state machine and journal, and a test double of kubeadm that may be interrupted
 * anywhere. */
#pragma once
#include "decide/bootstrap_driver.h"
#include "queue.h"

struct world;

struct files { /* what kubeadm leaves and the wipe removes */
    char ca_hash[CA_HASH_SIZE];
    bool whole, etcd, keepalived;
};

struct machine {
    int number;
    char name[WIRE_NAME], mac[WIRE_CLAIM], key[65];
    bool master, has_twin; /* another machine has the same name and MAC; the first one to speak gets the claim */

    char journal_text[JOURNAL_TEXT_SIZE], journal_before[JOURNAL_TEXT_SIZE], claim_file[WIRE_CLAIM]; /* on disk */
    struct files files, files_durable;

    bool on, kubelet;    /* powered; running */
    unsigned generation; /* of the agent's process: events that were planned for an earlier one are ignored */
    bool saving, validated, ended;
    struct bootstrap_driver driver;
    bool claiming;
    char claim[WIRE_CLAIM];
    unsigned serial, serial_of_minter; /* of the requests that are waited for; 0: none */
    int64_t sent_ms, clock_ms /* BOOTTIME minus simulated time */, paused_until;
    unsigned backoff_s;
    char ticket[WIRE_TICKET], token[WIRE_TOKEN], ticket_hash[CA_HASH_SIZE], minted_for[WIRE_TICKET];
    bool minted_for_master;
};

void machine_power_on(struct world *world, struct machine *m);
void machine_power_off(struct world *world, struct machine *m);
void machine_kill_agent(struct world *world, struct machine *m);
void machine_clear_disk(struct machine *m); /* the operator's hand */
/* An event that is meant for the machine. */
void machine_event(struct world *world, struct machine *m, const struct event *event);

/* For its parts: */
void machine_plan(struct world *world, const struct machine *m, enum event_kind kind, int64_t after_ms);
int64_t machine_clock(const struct world *world, const struct machine *m); /* CLOCK_BOOTTIME */
void machine_take_claim(struct world *world, struct machine *m, const char *claim);
