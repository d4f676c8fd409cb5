/* SPDX-License-Identifier: Apache-2.0
 * See attempt.h. */
#include "attempt.h"
#include "decide/paths.h"
#include "record.h"

#include "clock.h"
#include "log.h"
#include <errno.h>

int attempt_ask(struct agent *agent, struct attempt *attempt, struct error *err) {
    const struct bootstrap_fsm *fsm = &attempt->driver.fsm;
    if (fsm->waiting)
        events_tell(agent, &(struct event){.step = "bootstrap", .state = "waiting", .code = SR_WAIT_CLUSTER}, "%s %s",
                    record_state_name(fsm->record.state), fsm->record.holder);
    if (record_get(agent->world, &agent->seed, &fsm->journal.seen, fsm->version, fsm->wait_s, &attempt->record, err) ==
        0)
        return 0;
    if (seed_is_away(err) && fsm->journal.member)
        log_warning("%s; going on with the cached committed record", err->message);
    return -1;
}

int attempt_move(struct agent *agent, struct attempt *attempt, struct error *err) {
    const struct bootstrap_fsm *fsm = &attempt->driver.fsm;
    const struct record_id *id = fsm->at == BOOTSTRAP_RESERVE ? &fsm->record.id : &fsm->journal.of;
    attempt->sent_ms = clock_boottime_ms();
    if (fsm->at == BOOTSTRAP_BEGIN && attempt->sent_ms >= fsm->act_until_ms)
        return error_set(err, ETIME, "two thirds of the lease are over");
    return record_move(agent->world, &agent->seed, bootstrap_fsm_effect_name(fsm->at), id, &fsm->journal.seen,
                       &attempt->record, err);
}

static int attempt_run(struct agent *agent, struct attempt *attempt, const struct attempt_effects *effects,
                       struct error *err) {
    struct bootstrap_driver *driver = &attempt->driver;
    struct error problem = {0};
    struct bootstrap_event event = {.record = &attempt->record, .ca_hash = attempt->ca_hash, .error = &problem};
    enum bootstrap_wants wants = bootstrap_driver_next(driver, NULL, err);
    for (;;) {
        if (wants == BOOTSTRAP_WANTS_JOURNAL) {
            if (effects->save(AGENT_JOURNAL, &driver->fsm.journal, err) < 0)
                return -1;
            agent->journal = driver->fsm.journal;
            wants = bootstrap_driver_saved(driver);
        }
        if (wants == BOOTSTRAP_WANTS_NOTHING)
            return driver->effect == BOOTSTRAP_END ? 0 : -1;
        int result = effects->run[driver->effect](agent, attempt, &problem);
        event.result = result < 0 ? bootstrap_result_of(&problem, seed_is_away(&problem)) : BOOTSTRAP_OK;
        event.sent_ms = attempt->sent_ms;
        wants = bootstrap_driver_next(driver, &event, err);
    }
}

int attempt_follow(struct agent *agent, const struct bootstrap_machine *machine, const struct attempt_effects *effects,
                   struct error *err) {
    struct attempt attempt = {0};
    bootstrap_driver_start(&attempt.driver, &agent->journal, machine);
    int result = attempt_run(agent, &attempt, effects, err);
    if (attempt.ticket) /* the state machine stopped before kubeadm join used it */
        attempt_drop_ticket(agent, &attempt, err);
    return result;
}
