/* SPDX-License-Identifier: Apache-2.0
 * Step 2: the clock, from the seed's Date. A machine without a battery believes in 1970 and every certificate is of the
 * future (kubeadm#240, talos#6493). */
#include "seed/probe.h"
#include "steps.h"

#include "cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/rtc.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>

enum { FIRST_BELIEVABLE_SECOND = 1735689600 /* 2025-01-01: no certificate of ours is older */, TOLERANCE_S = 2 };

static time_t seed_now(const struct agent *agent) {
    return (time_t)(agent->seed_date + (agent_now_ms() - agent->seed_date_ms) / 1000);
}

int clock_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    long off = agent->seed_date > 0 ? labs((long)(time(NULL) - seed_now(agent))) : 0;
    if (time(NULL) >= FIRST_BELIEVABLE_SECOND && off <= TOLERANCE_S)
        return 1;
    if (agent->seed_date > 0)
        buf_addf(why, "the clock is %ld s off the seed's", off);
    else
        buf_adds(why, "the clock is in the past");
    return 0;
}

/* So that the next boot starts with it; a machine without an RTC is no worse off. */
static void write_rtc(time_t now) {
    cleanup_close int fd = open("/dev/rtc0", O_RDONLY | O_CLOEXEC);
    struct tm tm;
    if (fd < 0 || !gmtime_r(&now, &tm))
        return;
    struct rtc_time rtc = {.tm_sec = tm.tm_sec,
                           .tm_min = tm.tm_min,
                           .tm_hour = tm.tm_hour,
                           .tm_mday = tm.tm_mday,
                           .tm_mon = tm.tm_mon,
                           .tm_year = tm.tm_year};
    if (ioctl(fd, RTC_SET_TIME, &rtc) < 0)
        return;
}

int clock_run(struct agent *agent, struct error *err) {
    if (agent->seed_date <= 0 && probe_seed(agent, err) < 0)
        return -1;
    struct timespec now = {.tv_sec = seed_now(agent)};
    if (clock_settime(CLOCK_REALTIME, &now) < 0)
        return error_errno(err, errno, "set the clock");
    write_rtc(now.tv_sec);
    return 0;
}
