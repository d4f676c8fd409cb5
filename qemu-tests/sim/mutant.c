/* SPDX-License-Identifier: Apache-2.0
 * See mutant.h. seed/server/record.c calls what the linker puts in lock_next()'s place. */
#include "mutant.h"

#include "lock.h"

static enum mutant active;
static int64_t begun_ms;

enum lock_answer __real_lock_next(const struct lock *lock, const struct lock_event *event, struct lock *ret_next);
enum lock_answer __wrap_lock_next(const struct lock *lock, const struct lock_event *event, struct lock *ret_next);

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
                                               "any CA is joined"};
    return names[mutant];
}

void mutant_set(enum mutant mutant) {
    active = mutant;
}

enum lock_answer __wrap_lock_next(const struct lock *lock, const struct lock_event *event, struct lock *ret_next) {
    struct lock_event changed = *event;
    if (event->type == LOCK_BEGIN)
        begun_ms = event->now_ms;
    switch (active) {
    case MUTANT_NO_TOKEN_CHECK:
        if (event->type >= LOCK_BEGIN && event->type <= LOCK_ABORT) {
            changed.epoch = lock->epoch;
            changed.token = lock->token;
        }
        break;
    case MUTANT_FOREIGN_RELEASE:
        if (event->type == LOCK_ABORT)
            changed = (struct lock_event){
                .type = LOCK_ABORT, .hostname = lock->holder, .epoch = lock->epoch, .token = lock->token};
        break;
    case MUTANT_INITIALISING_EXPIRES:
        if (event->type == LOCK_EXPIRE && lock->state == LOCK_INITIALISING && event->now_ms >= begun_ms + LOCK_LEASE_MS)
            changed = (struct lock_event){
                .type = LOCK_ABORT, .hostname = lock->holder, .epoch = lock->epoch, .token = lock->token};
        break;
    case MUTANT_NO_WITNESS:
        if (event->type == LOCK_WITNESS) {
            *ret_next = *lock;
            return LOCK_GRANTED;
        }
        break;
    default:
        break;
    }
    const int64_t token = lock->token; /* ret_next may be lock */
    enum lock_answer answer = __real_lock_next(lock, &changed, ret_next);
    if (active == MUTANT_ABORT_FORGOTTEN && event->type == LOCK_BEGIN && answer == LOCK_GRANTED)
        ret_next->token = token; /* else the late abort is stale for the next init, and forgetting it does no harm */
    return answer;
}
