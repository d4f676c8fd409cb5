/* SPDX-License-Identifier: Apache-2.0
 * What the seed counts: whatever machines send, labels come from fixed lists. */
#include "../../lib/test/testing.h"

#include "report/metrics.h"
#include <string.h>

static struct metrics metrics;
static struct buf text = BUF_INIT(1 << 16);

static void assert_says(const char *line) {
    buf_clear(&text);
    metrics_print(&metrics, &text);
    if (!strstr(buf_text(&text), line))
        fail_msg("`%s` is not in\n%s", line, buf_text(&text));
}

static int begin(void **state) {
    (void)state;
    metrics = (struct metrics){0};
    return 0;
}

static int end(void **state) {
    (void)state;
    buf_free(&text);
    return 0;
}

static void durations_fall_into_buckets(void **state) {
    (void)state;
    metrics_event(&metrics, "disk", "done", 2.5, "");
    metrics_event(&metrics, "disk", "done", 2.6, "");
    metrics_event(&metrics, "disk", "done", 1e9, "");
    metrics_event(&metrics, "disk", "running", 1, "");
    assert_says("seedrack_step_duration_seconds_bucket{step=\"disk\",le=\"2.5\"} 1\n");
    assert_says("seedrack_step_duration_seconds_bucket{step=\"disk\",le=\"5\"} 2\n");
    assert_says("seedrack_step_duration_seconds_bucket{step=\"disk\",le=\"300\"} 2\n");
    assert_says("seedrack_step_duration_seconds_bucket{step=\"disk\",le=\"+Inf\"} 3\n");
    assert_says("seedrack_step_duration_seconds_count{step=\"disk\"} 3\n");
    metrics_handled(&metrics, 0.0002);
    assert_says("seedrack_http_handling_seconds_bucket{le=\"0.00025\"} 1\n");
    assert_says("seedrack_http_handling_seconds_sum 0.000200\n");
}

static void a_ready_machine_counts_once(void **state) {
    (void)state;
    metrics_event(&metrics, "ready", "ready", 40, "");
    metrics_event(&metrics, "ready", "ready", 0, "SR-WATCH");
    assert_says("seedrack_step_duration_seconds_count{step=\"ready\"} 1\n");
}

static void labels_are_known_ones(void **state) {
    (void)state;
    metrics_event(&metrics, "\"} 1\n", "done", 1, "");
    metrics_event(&metrics, "disk", "failed", 1, "SR-DISK-NONE");
    metrics_event(&metrics, "disk", "failed", 1, "\"} 1\n");
    metrics_event(&metrics, "disk", "failed", 1, "");
    assert_says("seedrack_step_duration_seconds_count{step=\"other\"} 1\n");
    assert_says("seedrack_failures_total{code=\"SR-DISK-NONE\"} 1\n");
    assert_says("seedrack_failures_total{code=\"unknown\"} 1\n");
    assert_says("seedrack_failures_total{code=\"none\"} 1\n");
    assert_int_equal(step_name_find("layers"), 5);
    assert_string_equal(step_name(1000), "other");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(durations_fall_into_buckets, begin),
        cmocka_unit_test_setup(a_ready_machine_counts_once, begin),
        cmocka_unit_test_setup(labels_are_known_ones, begin),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
