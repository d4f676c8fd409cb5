/* SPDX-License-Identifier: Apache-2.0
 * See bootstrap_driver.h. */
#include "bootstrap_driver.h"

#include <errno.h>

void bootstrap_driver_start(struct bootstrap_driver *driver, const struct journal *journal,
                            const struct bootstrap_machine *machine) {
    *driver = (struct bootstrap_driver){.durable = *journal};
    bootstrap_fsm_start(&driver->fsm, journal, machine);
}

static enum bootstrap_wants wants(const struct bootstrap_driver *driver) {
    if (!journal_equal(&driver->durable, &driver->fsm.journal))
        return BOOTSTRAP_WANTS_JOURNAL;
    return driver->effect == BOOTSTRAP_END || driver->effect == BOOTSTRAP_STOP ? BOOTSTRAP_WANTS_NOTHING
                                                                               : BOOTSTRAP_WANTS_EFFECT;
}

enum bootstrap_wants bootstrap_driver_next(struct bootstrap_driver *driver, const struct bootstrap_event *event,
                                           struct error *err) {
    driver->effect = bootstrap_fsm_next(&driver->fsm, event, err);
    return wants(driver);
}

enum bootstrap_wants bootstrap_driver_saved(struct bootstrap_driver *driver) {
    driver->durable = driver->fsm.journal;
    return wants(driver);
}

enum bootstrap_result bootstrap_result_of(const struct error *problem, bool away) {
    if (problem->errnum == EEXIST)
        return BOOTSTRAP_REFUSED;
    if (problem->errnum == ETIME)
        return BOOTSTRAP_LATE;
    return away ? BOOTSTRAP_AWAY : BOOTSTRAP_FAILED;
}
