/* SPDX-License-Identifier: Apache-2.0
 * seedctl verify-audit: checks offline that the seed's audit log is unchanged. */
#include "audit_log.h"
#include "commands.h"
#include "error.h"
#include "log.h"

#include <stdio.h>

int seedctl_verify_audit(const struct arguments *arguments) {
    const char *path = arguments->operands[0];
    struct error err = {0};
    struct audit_tip tip;
    off_t length;
    bool found;
    if (audit_log_read(path, arguments->tip, &tip, &length, &found, &err) < 0) {
        error_remedy(&err, "the lines before it are valid; those after it cannot be trusted");
    } else if (arguments->tip && !found) {
        error_set(&err, -1, "`%s`: no entry has the hash %.64s", path, arguments->tip);
        error_remedy(&err, "the log was cut off, or is another one");
    } else {
        printf("%llu entries, whole; the last one's hash is %s\n", (unsigned long long)tip.n, tip.hash);
        return 0;
    }
    error_report(&err, "seedctl");
    return 1;
}
