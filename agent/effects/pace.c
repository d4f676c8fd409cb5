/* SPDX-License-Identifier: Apache-2.0
 * See pace.h. */
#include "pace.h"
#include "decide/paths.h"

#include "buf.h"
#include "cleanup.h"
#include "file.h"
#include "log.h"
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PACE_FILE AGENT_RUN "/pace"
enum { MOST = 5 };

/* What a million steps take in REFERENCE_US on a present-day processor, as a factor. Of this process alone: other ones
 * that keep the processor busy do not count. The best of a few. */
static unsigned measure(void) {
    enum { TIMES = 4, STEPS = 1000000, REFERENCE_US = 2000, US_A_S = 1000000, NS_A_US = 1000 };
    long best = MOST;
    volatile uint32_t state = 1;
    for (int k = 0; k < TIMES && best > 1; k++) {
        struct timespec begun, ended;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);
        for (int i = 0; i < STEPS; i++)
            state = state * 1664525 + 1013904223;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
        long us = (ended.tv_sec - begun.tv_sec) * US_A_S + (ended.tv_nsec - begun.tv_nsec) / NS_A_US;
        best = us / REFERENCE_US < best ? us / REFERENCE_US : best;
    }
    return best < 1 ? 1 : (unsigned)best;
}

void pace_note(void) {
    unsigned times = measure();
    struct error err;
    char text[8];
    int length = snprintf(text, sizeof(text), "%u\n", times);
    if (times == 1) {
        unlink(PACE_FILE);
        return;
    }
    log_info("this machine's processor is slow: time-outs are %u times as long", times);
    if (file_write(PACE_FILE, text, (size_t)length, 0644, &err) < 0)
        log_warning("%s", err.message);
}

unsigned pace_read(void) {
    cleanup_buf struct buf text = BUF_INIT(16);
    struct error none;
    if (access(PACE_FILE, F_OK) < 0 || file_read(PACE_FILE, &text, &none) < 0 || !text.length)
        return 1;
    int times = text.data[0] - '0';
    return times < 1 ? 1 : times > MOST ? MOST : (unsigned)times;
}
