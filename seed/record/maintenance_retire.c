/* SPDX-License-Identifier: Apache-2.0
 * See maintenance_retire.h. */
#include "maintenance_retire.h"
#include "maintenance_turn.h"
#include "record.h"

#include <stdio.h>
#include <string.h>

const struct maintenance_retire_step maintenance_retire_steps[] = {
    {"data", false},   /* what goes with the machine is looked at, and whether the others are well without it */
    {"drain", false},  /* its pods leave */
    {"stop", true},    /* it reboots, and starts nothing any more */
    {"member", false}, /* its member of etcd is removed */
    {"node", false},   /* so is its Node */
    {"wipe", true},    /* what is ours on its disk goes; it powers off */
    {MAINTENANCE_RETIRE_LAST, false},
};
const size_t n_maintenance_retire_steps = sizeof(maintenance_retire_steps) / sizeof(maintenance_retire_steps[0]);

/* The step's place, or that behind the last one. */
static size_t retire_place(const char *step) {
    size_t i = 0;
    while (i < n_maintenance_retire_steps && strcmp(maintenance_retire_steps[i].name, step) != 0)
        i++;
    return i;
}

bool maintenance_retires_by(const char *step) {
    return retire_place(step) < n_maintenance_retire_steps;
}

bool maintenance_retire_is_own(const char *step) {
    size_t place = retire_place(step);
    return place < n_maintenance_retire_steps && maintenance_retire_steps[place].own;
}

/* The steps of a machine that is off are others' alone. */
static void skip_own(struct maintenance *record, size_t place, int64_t now_ms) {
    while (record->off && place < n_maintenance_retire_steps && maintenance_retire_steps[place].own)
        place++;
    if (place == n_maintenance_retire_steps)
        maintenance_let_go(record, now_ms);
    else if (strcmp(record->step, maintenance_retire_steps[place].name) != 0)
        maintenance_set_step(record, maintenance_retire_steps[place].name, now_ms);
}

/* The next machine's turn begins without its word: it may be off. */
void maintenance_retire_next(struct maintenance *record, int64_t now_ms) {
    if (record->kind != MAINTENANCE_RETIRE || record->state != MAINTENANCE_RUNNING || record->holder[0] ||
        !record->n_waiting || record->token >= RECORD_NUMBER_MAX)
        return;
    snprintf(record->holder, sizeof(record->holder), "%s", record->waiting[0]);
    maintenance_shift_waiting(record);
    record->token++;
    record->begun_ms = now_ms;
    maintenance_set_step(record, maintenance_retire_steps[0].name, now_ms);
}

/* A step of a machine that is retired is over: its own by its word, the others by that of another machine. */
enum maintenance_answer maintenance_retire_help(struct maintenance *next, const struct maintenance_event *event) {
    size_t place = retire_place(event->step);
    bool own = maintenance_retire_is_own(event->step);
    if (place == n_maintenance_retire_steps || own != !strcmp(event->hostname, next->holder) ||
        (!own && !event->helper) || place > retire_place(next->step))
        return MAINTENANCE_NOT_HOLDER;
    if (place == retire_place(next->step))
        skip_own(next, place + 1, event->now_ms);
    return MAINTENANCE_GRANTED; /* also when it was said before */
}

/* Who helps counts a step's time from its beginning: after a halt it begins anew. */
void maintenance_retire_again(struct maintenance *record, int64_t now_ms) {
    if (record->kind != MAINTENANCE_RETIRE || !record->holder[0])
        return;
    record->since_ms = now_ms;
    skip_own(record, retire_place(record->step), now_ms);
}

bool maintenance_retire_is_reversible(const struct maintenance *record) {
    return retire_place(record->step) < retire_place("stop");
}
