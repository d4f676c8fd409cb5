/* SPDX-License-Identifier: Apache-2.0
 * See mutant.h. seed/server/state/record_keeper.c calls what the linker puts in record_next()'s place. */
#include "mutant.h"

#include "record/record.h"

static enum mutant active;
static int64_t begun_ms;

enum record_answer __real_record_next(const struct bootstrap_record *record, const struct record_event *event,
                                      struct bootstrap_record *ret_next);
enum record_answer __wrap_record_next(const struct bootstrap_record *record, const struct record_event *event,
                                      struct bootstrap_record *ret_next);

const char *mutant_name(enum mutant mutant) {
    static const char *const names[MUTANTS] = {"none",
                                               "no token check",
                                               "release by a non-holder",
                                               "INITIALISING that expires",
                                               "reply before fsync",
                                               "no rollback witness",
                                               "kubelet not gated",
                                               "journal not synced",
                                               "a grant used again after its abort, begun under its token",
                                               "any CA is joined",
                                               "a recovery in the same epoch",
                                               "a recovery without a proof"};
    return names[mutant];
}

void mutant_set(enum mutant mutant) {
    active = mutant;
}

enum record_answer __wrap_record_next(const struct bootstrap_record *record, const struct record_event *event,
                                      struct bootstrap_record *ret_next) {
    struct record_event changed = *event;
    if (event->type == RECORD_BEGIN)
        begun_ms = event->now_ms;
    switch (active) {
    case MUTANT_NO_TOKEN_CHECK:
        if (event->type >= RECORD_BEGIN && event->type <= RECORD_ABORT) {
            changed.epoch = record->epoch;
            changed.token = record->token;
        }
        break;
    case MUTANT_FOREIGN_RELEASE:
        if (event->type == RECORD_ABORT)
            changed = (struct record_event){
                .type = RECORD_ABORT, .hostname = record->holder, .epoch = record->epoch, .token = record->token};
        break;
    case MUTANT_INITIALISING_EXPIRES:
        if (event->type == RECORD_EXPIRE && record->state == RECORD_INITIALISING &&
            event->now_ms >= begun_ms + RECORD_LEASE_MS)
            changed = (struct record_event){
                .type = RECORD_ABORT, .hostname = record->holder, .epoch = record->epoch, .token = record->token};
        break;
    case MUTANT_NO_WITNESS:
        if (event->type == RECORD_WITNESS) {
            *ret_next = *record;
            return RECORD_GRANTED;
        }
        break;
    default:
        break;
    }
    const int64_t epoch = record->epoch, token = record->token; /* ret_next may be record */
    enum record_answer answer = __real_record_next(record, &changed, ret_next);
    if (active == MUTANT_ABORT_FORGOTTEN && event->type == RECORD_BEGIN && answer == RECORD_GRANTED)
        ret_next->token = token; /* a new token would make the late abort stale for the next init, and harmless */
    if (active == MUTANT_RECOVERY_IN_EPOCH && event->type == RECORD_RECOVER && answer == RECORD_GRANTED &&
        ret_next->epoch > epoch)
        ret_next->epoch = epoch;
    return answer;
}
