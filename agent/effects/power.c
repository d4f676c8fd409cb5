/* SPDX-License-Identifier: Apache-2.0
 * See power.h. */
#include "power.h"

#include <errno.h>
#include <signal.h>

enum { INIT = 1 };

/* The signals are busybox init's words for it. */
int power_reboot(struct error *err) {
    return kill(INIT, SIGTERM) < 0 ? error_errno(err, errno, "reboot") : 0;
}

int power_off(struct error *err) {
    return kill(INIT, SIGUSR2) < 0 ? error_errno(err, errno, "power off") : 0;
}
