/* SPDX-License-Identifier: Apache-2.0
 * See record.h. */
#include "record.h"

#include <errno.h>

int record_load(struct record *record, struct store *store, int64_t now_ms, struct error *err) {
    struct lock lock;
    if (store->ops->load_lock(store, &lock, err) < 0)
        return -1;
    if (lock.state == LOCK_RESERVED)
        lock.lease_until_ms = now_ms + LOCK_LEASE_MS;
    *record = (struct record){.lock = lock, .store = store};
    return 0;
}

/* One event: decided, then stored, then believed. */
static int apply(struct record *record, const struct lock_event *event, enum lock_answer *ret_answer,
                 struct error *err) {
    struct lock next;
    enum lock_answer answer = lock_next(&record->lock, event, &next);
    if (answer == LOCK_GRANTED && !lock_equal(&record->lock, &next)) {
        int r = record->store->ops->swap_lock(record->store, &record->lock, &next, err);
        if (r != 0) {
            record->stale = true;
            return r < 0 ? -1 : error_set(err, EAGAIN, "bootstrap record: another process changed it");
        }
    }
    if (answer == LOCK_GRANTED)
        record->lock = next;
    *ret_answer = answer;
    return 0;
}

int record_apply(struct record *record, const struct lock_event *seen, const struct lock_event *event, int64_t now_ms,
                 enum lock_answer *ret_answer, struct error *err) {
    const struct lock_event expire = {.type = LOCK_EXPIRE, .now_ms = now_ms};
    enum lock_answer answer = LOCK_GRANTED;
    if (record->stale) {
        struct lock before = record->lock;
        if (record_load(record, record->store, now_ms, err) < 0)
            return -1;
        if (lock_equal(&before, &record->lock))
            record->lock.lease_until_ms = before.lease_until_ms;
    }
    if (apply(record, &expire, &answer, err) < 0)
        return -1;
    if (seen && apply(record, seen, &answer, err) < 0)
        return -1;
    if (answer == LOCK_GRANTED && event && apply(record, event, &answer, err) < 0)
        return -1;
    *ret_answer = answer;
    return 0;
}
