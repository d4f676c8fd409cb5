/* SPDX-License-Identifier: Apache-2.0
 * See turn.h. */
#include "turn.h"

#include "clock.h"
#include "log.h"
#include <errno.h>
#include <time.h>

enum {
    TURN_MS = 120000, /* a turn takes about 20 s */
    SILENT_MS = 5000, /* one answer that does not come is no sign that nobody serves */
    PAUSE_MS = 200
};

int turn_take(struct agent *agent, int (*take)(const struct role *role, struct error *err), const char *what,
              struct error *err) {
    int64_t begun = clock_boottime_ms(), heard = begun;
    while (take(agent->role, err) < 0) {
        int64_t now = clock_boottime_ms();
        if (err->errnum == EAGAIN)
            heard = now;
        else if (now - heard >= SILENT_MS)
            return 0;
        if (now - begun >= TURN_MS)
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
