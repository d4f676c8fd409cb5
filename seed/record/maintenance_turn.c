/* SPDX-License-Identifier: Apache-2.0
 * See maintenance_turn.h. */
#include "maintenance_turn.h"

#include <stdio.h>
#include <string.h>

bool maintenance_has_moved(const struct maintenance *record, const char *hostname) {
    for (size_t i = 0; i < record->n_moved; i++)
        if (!strcmp(record->moved[i], hostname))
            return true;
    return false;
}

void maintenance_forget_target(struct maintenance *record) {
    record->target[0] = '\0';
    record->begun = false;
    memset(record->moved, 0, sizeof(record->moved));
    record->n_moved = 0;
}

/* What an upgrade that is not whole has done stays on the record. */
static void close_order(struct maintenance *record) {
    if (!record->begun || (record->kind == MAINTENANCE_UPGRADE && !record->partly))
        maintenance_forget_target(record);
    record->state = MAINTENANCE_CLOSED;
    record->since_ms = record->begun_ms = 0;
    record->soak_s = record->drain_s = 0;
    record->aborted = record->lose_this = record->off = record->lose_data = record->keep_disk = record->partly =
        record->laid = false;
    record->step[0] = record->boot[0] = record->code[0] = record->message[0] = '\0';
    memset(record->held, 0, sizeof(record->held));
}

/* When nobody is worked on and nobody waits, the order is over. */
void maintenance_close_when_over(struct maintenance *record) {
    if (!record->holder[0] && record->n_waiting == 0)
        close_order(record);
}

void maintenance_shift_waiting(struct maintenance *record) {
    record->n_waiting--;
    memmove(record->held, record->held + 1, record->n_waiting * sizeof(record->held[0]));
    record->held[record->n_waiting] = false;
    memmove(record->waiting[0], record->waiting[1], record->n_waiting * sizeof(record->waiting[0]));
    memset(record->waiting[record->n_waiting], 0, sizeof(record->waiting[0]));
}

void maintenance_set_step(struct maintenance *record, const char *step, int64_t now_ms) {
    snprintf(record->step, sizeof(record->step), "%s", step);
    record->since_ms = now_ms;
}

void maintenance_let_go(struct maintenance *record, int64_t now_ms) {
    record->partly |= record->kind == MAINTENANCE_UPGRADE && !maintenance_has_moved(record, record->holder);
    record->holder[0] = record->boot[0] = '\0';
    record->lose_this = record->off = false;
    record->begun_ms = now_ms;
    maintenance_set_step(record, "", 0);
    maintenance_close_when_over(record);
}
