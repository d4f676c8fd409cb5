/* SPDX-License-Identifier: Apache-2.0
 * Running another program: no shell, no inherited descriptors, bounded output, a deadline. */
#pragma once
#include "buf.h"
#include "error.h"

struct child_options {
    const char *log_path;   /* everything the child prints is appended here (0600), or NULL */
    const char *const *marks; /* of lines that tell more than the last one does, the best first, NULL-terminated; or NULL */
    unsigned timeout_s;     /* then SIGKILL; 0: 60 s */
};

/* Runs argv[0] from PATH. stdout goes to *ret_output (bounded; may be NULL), stderr to the log. A non-zero status is
 * an error whose message ends with the child's last marked line, or its last line, of stderr or stdout. */
int child_run(const char *const *argv, const struct child_options *options, struct buf *ret_output, struct error *err);
