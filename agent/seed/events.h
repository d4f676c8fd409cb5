/* SPDX-License-Identifier: Apache-2.0
 * Tells people what happens on this machine: on its consoles, and at the seed (docs/api.md, POST /v1/events). Events
 * that cannot be delivered wait in memory until the seed is back. */
#pragma once
#include "decide/tail.h"
#include "error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent;

enum { EVENTS_MAX = 64 };

struct event {
    char step[24], state[12], message[400];
    double seconds;
    enum code code;
    long at_ms, wall_ms;
    uint64_t bytes, total; /* of a transfer; 0: none, or unknown */
    bool has_tail;         /* events.tail belongs to it */
};

struct events { /* not delivered yet; when the list is full the oldest is dropped */
    struct event list[EVENTS_MAX];
    size_t n;
    char tail[TAIL_SIZE]; /* the end of a log, of the newest event that has one */
};

/* Progress. Never fails. */
void events_say(struct agent *agent, const char *step, const char *state, double seconds, uint64_t bytes,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

/* As events_say(), with the fields of `about`. This function fills in message and times. */
void events_tell(struct agent *agent, const struct event *about, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A problem with its remedy and its code, or about->code where it has none; with `with_tail` also the end of the log
 * that explains it. */
void events_problem(struct agent *agent, const struct event *about, const struct error *problem, bool with_tail);

/* On the consoles alone. `problem`: the event is of it, and its message and remedy are shown whole; NULL: the event's
 * own message. */
void events_show(const struct agent *agent, const struct event *event, const struct error *problem);
