/* SPDX-License-Identifier: Apache-2.0
 * Drives the bootstrap state machine: first the journal is made durable, then the effect is done. Pure. The caller does
 * both, with real effects (agent/bootstrap/attempt.c) or simulated ones (qemu-tests/sim/machine.c). */
#pragma once
#include "bootstrap_fsm.h"

struct bootstrap_driver {
    struct bootstrap_fsm fsm;
    struct journal durable;       /* as the machine has it on disk */
    enum bootstrap_effect effect; /* what comes next, once the journal is durable */
};

enum bootstrap_wants {
    BOOTSTRAP_WANTS_JOURNAL, /* make fsm.journal durable, then call bootstrap_driver_saved() */
    BOOTSTRAP_WANTS_EFFECT,  /* do `effect`, then call bootstrap_driver_next() with its result */
    BOOTSTRAP_WANTS_NOTHING  /* `effect` is END or STOP */
};

void bootstrap_driver_start(struct bootstrap_driver *driver, const struct journal *journal,
                            const struct bootstrap_machine *machine);

/* What to do after an effect that ended as `event` says (NULL: nothing was done yet). STOP fills in *err. */
enum bootstrap_wants bootstrap_driver_next(struct bootstrap_driver *driver, const struct bootstrap_event *event,
                                           struct error *err);
enum bootstrap_wants bootstrap_driver_saved(struct bootstrap_driver *driver);

/* The result of an effect that failed. EEXIST: the seed refused. ETIME: it was too late to send. `away`: nobody
 * answered. */
enum bootstrap_result bootstrap_result_of(const struct error *problem, bool away);
