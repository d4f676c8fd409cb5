/* SPDX-License-Identifier: Apache-2.0
 * Step 2: sets the clock from the seed's Date header. A machine whose RTC has no battery starts in 1970, when no
 * certificate is valid yet (kubeadm#240, talos#6493). */
#include "rows.h"
#include "world/world.h"

#include "decide/dates.h"
#include "clock.h"
#include "log.h"
#include "version.h"
#include <errno.h>
#include <stdlib.h>

enum { TOLERANCE_S = 2 };

static time_t seed_now(const struct seed_client *seed) {
    return (time_t)(seed->date + (clock_boottime_ms() - seed->date_ms) / 1000);
}

/* The seed's clock is asked for only when it can be right. */
static bool has_date(const struct seed_client *seed) {
    return seed->date > 0 && date_believable(seed_now(seed));
}

int clock_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    long off = has_date(&agent->seed) ? labs((long)(time(NULL) - seed_now(&agent->seed))) : 0;
    bool believable = agent->world->wall_clock_is_believable();
    if (believable && agent->seed.date > 0 && !has_date(&agent->seed)) {
        char date[DATE_SIZE];
        date_text(seed_now(&agent->seed), date);
        log_warning("the clock of the seed at %s says %s, which cannot be; this machine keeps its own time",
                    agent->seed.url, date);
    }
    if (believable && off <= TOLERANCE_S)
        return 1;
    if (agent->seed.date > 0)
        buf_addf(why, "the clock is %ld s off the seed's", off);
    else
        buf_adds(why, "the clock is in the past");
    return 0;
}

static int fail_date(const struct seed_client *seed, struct error *err) {
    char date[DATE_SIZE], released[DATE_SIZE];
    date_text(seed_now(seed), date);
    date_text(version_released(), released);
    error_fail(err, SR_CLOCK, ERANGE, "the clock of the seed at %s says %s, this release is of %s", seed->url, date,
               released);
    return error_remedy(err, "set the clock of the seed's machine, or that of this one in its firmware");
}

int clock_run(struct agent *agent, struct error *err) {
    if (agent->seed.date <= 0 && agent->world->probe_seed(&agent->seed, agent->cmdline.site, err) < 0)
        return -1;
    if (!has_date(&agent->seed))
        return fail_date(&agent->seed, err);
    if (agent->world->wall_clock_set(seed_now(&agent->seed), err) < 0)
        return -1;
    agent->clock_set = true; /* step 3 writes it to the RTC when the seed has proved itself */
    return 0;
}
