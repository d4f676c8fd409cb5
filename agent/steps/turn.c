/* SPDX-License-Identifier: Apache-2.0
 * See turn.h. */
#include "turn.h"

#include "clock.h"
#include "log.h"
#include <errno.h>
#include <time.h>

enum { TURN_MS = 120000 /* a turn takes about 20 s */, PAUSE_MS = 200 };

int turn_take(struct agent *agent, int (*take)(const struct role *role, struct error *err), const char *what,
              struct error *err) {
    int64_t deadline = clock_boottime_ms() + TURN_MS;
    while (take(agent->role, err) < 0) {
        if (err->errnum != EAGAIN)
            return 0;
        if (clock_boottime_ms() >= deadline)
            return error_wrap(err, "%s of one master at a time", what);
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    return 1;
}

void turn_drop(struct agent *agent, int (*drop)(const struct role *role, struct error *err)) {
    struct error dropped;
    if (drop(agent->role, &dropped) < 0)
        log_warning("%s; it ends by itself", dropped.message);
}
