/* SPDX-License-Identifier: Apache-2.0
 * Who drives the bootstrap state machine: the journal first, then the effect. Pure; whoever has real effects
 * (agent/bootstrap/run.c) or simulated ones (qemu-tests/sim/machine.c) does what it says. */
#pragma once
#include "bootstrap_fsm.h"

struct bootstrap_driver {
    struct bootstrap_fsm fsm;
    struct journal durable;       /* as the machine has it on disk */
    enum bootstrap_effect effect; /* what comes next, once the journal is durable */
};

enum bootstrap_wants {
    BOOTSTRAP_WANTS_JOURNAL, /* fsm.journal made durable, then bootstrap_driver_saved() */
    BOOTSTRAP_WANTS_EFFECT,  /* `effect` done, then bootstrap_driver_next() with how it went */
    BOOTSTRAP_WANTS_NOTHING  /* `effect` is END or STOP */
};

void bootstrap_driver_start(struct bootstrap_driver *driver, const struct journal *journal,
                            const struct bootstrap_machine *machine);

/* After an effect (the first time: NULL). STOP fills in *err. */
enum bootstrap_wants bootstrap_driver_next(struct bootstrap_driver *driver, const struct bootstrap_event *event,
                                           struct error *err);
enum bootstrap_wants bootstrap_driver_saved(struct bootstrap_driver *driver);

/* How a failed effect reads: EEXIST the seed refused, ETIME it was too late to send, away nobody answered. */
enum bootstrap_result bootstrap_result_of(const struct error *problem, bool away);
