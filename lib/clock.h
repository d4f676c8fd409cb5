/* SPDX-License-Identifier: Apache-2.0
 * The clocks: BOOTTIME for leases and time-outs (it runs during suspend, and nobody can set it), REALTIME for what
 * people read. */
#pragma once
#include <stdint.h>
#include <time.h>

static inline int64_t clock_ms(clockid_t id) {
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
static inline int64_t clock_monotonic_ns(void) { /* for durations of microseconds */
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}
static inline int64_t clock_boottime_ms(void) {
    return clock_ms(CLOCK_BOOTTIME);
}
static inline int64_t clock_wall_ms(void) {
    return clock_ms(CLOCK_REALTIME);
}
