/* SPDX-License-Identifier: Apache-2.0
 * A clock that only waiting moves, for tests that wait for minutes (Makefile: --wrap=clock_gettime,--wrap=nanosleep).
 */
#pragma once
#include <stdint.h>
#include <time.h>

static int64_t now_ms;
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret) {
    (void)clock;
    *ret = (struct timespec){.tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000};
    return 0;
}
int __wrap_nanosleep(const struct timespec *wanted, struct timespec *left);
int __wrap_nanosleep(const struct timespec *wanted, struct timespec *left) {
    (void)left;
    now_ms += wanted->tv_sec * 1000 + wanted->tv_nsec / 1000000;
    return 0;
}
