/* SPDX-License-Identifier: Apache-2.0
 * STATE/audit.log (0600): one line for every claim, grant, ticket and act of the operator, on disk before the answer
 * leaves. Only ever appended to. */
#pragma once
#include "audit.h"
#include <stdbool.h>
#include <sys/types.h>

struct audit_log {
    int fd;       /* -1: not open */
    off_t length; /* of the whole lines in it */
    struct audit_tip tip;
};

/* Reads the whole chain. A line that power loss left unfinished is cut off; a chain that does not hold is an error. */
int audit_log_open(const char *path, struct audit_log *log, struct error *err);
void audit_log_close(struct audit_log *log);

/* Durable on return. On error (ENOSPC: disk full) the file is as it was. */
int audit_log_add(struct audit_log *log, const struct audit_entry *entry, struct error *err);

/* Follows the whole lines of a file from the beginning: where they end as a chain and in bytes. *ret_found (may be
 * NULL) says whether one of their hashes is `wanted`. Errors name the line. */
int audit_log_read(const char *path, const char *wanted, struct audit_tip *ret_tip, off_t *ret_length, bool *ret_found,
                   struct error *err);
