/* SPDX-License-Identifier: Apache-2.0
 * For what a test does to a mount or network namespace of its own: in a process apart. */
#pragma once
#include "../../lib/test/testing.h"

#include <sys/wait.h>
#include <unistd.h>

/* `body` returns 0; 77 where this host does not let it: the test is skipped. */
static inline void assert_apart(int (*body)(void)) {
    int status;
    pid_t test = fork();
    if (test == 0)
        _exit(body());
    assert_int_equal(waitpid(test, &status, 0), test);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}
