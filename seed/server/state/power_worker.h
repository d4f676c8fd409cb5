/* SPDX-License-Identifier: Apache-2.0
 * Speaks to BMCs by processes of its own: one that does not answer holds nobody up. A few at once; of each machine one.
 */
#pragma once
#include "power_bmc.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { POWER_WORKERS_MAX = 4, POWER_WORKER_S = 40 /* the most for all calls of one order */ };

struct power_result {
    int result; /* 0 or -1 */
    enum power_state state;
    struct error err;
};

struct power_worker {
    uint64_t id; /* 0: never used */
    pid_t pid;   /* 0: it has ended */
    int said;
    char hostname[64];
    enum power_act act;
    struct power_result result;
};

struct power_workers {
    struct power_worker list[POWER_WORKERS_MAX];
    uint64_t last;
};

/* Begins; *ret_id is never 0. A status that is asked already is shared. EBUSY: the machine's BMC, or as many as may be
 * asked at once, are being asked. `epoll_fd` tells when it ends. Wipes the order's secret. */
int power_workers_start(struct power_workers *workers, int epoll_fd, const char *hostname, struct power_order *order,
                        uint64_t *ret_id, struct error *err);

/* Takes what those said that have ended; whether any has. */
bool power_workers_take(struct power_workers *workers);

/* What that one said; NULL while it works. One that is not known any more failed. */
const struct power_result *power_workers_result(const struct power_workers *workers, uint64_t id);

void power_workers_end(struct power_workers *workers);
