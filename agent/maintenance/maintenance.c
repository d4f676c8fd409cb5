/* SPDX-License-Identifier: Apache-2.0
 * See maintenance.h. */
#include "maintenance.h"
#include "agent.h"
#include "bootstrap/certificates.h"
#include "defragment.h"
#include "drain.h"
#include "renew.h"
#include "restart.h"
#include "restore.h"
#include "retire.h"
#include "retired.h"
#include "rollout.h"
#include "slot.h"
#include "upgrade.h"
#include "world/world.h"

#include "log.h"
#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    LOOK_S = 25,
    HELP_S = 1,  /* budgets and pods of another machine are looked at so often */
    AWAY_S = 30, /* the seed is away, or refused */
    SICK_S = 10  /* nothing begins, or a step failed */
};

/* One kind of work on this machine. */
typedef int work_function(struct agent *agent, const struct slot_record *record, struct error *err);

static const struct {
    const char *name;
    work_function *run;
    bool masters_only;
} kinds[] = {{"renew", renew_once, true},     {"rollout", rollout_once, false}, {"upgrade", rollout_once, false},
             {"restart", restart_once, true}, {"retire", retired_leave, false}, {"defragment", defragment_once, true},
             {"restore", restore_once, true}};

static work_function *work_of_kind(const struct agent *agent, const char *kind) {
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (!strcmp(kind, kinds[i].name) && (role_is_master(agent->role) || !kinds[i].masters_only))
            return kinds[i].run;
    return NULL; /* of a seed that knows more */
}

/* What is to be done on this machine by this record; `known`: the seed answered. NULL: nothing. What a
 * machine begins by itself only masters do. */
static work_function *next_work(struct agent *agent, const struct slot_record *record, bool known) {
    if (known && record->must_hold)
        return upgrade_hold;
    if (known && (record->my_turn || (record->mine && !record->halted)))
        return work_of_kind(agent, record->kind);
    if (known && record->closed)
        return certificates_due(agent, CERTIFICATES_DUE) ? renew_once
               : restart_due(agent)                      ? restart_once
               : defragment_due(agent)                   ? defragment_once
                                                         : NULL;
    bool stopped = known && !record->running;
    return (!known || stopped) && certificates_due(agent, CERTIFICATES_PRESSING) ? renew_alone : NULL;
}

static void pause_s(unsigned seconds) {
    nanosleep(&(struct timespec){.tv_sec = seconds}, NULL);
}

/* Whether something was tried, and failed. */
static bool act(struct agent *agent, const struct slot_record *record, bool known, struct drain *drain, bool *ret_again,
                struct error *err) {
    work_function *work = next_work(agent, record, known);
    *ret_again = false;
    if (work)
        return work(agent, record, err) < 0;
    if (!known || !role_is_master(agent->role))
        return false;
    int done = drain_is_mine(agent, record)    ? drain_help(agent, record, drain, err)
               : retire_is_mine(agent, record) ? retire_help(agent, record, drain, err)
                                               : 1;
    *ret_again = done == 0;
    return done < 0;
}

/* The slot was taken away by force: the Lease goes, too, if it is this machine's, and so does what an upgrade left. */
static void leave_lease(struct agent *agent, const struct slot_record *record, bool *was_mine) {
    struct error none;
    if (*was_mine && !record->mine && role_is_master(agent->role) && agent->world->lease_take(agent->role, &none) == 0)
        agent->world->lease_drop(agent->role, &none);
    if (!record->mine && upgrade_ask_own(agent, true, &none) < 0)
        log_warning("%s", none.message);
    *was_mine = record->mine || record->my_turn; /* which begins its work at once */
}

/* The seed hears of it from the steps themselves, but for that which is no step of a turn: also why a machine does not
 * begin although its turn came. Whether it was told. */
static bool tell(struct agent *agent, const struct slot_record *record, struct error *err) {
    log_warning("%s", err->message);
    if (!(record->must_hold || record->my_turn || err->code == SR_RESTORED) || err->errnum == ECANCELED)
        return false;
    events_problem(agent, &(struct event){.step = "maintenance", .state = "waiting", .code = err->code}, err, false);
    return true;
}

/* Another one's turn came, or the order is over. */
static void tell_over(struct agent *agent, const struct slot_record *record, bool *waited) {
    bool waits = record->must_hold || record->my_turn; /* when this record was read */
    if (*waited && !waits && !record->mine)
        events_say(agent, "ready", "ready", 0, 0, "it does not wait for its turn any more");
    *waited = *waited && waits;
}

void maintenance_forever(struct agent *agent) {
    struct slot_record record = {0};
    struct drain drain = {0};
    bool again = false, was_mine = false, waited = false;
    char told[sizeof(((struct error *)0)->message)] = "";
    for (;;) {
        struct error err = {0};
        unsigned wait_s = !record.version ? 0 : again ? HELP_S : LOOK_S;
        bool known = slot_look(agent, wait_s, &record, &err) == 0;
        if (!known)
            record.version = 0;
        if (known)
            leave_lease(agent, &record, &was_mine);
        if (known && record.closed && !record.target[0])
            upgrade_is_over(agent);
        if (known && role_is_master(agent->role))
            drain_sweep(agent, &record, &drain);
        bool older = known && restore_follow(agent, &record, &err) < 0;
        if (older || act(agent, &record, known, &drain, &again, &err)) {
            if (strcmp(told, err.message) != 0)
                waited |= tell(agent, &record, &err);
            memcpy(told, err.message, sizeof(told));
            record.version = 0;          /* it is looked at again at once, not when it changes */
            if (err.errnum != ECANCELED) /* the record changed meanwhile */
                pause_s(SICK_S);
        } else if (!known) {
            pause_s(AWAY_S);
        } else {
            told[0] = '\0';
            tell_over(agent, &record, &waited);
        }
    }
}
