/* SPDX-License-Identifier: Apache-2.0
 * See dates.h. */
#include "dates.h"

#include "version.h"
#include <stdio.h>
#include <time.h>

enum { DAY_S = 24 * 60 * 60, YEARS = 10 };

bool date_believable(int64_t now) {
    return now >= version_released() - DAY_S && now <= version_released() + INT64_C(365) * YEARS * DAY_S;
}

void date_text(int64_t date, char ret[static DATE_SIZE]) {
    time_t seconds = (time_t)date;
    struct tm tm;
    if (!gmtime_r(&seconds, &tm) || strftime(ret, DATE_SIZE, "%Y-%m-%d", &tm) == 0)
        snprintf(ret, DATE_SIZE, "%lld s", (long long)date);
}
