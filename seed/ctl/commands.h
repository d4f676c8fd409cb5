/* SPDX-License-Identifier: Apache-2.0
 * The verbs of seedctl. Each takes its own name as argv[0] and returns the exit status: 0, 1 failure, 2 usage. */
#pragma once
#include <stddef.h>

struct command {
    const char *name, *arguments, *help;
    int (*run)(int argc, char **argv);
};
extern const struct command commands[];
extern const size_t n_commands;

int cmd_validate(int argc, char **argv);
int cmd_init(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_role(int argc, char **argv);
int cmd_cmdline(int argc, char **argv);
int cmd_dnsmasq(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_logs(int argc, char **argv);
int cmd_timeline(int argc, char **argv);
int cmd_support_bundle(int argc, char **argv);
int cmd_completion(int argc, char **argv);
int cmd_approve(int argc, char **argv);
int cmd_deny(int argc, char **argv);
int cmd_forget(int argc, char **argv);
int cmd_wipe_grant(int argc, char **argv);
int cmd_rearm(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_verify_audit(int argc, char **argv);
