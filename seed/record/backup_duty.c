/* SPDX-License-Identifier: Apache-2.0
 * See backup_duty.h. */
#include "backup_duty.h"

#include <stdio.h>
#include <string.h>

/* A clock that was set back is no reason to wait. */
static bool passed(int64_t since_ms, int64_t span_ms, int64_t now_ms) {
    return !since_ms || now_ms < since_ms || now_ms - since_ms >= span_ms;
}

bool backup_duty_take(struct backup_duty *duty, int64_t every_ms, const char *hostname, int64_t now_ms) {
    bool due = duty->wanted || passed(duty->newest_ms, every_ms, now_ms);
    bool waits = duty->holder[0]
                     ? strcmp(duty->holder, hostname) != 0 && !passed(duty->begun_ms, BACKUP_PATIENCE_MS, now_ms)
                     : duty->problem[0] && !duty->wanted && !passed(duty->begun_ms, BACKUP_AGAIN_MS, now_ms);
    if (!due || waits)
        return false;
    snprintf(duty->holder, sizeof(duty->holder), "%s", hostname);
    duty->begun_ms = now_ms;
    return true;
}

void backup_duty_done(struct backup_duty *duty, int64_t made_ms) {
    duty->newest_ms = made_ms; /* also when the clock was set back since the one before */
    duty->holder[0] = duty->problem[0] = '\0';
    duty->begun_ms = 0;
    duty->wanted = false;
}

bool backup_duty_failed(struct backup_duty *duty, const char *hostname, const char *problem, int64_t now_ms) {
    if (strcmp(duty->holder, hostname) != 0)
        return false;
    duty->holder[0] = '\0';
    duty->begun_ms = now_ms;
    duty->wanted = false;
    snprintf(duty->problem, sizeof(duty->problem), "%s", problem[0] ? problem : "it failed");
    return true;
}

void backup_duty_name(struct backup_duty *duty, int64_t now_ms) {
    enum { SECOND_MS = 1000, NEAR_MS = 60 * 1000 /* else the clock was set back */ };
    bool near = now_ms < duty->named_ms + SECOND_MS && duty->named_ms - now_ms < NEAR_MS;
    duty->named_ms = near ? duty->named_ms + SECOND_MS : now_ms;
    memcpy(duty->before, duty->name, sizeof(duty->before));
    backup_name(duty->named_ms, duty->holder, duty->name);
}

bool backup_duty_expects(const struct backup_duty *duty, const char *name, const char *hostname) {
    bool asked = name[0] && (!strcmp(name, duty->name) || !strcmp(name, duty->before));
    return asked && backup_name_valid(name) && !strcmp(name + strcspn(name, "-") + 1, hostname);
}

bool backup_trip_begin(struct backup_trip *trip, const char *name, int64_t now_ms) {
    bool same = !strcmp(trip->name, name);
    if (same && !passed(trip->begun_ms, trip->under_way ? BACKUP_PATIENCE_MS : BACKUP_AGAIN_MS, now_ms))
        return false;
    snprintf(trip->name, sizeof(trip->name), "%s", name);
    trip->begun_ms = now_ms;
    trip->under_way = true;
    return true;
}

bool backup_trip_end(struct backup_trip *trip, const char *name, const char *problem) {
    if (!trip->under_way || strcmp(trip->name, name) != 0)
        return false;
    trip->under_way = false;
    snprintf(trip->problem, sizeof(trip->problem), "%s", problem);
    return true;
}
