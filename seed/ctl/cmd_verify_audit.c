/* SPDX-License-Identifier: Apache-2.0
 * seedctl verify-audit: does the seed's audit log still say what was written, offline. */
#include "audit_log.h"
#include "commands.h"
#include "error.h"

#include <stdio.h>
#include <string.h>

int cmd_verify_audit(int argc, char **argv) {
    struct error err = {0};
    struct audit_tip tip;
    off_t length;
    bool found;
    bool wanted = argc == 4 && !strcmp(argv[1], "--tip");
    if (!wanted && (argc != 2 || argv[1][0] == '-')) {
        fputs(
            "usage: seedctl verify-audit [--tip HASH] FILE\n\n"
            "FILE is audit.log of the seed's --state folder. Every line must follow from the one before it. A log that "
            "was cut off at its end\n"
            "still does: keep the hash that this prints elsewhere, and ask with --tip whether it is still in there.\n",
            stderr);
        return 2;
    }
    if (audit_log_read(argv[argc - 1], wanted ? argv[2] : NULL, &tip, &length, &found, &err) < 0)
        error_remedy(&err, "what stands before it is whole; what follows cannot be trusted");
    else if (wanted && !found) {
        error_set(&err, -1, "`%s`: no entry has the hash %.64s", argv[3], argv[2]);
        error_remedy(&err, "the log was cut off, or is another one");
    } else
        return printf("%llu entries, whole; the last one's hash is %s\n", (unsigned long long)tip.n, tip.hash), 0;
    error_report(&err, "seedctl");
    return 1;
}
