/* SPDX-License-Identifier: Apache-2.0
 * See wall_clock.h. */
#include "wall_clock.h"

#include "decide/dates.h"
#include "cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/rtc.h>
#include <sys/ioctl.h>

bool wall_clock_is_believable(void) {
    return date_believable(time(NULL));
}

int wall_clock_set(int64_t now_ms, struct error *err) {
    const struct timespec now = {.tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000};
    return clock_settime(CLOCK_REALTIME, &now) < 0 ? error_errno(err, errno, "set the clock") : 0;
}

void wall_clock_write_rtc(time_t now) {
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
