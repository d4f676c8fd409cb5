/* SPDX-License-Identifier: Apache-2.0
 * The seed's metrics: durations of steps and of its own work as histograms, and failures by code. Labels come only from
 * fixed lists, whatever machines send. Pure; Prometheus text format 0.0.4. */
#pragma once
#include "buf.h"
#include "codes.h"
#include "step_names.h"
#include <stdint.h>

enum { METRICS_BUCKETS = 10 };

struct histogram {
    uint64_t buckets[METRICS_BUCKETS], count; /* not cumulative */
    double sum;
};

struct metrics {
    struct histogram steps[STEP_NAMES + 1]; /* the last: a step that this version does not know */
    struct histogram handling;              /* of requests, seconds without their waits */
    uint64_t failures[CODES + 1]; /* [SR_NONE]: without a code; [CODES]: a code that this version does not know */
};

/* Counts an event of a machine: a step that is done or failed. Other events count nothing. `code`: "" = none. */
void metrics_event(struct metrics *metrics, const char *step, const char *state, double seconds, const char *code);
void metrics_handled(struct metrics *metrics, double seconds);

void metrics_print(const struct metrics *metrics, struct buf *ret);
