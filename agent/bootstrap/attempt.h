/* SPDX-License-Identifier: Apache-2.0
 * One attempt at step 12. The driver decides what comes next, a table of effects does it. docs/bootstrap-record.md
 * describes the protocol. */
#pragma once
#include "agent.h"
#include "decide/answer.h"
#include "decide/bootstrap_driver.h"

/* The state of one attempt. Effects leave their results here for the driver. */
struct attempt {
    struct bootstrap_driver driver;
    struct record_view record;
    char ca_hash[CA_HASH_SIZE];
    int64_t sent_ms; /* CLOCK_BOOTTIME when the last transition was sent */
    bool rejoins;    /* the ticket is for a member's kubelet */
    char ticket_id[ANSWER_ID_SIZE];
    cJSON *ticket; /* has secrets: overwritten after use */
};

/* What an attempt may do. The step passes the real functions, a unit test its own. */
struct attempt_effects {
    int (*save)(const char *path, const struct journal *journal, struct error *err); /* durable on return */
    int (*run[BOOTSTRAP_EFFECTS])(struct agent *agent, struct attempt *attempt, struct error *err);
};

/* Brings a machine in the state `machine` and agent->journal into the cluster. 0 when it is a member; -1 when the state
 * machine stops, and err says why. Saves the journal durably before each effect that it describes. Gives back a ticket
 * that was not used. */
int attempt_follow(struct agent *agent, const struct bootstrap_machine *machine, const struct attempt_effects *effects,
                   struct error *err);

/* The effects of the protocol. Each fills in the fields of *attempt that the next event needs. */
int attempt_ask(struct agent *agent, struct attempt *attempt, struct error *err);
int attempt_move(struct agent *agent, struct attempt *attempt, struct error *err); /* reserve, begin, commit, abort */
int attempt_init(struct agent *agent, struct attempt *attempt, struct error *err);
int attempt_finish(struct agent *agent, struct attempt *attempt, struct error *err);
int attempt_ticket(struct agent *agent, struct attempt *attempt, struct error *err);
int attempt_join(struct agent *agent, struct attempt *attempt, struct error *err);

/* Tells the seed that the join with this ticket ended (`problem` says why it failed, NULL: it succeeded), and
 * overwrites the ticket's secrets. */
void attempt_drop_ticket(struct agent *agent, struct attempt *attempt, const struct error *problem);
