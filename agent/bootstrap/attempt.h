/* SPDX-License-Identifier: Apache-2.0
 * One attempt at step 12: the driver decides, a table of effects acts. docs/bootstrap-record.md is the protocol. */
#pragma once
#include "agent.h"
#include "decide/answer.h"
#include "decide/bootstrap_driver.h"

/* One run of the step, and what an effect leaves for the driver. */
struct attempt {
    struct bootstrap_driver driver;
    struct record_view record;
    char ca_hash[CA_HASH_SIZE];
    int64_t sent_ms; /* CLOCK_BOOTTIME when the last transition was sent */
    char ticket_id[ANSWER_ID_SIZE];
    cJSON *ticket; /* secrets: wiped when used */
};

/* What an attempt does to the world. The step has the real ones, a unit test its own. */
struct attempt_effects {
    int (*save)(const char *path, const struct journal *journal, struct error *err); /* durable on return */
    int (*run[BOOTSTRAP_EFFECTS])(struct agent *agent, struct attempt *attempt, struct error *err);
};

/* From `machine` and agent->journal to a member; -1 when the state machine stops, err says why. The journal is durable
 * before the effect that it tells of. A ticket that was not used is given back. */
int attempt_follow(struct agent *agent, const struct bootstrap_machine *machine, const struct attempt_effects *effects,
                   struct error *err);

/* The effects of the protocol; each fills in what its event needs. */
int attempt_ask(struct agent *agent, struct attempt *attempt, struct error *err);
int attempt_move(struct agent *agent, struct attempt *attempt, struct error *err); /* reserve, begin, commit, abort */
int attempt_init(struct agent *agent, struct attempt *attempt, struct error *err);
int attempt_finish(struct agent *agent, struct attempt *attempt, struct error *err);
int attempt_ticket(struct agent *agent, struct attempt *attempt, struct error *err);
int attempt_join(struct agent *agent, struct attempt *attempt, struct error *err);

/* Tells the seed that the ticket is used (`problem`: why in vain, or NULL), and wipes it. */
void attempt_drop_ticket(struct agent *agent, struct attempt *attempt, const struct error *problem);
