/* SPDX-License-Identifier: Apache-2.0
 * Keys, tickets and tokens in the programs' memory must never reach a disk: no core files. */
#pragma once
#include <sys/prctl.h>
#include <sys/resource.h>

/* To be called before a secret is read. The limit prevents core files of this process and its children (core(5)). A
 * pipe in /proc/sys/kernel/core_pattern ignores the limit, so this process is also made undumpable
 * (PR_SET_DUMPABLE(2const)). */
static inline void core_never(void) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    prctl(PR_SET_DUMPABLE, 0);
}
