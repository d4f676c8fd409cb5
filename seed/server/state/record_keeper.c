/* SPDX-License-Identifier: Apache-2.0
 * See record_keeper.h. */
#include "record_keeper.h"

#include <errno.h>

int record_keeper_load(struct record_keeper *keeper, struct store *store, int64_t now_ms, struct error *err) {
    struct bootstrap_record record;
    if (store->ops->load_record(store, &record, err) < 0)
        return -1;
    if (record.state == RECORD_RESERVED)
        record.lease_until_ms = now_ms + RECORD_LEASE_MS;
    *keeper = (struct record_keeper){.now = record, .store = store};
    return 0;
}

/* One event: record_next() decides, the store writes, and only then `now` changes. */
static int keeper_apply(struct record_keeper *keeper, const struct record_event *event, enum record_answer *ret_answer,
                        struct error *err) {
    struct bootstrap_record next;
    enum record_answer answer = record_next(&keeper->now, event, &next);
    if (answer == RECORD_GRANTED && !record_equal(&keeper->now, &next)) {
        int r = keeper->store->ops->swap_record(keeper->store, &keeper->now, &next, err);
        if (r != 0) {
            keeper->stale = true;
            return r < 0 ? -1 : error_set(err, EAGAIN, "bootstrap record: another process changed it");
        }
    }
    if (answer == RECORD_GRANTED)
        keeper->now = next;
    *ret_answer = answer;
    return 0;
}

int record_keeper_apply(struct record_keeper *keeper, const struct record_event *seen, const struct record_event *event,
                        int64_t now_ms, enum record_answer *ret_answer, struct error *err) {
    const struct record_event expire = {.type = RECORD_EXPIRE, .now_ms = now_ms};
    enum record_answer answer = RECORD_GRANTED;
    if (keeper->stale) {
        struct bootstrap_record before = keeper->now;
        if (record_keeper_load(keeper, keeper->store, now_ms, err) < 0)
            return -1;
        if (record_equal(&before, &keeper->now))
            keeper->now.lease_until_ms = before.lease_until_ms;
    }
    if (keeper_apply(keeper, &expire, &answer, err) < 0)
        return -1;
    if (seen && keeper_apply(keeper, seen, &answer, err) < 0)
        return -1;
    if (answer == RECORD_GRANTED && event && keeper_apply(keeper, event, &answer, err) < 0)
        return -1;
    *ret_answer = answer;
    return 0;
}
