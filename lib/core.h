/* SPDX-License-Identifier: Apache-2.0
 * What these programs hold in memory, keys, tickets, tokens, never comes to a disk when one of them crashes. */
#pragma once
#include <sys/prctl.h>
#include <sys/resource.h>

/* Before anything secret is read. No core file, of children neither (core(5)); and none through a pipe of
 * /proc/sys/kernel/core_pattern, which does not ask the limit, for this process (PR_SET_DUMPABLE(2const)). */
static inline void core_never(void) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    prctl(PR_SET_DUMPABLE, 0);
}
