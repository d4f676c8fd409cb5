/* SPDX-License-Identifier: Apache-2.0
 * See maintenance_keeper.h. */
#include "maintenance_keeper.h"

#include <errno.h>

int maintenance_keeper_load(struct maintenance_keeper *keeper, struct store *store, struct error *err) {
    struct maintenance record;
    if (store->ops->load_maintenance(store, &record, err) < 0)
        return -1;
    *keeper = (struct maintenance_keeper){.now = record, .store = store};
    return 0;
}

static int keeper_apply(struct maintenance_keeper *keeper, const struct maintenance_event *event,
                        enum maintenance_answer *ret_answer, struct error *err) {
    struct maintenance next;
    enum maintenance_answer answer = maintenance_next(&keeper->now, event, &next);
    if (answer == MAINTENANCE_GRANTED && next.version != keeper->now.version) {
        int r = keeper->store->ops->swap_maintenance(keeper->store, &keeper->now, &next, err);
        if (r != 0) {
            keeper->stale = true;
            return r < 0 ? -1 : error_set(err, EAGAIN, "maintenance record: another process changed it");
        }
    }
    if (answer == MAINTENANCE_GRANTED)
        keeper->now = next;
    *ret_answer = answer;
    return 0;
}

int maintenance_keeper_apply(struct maintenance_keeper *keeper, const struct maintenance_event *event, int64_t now_ms,
                             enum maintenance_answer *ret_answer, struct error *err) {
    const struct maintenance_event expire = {.type = MAINTENANCE_EXPIRE, .now_ms = now_ms};
    if (keeper->stale && maintenance_keeper_load(keeper, keeper->store, err) < 0)
        return -1;
    if (event && event->type == MAINTENANCE_EXPIRE)
        return keeper_apply(keeper, event, ret_answer, err);
    if (keeper_apply(keeper, &expire, ret_answer, err) < 0)
        return -1;
    return event ? keeper_apply(keeper, event, ret_answer, err) : 0;
}
