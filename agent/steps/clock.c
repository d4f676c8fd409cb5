/* SPDX-License-Identifier: Apache-2.0
 * Step 2: sets the clock from the seed's. A machine whose RTC has no battery starts in 1970, when no
 * certificate is valid yet (kubeadm#240, talos#6493). */
#include "rows.h"
#include "world/world.h"

#include "decide/dates.h"
#include "clock.h"
#include "log.h"
#include "version.h"
#include <errno.h>
#include <stdlib.h>

enum { TOLERANCE_MS = 500, OLDER_TOLERANCE_MS = 2000 };

static int64_t seed_now_ms(const struct seed_client *seed) {
    return seed->date * 1000 + (clock_boottime_ms() - seed->date_ms);
}

static time_t seed_now(const struct seed_client *seed) {
    return (time_t)(seed_now_ms(seed) / 1000);
}

/* The seed's clock is asked for only when it can be right. */
static bool has_date(const struct seed_client *seed) {
    return seed->date > 0 && date_believable(seed_now(seed));
}

int clock_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    int64_t off_ms = has_date(&agent->seed) ? llabs(clock_wall_ms() - seed_now_ms(&agent->seed)) : 0;
    bool believable = agent->world->wall_clock_is_believable();
    if (believable && agent->seed.date > 0 && !has_date(&agent->seed)) {
        char date[DATE_SIZE];
        date_text(seed_now(&agent->seed), date);
        log_warning("the clock of the seed at %s says %s, which cannot be; this machine keeps its own time",
                    agent->seed.url, date);
    }
    if (believable && off_ms <= (agent->seed.date_exact ? TOLERANCE_MS : OLDER_TOLERANCE_MS))
        return 1;
    if (agent->seed.date > 0)
        buf_addf(why, "the clock is %.1f s off the seed's", (double)off_ms / 1000);
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
    if (agent->world->wall_clock_set(seed_now_ms(&agent->seed), err) < 0)
        return -1;
    agent->clock_set = true; /* step 3 writes it to the RTC when the seed has proved itself */
    return 0;
}
