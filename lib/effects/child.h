/* SPDX-License-Identifier: Apache-2.0
 * Running another program: no shell, no inherited descriptors, bounded output, a deadline. */
#pragma once
#include "buf.h"
#include "error.h"
#include <sys/types.h>

enum { CHILD_LOG_MAX = 1 << 20 };

struct child_options {
    const char *log_path; /* everything the child prints is appended here (0600), or NULL. Before a child starts, a log
                             longer than CHILD_LOG_MAX becomes PATH.1 */
    /* texts that mark lines which say more than the last line does, the best first, NULL-terminated; or NULL */
    const char *const *marks;
    const char *input;  /* what it reads on stdin; NULL: nothing */
    unsigned timeout_s; /* then SIGKILL; 0: 60 s */
};

/* Runs argv[0] from PATH and waits for its end; the child dies with the agent. stdout goes to *ret_output (bounded; may
 * be NULL), stderr to the log. A non-zero status is an error whose message ends with the child's last marked line, or
 * its last line, of stderr or stdout. */
int child_run(const char *const *argv, const struct child_options *options, struct buf *ret_output, struct error *err);

/* Starts argv[0] from PATH and leaves it running; it dies with the agent. stdin, stdout and stderr are /dev/null. */
int child_start(const char *const *argv, pid_t *ret_pid, struct error *err);

/* Ends the process and reaps it; *pid becomes 0. Does nothing when *pid is 0. */
void child_end(pid_t *pid);

/* In a process that was just forked: it ends when `parent`, the caller's getpid() before the fork, ends. */
void child_die_with(pid_t parent);
