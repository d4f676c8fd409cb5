/* SPDX-License-Identifier: Apache-2.0
 * Events of machines: a ring in memory, a pruned history on disk, and each machine's progress, computed from them. A
 * power cut may lose the last ones: history is for people. */
#pragma once
#include "codes.h"
#include "error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EVENTS_RING = 8192, /* a run of 200 machines; 4.5 MiB when it is full */
    EVENTS_HISTORY = 10000,
    EVENTS_NODES = 4096,
    EVENT_HOSTNAME_SIZE = 64,
    EVENT_STEP_SIZE = 33,
    EVENT_STATE_SIZE = 8,
    EVENT_MESSAGE_SIZE = 401,
    EVENT_TAIL_MAX = 4096,
    EVENTS_TAILS_MAX = 2 << 20, /* bytes of all tails in memory; the oldest are dropped, their events stay */
};

struct event {
    int64_t id; /* grows by one, also across restarts */
    char hostname[EVENT_HOSTNAME_SIZE];
    char step[EVENT_STEP_SIZE];
    char state[EVENT_STATE_SIZE]; /* waiting, running, done, failed, ready */
    char message[EVENT_MESSAGE_SIZE];
    double seconds;
    char code[CODE_SIZE]; /* "" = none; of codes.h, or of an agent newer than this server */
    int64_t at_ms;        /* since the machine was powered on */
    int64_t wall_ms;      /* the machine's wall clock, 0 = not sent */
    int64_t received_ms;  /* the seed's wall clock */
    int64_t bytes, total; /* of a transfer; -1 = none given */
    /* of the log that explains it, at most EVENT_TAIL_MAX bytes, NULL = none. In kept events it belongs to `struct
     * events`. */
    const char *tail;
};

/* One machine since it last booted or claimed. Times are the seed's wall clock; 0 = not yet. */
struct progress {
    struct event last;
    int64_t first_ms, ready_ms;
    int64_t bytes; /* of layers, as last reported; -1 = not reported */
    bool ready;
};

struct events;

/* Opens PATH and reads the newest events back into the ring. */
int events_open(const char *path, struct events **ret_events, struct error *err);
void events_close(struct events *events);

/* Whether it is kept already: a machine that got no answer sends its events again. A machine is at no moment twice, so
 * its two clocks and the words name an event; without `wall_ms` it counts as new. */
bool events_has(const struct events *events, const struct event *event);

/* Sets the id of each event in `list` and keeps it. If the disk fails, -1 with err; the events are in memory
 * nevertheless. */
int events_add(struct events *events, struct event *list, size_t n, struct error *err);

int64_t events_first(const struct events *events); /* id of the oldest in memory, 0 = none */
int64_t events_last(const struct events *events);  /* id of the newest, 0 = none */

/* The oldest kept event with an id above `since`, or NULL. */
const struct event *events_after(const struct events *events, int64_t since);

/* NULL before the first event. */
const struct progress *events_progress(const struct events *events, const char *hostname);

/* To be called when the machine claims again or is forgotten: it is not ready until it reports so again. */
void events_reset(struct events *events, const char *hostname);
