/* SPDX-License-Identifier: Apache-2.0
 * The table of seedctl's commands and their functions. Each function gets its parsed command line and returns the exit
 * status: 0 success, 1 failure, 2 usage. */
#pragma once
#include "command.h"

#define NEW_RELEASE "v1.37.2" /* what the tree builds (Makefile) and the package's example has */

extern const struct command commands[];
extern const size_t n_commands;

/* The command of that name; NULL: there is none. */
const struct command *commands_find(const char *name);

int seedctl_validate(const struct arguments *arguments);
int seedctl_new(const struct arguments *arguments);
int seedctl_init(const struct arguments *arguments);
int seedctl_plan(const struct arguments *arguments);
int seedctl_role(const struct arguments *arguments);
int seedctl_cmdline(const struct arguments *arguments);
int seedctl_dnsmasq(const struct arguments *arguments);
int seedctl_status(const struct arguments *arguments);
int seedctl_explain(const struct arguments *arguments);
int seedctl_logs(const struct arguments *arguments);
int seedctl_timeline(const struct arguments *arguments);
int seedctl_support_bundle(const struct arguments *arguments);
int seedctl_completion(const struct arguments *arguments);
int seedctl_approve(const struct arguments *arguments);
int seedctl_deny(const struct arguments *arguments);
int seedctl_forget(const struct arguments *arguments);
int seedctl_wipe_grant(const struct arguments *arguments);
int seedctl_power(const struct arguments *arguments);
int seedctl_recover(const struct arguments *arguments);
int seedctl_rearm(const struct arguments *arguments);
int seedctl_renew(const struct arguments *arguments);
int seedctl_rollout(const struct arguments *arguments);
int seedctl_release(const struct arguments *arguments);
int seedctl_upgrade(const struct arguments *arguments);
int seedctl_restore(const struct arguments *arguments);
int seedctl_secret(const struct arguments *arguments);
int seedctl_retire(const struct arguments *arguments);
int seedctl_backup(const struct arguments *arguments);
int seedctl_verify(const struct arguments *arguments);
int seedctl_verify_audit(const struct arguments *arguments);
