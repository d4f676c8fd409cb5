/* SPDX-License-Identifier: Apache-2.0
 * STATE/audit.log (0600): one line for each claim, wipe grant, ticket and act of the operator, durable before the
 * answer is sent. Lines are only appended. */
#pragma once
#include "audit.h"
#include <stdbool.h>
#include <sys/types.h>

struct audit_log {
    int fd;       /* -1: not open */
    off_t length; /* of the whole lines in it */
    struct audit_tip tip;
};

/* Opens the file and checks the whole chain, which must still have the entry `known` (n 0: none is known). A last line
 * that a power cut left unfinished is cut off; a broken chain, or one that was cut short, is an error. A file that is
 * not there, or empty, begins anew: log->tip.n is 0 then. */
int audit_log_open(const char *path, const struct audit_tip *known, struct audit_log *log, struct error *err);
void audit_log_close(struct audit_log *log);

/* Durable on return. On error (ENOSPC: disk full) the file is as it was. */
int audit_log_add(struct audit_log *log, const struct audit_entry *entry, struct error *err);

/* Checks the complete lines of a file from the beginning. *ret_tip and *ret_length: where they end, as a chain and in
 * bytes. *ret_found (may be NULL): whether one of the hashes is `wanted`. Errors name the line. */
int audit_log_read(const char *path, const char *wanted, struct audit_tip *ret_tip, off_t *ret_length, bool *ret_found,
                   struct error *err);
