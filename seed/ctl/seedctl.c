/* SPDX-License-Identifier: Apache-2.0
 * seedctl: arguments, a table, return. */
#include "commands.h"
#include "core.h"

#include <stdio.h>
#include <string.h>

#define SEED "[--seed URL [--pki DIR] | --admin-socket PATH]"
#define OPERATOR "--admin-socket PATH|--seed URL --pki DIR"

const struct command commands[] = {
    {"validate", "SITE", "every error of a site document, one line each", cmd_validate},
    {"plan", "SITE...", "nodes, addresses, quorum and tolerance, warnings", cmd_plan},
    {"role", "--site SITE --mac MAC [--release FILE] [--layers FILE]",
     "the role document of one machine, composed offline", cmd_role},
    {"cmdline", "SITE [--mac MAC]", "the kernel command line of one machine, or of a medium for any", cmd_cmdline},
    {"dnsmasq", "SITE --mode dhcp|proxy [--interface NAME] [--tftp DIR]",
     "dnsmasq's configuration: addresses and network boot", cmd_dnsmasq},
    {"status", SEED " [--watch] [--json] [--timeout SECONDS]", "what every machine does", cmd_status},
    {"explain", "CODE | --list | --page | " SEED " [--json] HOSTNAME",
     "what a code means and what to do; what a machine waits for", cmd_explain},
    {"logs", SEED " [-f|--follow] [--json] HOSTNAME", "what one machine said", cmd_logs},
    {"timeline", SEED " [--json]", "seconds of each machine in each step", cmd_timeline},
    {"support-bundle", SEED " [--site SITE] [--state DIR] FILE.tar.gz",
     "what a stranger needs to help, without secrets", cmd_support_bundle},
    {"approve", OPERATOR " HOSTNAME [FINGERPRINT]",
     "of two machines with one MAC the first one stays; let a waiting one in", cmd_approve},
    {"deny", OPERATOR " HOSTNAME", "a machine gets nothing until it is forgotten", cmd_deny},
    {"forget", OPERATOR " HOSTNAME", "drop the claim of a machine that was replaced", cmd_forget},
    {"wipe-grant", OPERATOR " HOSTNAME SERIAL", "let a machine wipe that disk, once", cmd_wipe_grant},
    {"init", "[--renew] [--address ADDRESS] SITE_DIR",
     "the site's certificate authority, the seed's and the operator's certificates", cmd_init},
    {"rearm", OPERATOR " SITE", "let the cluster be born anew, under a new epoch", cmd_rearm},
    {"verify", "[--role FILE]", "on a master: listening sockets, nodes, component status", cmd_verify},
    {"verify-audit", "[--tip HASH] FILE", "whether the seed's audit log still says what was written", cmd_verify_audit},
    {"completion", "bash|zsh|fish", "what a shell needs to complete all of this", cmd_completion},
};
const size_t n_commands = sizeof(commands) / sizeof(commands[0]);

static int usage(FILE *to, int status) {
    fprintf(to, "usage: seedctl COMMAND\n\n");
    for (size_t i = 0; i < n_commands; i++)
        fprintf(to, "  %s %s\n      %s\n", commands[i].name, commands[i].arguments, commands[i].help);
    fprintf(to, "\nExit status: 0 success, 1 failure, 2 usage.\n");
    return status;
}

int main(int argc, char **argv) {
    core_never();
    if (argc < 2)
        return usage(stderr, 2);
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
        return usage(stdout, 0);
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
        puts("seedctl " SEEDRACK_VERSION);
        return 0;
    }
    for (size_t i = 0; i < n_commands; i++)
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "seedctl: `%s`: no such command; see seedctl --help\n", argv[1]);
    return 2;
}
