/* SPDX-License-Identifier: Apache-2.0
 * The table of seedctl's commands, and what runs them. Each gets its parsed command line and returns the exit status:
 * 0, 1 failure, 2 usage. */
#pragma once
#include "command.h"

extern const struct command commands[];
extern const size_t n_commands;

/* The command of that name; NULL: there is none. */
const struct command *commands_find(const char *name);

int cmd_validate(const struct arguments *arguments);
int cmd_init(const struct arguments *arguments);
int cmd_plan(const struct arguments *arguments);
int cmd_role(const struct arguments *arguments);
int cmd_cmdline(const struct arguments *arguments);
int cmd_dnsmasq(const struct arguments *arguments);
int cmd_status(const struct arguments *arguments);
int cmd_explain(const struct arguments *arguments);
int cmd_logs(const struct arguments *arguments);
int cmd_timeline(const struct arguments *arguments);
int cmd_support_bundle(const struct arguments *arguments);
int cmd_completion(const struct arguments *arguments);
int cmd_approve(const struct arguments *arguments);
int cmd_deny(const struct arguments *arguments);
int cmd_forget(const struct arguments *arguments);
int cmd_wipe_grant(const struct arguments *arguments);
int cmd_rearm(const struct arguments *arguments);
int cmd_verify(const struct arguments *arguments);
int cmd_verify_audit(const struct arguments *arguments);
