/* SPDX-License-Identifier: Apache-2.0
 * Step 2: sets the clock from the seed's Date header. A machine whose RTC has no battery starts in 1970, when no
 * certificate is valid yet (kubeadm#240, talos#6493). */
#include "rows.h"
#include "world/world.h"

#include "clock.h"
#include <stdlib.h>

enum { TOLERANCE_S = 2 };

static time_t seed_now(const struct seed_client *seed) {
    return (time_t)(seed->date + (clock_boottime_ms() - seed->date_ms) / 1000);
}

int clock_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    long off = agent->seed.date > 0 ? labs((long)(time(NULL) - seed_now(&agent->seed))) : 0;
    if (agent->world->wall_clock_is_believable() && off <= TOLERANCE_S)
        return 1;
    if (agent->seed.date > 0)
        buf_addf(why, "the clock is %ld s off the seed's", off);
    else
        buf_adds(why, "the clock is in the past");
    return 0;
}

int clock_run(struct agent *agent, struct error *err) {
    if (agent->seed.date <= 0 && agent->world->probe_seed(&agent->seed, agent->cmdline.site, err) < 0)
        return -1;
    time_t now = seed_now(&agent->seed);
    if (agent->world->wall_clock_set(now, err) < 0)
        return -1;
    agent->world->wall_clock_write_rtc(now);
    return 0;
}
