/* SPDX-License-Identifier: Apache-2.0
 * See metrics.h. */
#include "metrics.h"

#include <stdio.h>
#include <string.h>

static const double step_bounds[METRICS_BUCKETS] = {0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300};
static const double handling_bounds[METRICS_BUCKETS] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                                        0.005,  0.01,    0.05,   0.1,   1};

static void observe(struct histogram *histogram, const double bounds[static METRICS_BUCKETS], double value) {
    unsigned i = 0;
    while (i < METRICS_BUCKETS && value > bounds[i])
        i++;
    if (i < METRICS_BUCKETS)
        histogram->buckets[i]++;
    histogram->count++;
    histogram->sum += value;
}

void metrics_event(struct metrics *metrics, const char *step, const char *state, double seconds, const char *code) {
    enum code known = code_find(code);
    if (!strcmp(state, "done") ||
        (!strcmp(state, "ready") && seconds > 0)) /* a Ready machine sends other events with this state, too */
        observe(&metrics->steps[step_name_find(step)], step_bounds, seconds);
    else if (!strcmp(state, "failed"))
        metrics->failures[known ? known : code[0] ? CODES : SR_NONE]++;
}

void metrics_handled(struct metrics *metrics, double seconds) {
    observe(&metrics->handling, handling_bounds, seconds);
}

static void print_histogram(const struct histogram *histogram, const double bounds[static METRICS_BUCKETS],
                            const char *name, const char *label, struct buf *ret) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < METRICS_BUCKETS; i++)
        buf_addf(ret, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, label, label[0] ? "," : "", bounds[i],
                 (unsigned long long)(sum += histogram->buckets[i]));
    buf_addf(ret, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, label, label[0] ? "," : "",
             (unsigned long long)histogram->count);
    buf_addf(ret, "%s_sum%s%s%s %.6f\n", name, label[0] ? "{" : "", label, label[0] ? "}" : "", histogram->sum);
    buf_addf(ret, "%s_count%s%s%s %llu\n", name, label[0] ? "{" : "", label, label[0] ? "}" : "",
             (unsigned long long)histogram->count);
}

void metrics_print(const struct metrics *metrics, struct buf *ret) {
    buf_adds(
        ret,
        "# HELP seedrack_step_duration_seconds What machines took for a step; ready counts from the agent's start.\n"
        "# TYPE seedrack_step_duration_seconds histogram\n");
    for (unsigned i = 0; i <= STEP_NAMES; i++) {
        char label[32];
        snprintf(label, sizeof(label), "step=\"%s\"", step_name(i));
        if (metrics->steps[i].count)
            print_histogram(&metrics->steps[i], step_bounds, "seedrack_step_duration_seconds", label, ret);
    }
    buf_adds(
        ret,
        "# HELP seedrack_http_handling_seconds What the seed worked on a request until its reply, waits left out.\n"
        "# TYPE seedrack_http_handling_seconds histogram\n");
    print_histogram(&metrics->handling, handling_bounds, "seedrack_http_handling_seconds", "", ret);
    buf_adds(ret, "# HELP seedrack_failures_total Failures that machines reported, by code (docs/codes.md).\n# TYPE "
                  "seedrack_failures_total counter\n");
    for (unsigned i = 0; i <= CODES; i++)
        if (metrics->failures[i])
            buf_addf(ret, "seedrack_failures_total{code=\"%s\"} %llu\n",
                     i == SR_NONE ? "none"
                     : i == CODES ? "unknown"
                                  : code_name((enum code)i),
                     (unsigned long long)metrics->failures[i]);
}
