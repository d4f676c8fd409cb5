/* SPDX-License-Identifier: Apache-2.0
 * kubectl and the machine's other programs by its shell, for `seedctl verify`. Commands go to the shell: nothing gets
 * into one but text of ours, addresses and names that were checked. */
#pragma once
#include "buf.h"
#include "json.h"
#include <stdbool.h>

/* Runs `command` and appends what it prints to *ret, which may be NULL. Whether it succeeded. */
bool shell_run(const char *command, struct buf *ret);

/* What `command` prints as JSON; NULL: it failed. The caller owns it. */
cJSON *shell_json(const char *command);

/* Makes or changes the objects of `manifest`, a JSON document. Whether it succeeded. */
bool shell_apply(const char *manifest);
