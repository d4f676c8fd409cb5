/* SPDX-License-Identifier: Apache-2.0
 * seedctl: arguments, a table, return. */
#include "commands.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *arguments, *help;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"validate", "SITE", "every error of a site document, one line each", cmd_validate},
    {"plan", "SITE...", "nodes, addresses, quorum and tolerance, warnings", cmd_plan},
    {"role", "--site SITE --mac MAC [--release FILE] [--layers FILE]", "the role document of one machine, composed offline", cmd_role},
    {"cmdline", "SITE [--mac MAC]", "the kernel command line of one machine, or of a medium for any", cmd_cmdline},
    {"dnsmasq", "SITE --mode dhcp|proxy [--interface NAME] [--tftp DIR]", "dnsmasq's configuration: addresses and network boot", cmd_dnsmasq},
    {"status", "[--seed URL] [--watch] [--json] [--timeout SECONDS]", "what every machine does", cmd_status},
    {"explain", "CODE | --list | --page | [--seed URL] [--json] HOSTNAME", "what a code means and what to do; what a machine waits for", cmd_explain},
    {"logs", "[--seed URL] [--follow] [--json] HOSTNAME", "what one machine said", cmd_logs},
    {"timeline", "[--seed URL] [--json]", "seconds of each machine in each step", cmd_timeline},
    {"approve", "--admin-socket PATH|--seed URL --pki DIR HOSTNAME [FINGERPRINT]", "of two machines with one MAC the first one stays; let a waiting one in", cmd_approve},
    {"deny", "--admin-socket PATH|--seed URL --pki DIR HOSTNAME", "a machine gets nothing until it is forgotten", cmd_deny},
    {"forget", "--admin-socket PATH|--seed URL --pki DIR HOSTNAME", "drop the claim of a machine that was replaced", cmd_forget},
    {"wipe-grant", "--admin-socket PATH|--seed URL --pki DIR HOSTNAME SERIAL", "let a machine wipe that disk, once", cmd_wipe_grant},
    {"init", "[--renew] SITE_DIR", "the site's certificate authority, the seed's and the operator's certificates", cmd_init},
    {"rearm", "--admin-socket PATH|--seed URL --pki DIR SITE", "let the cluster be born anew, under a new epoch", cmd_rearm},
    {"verify", "[--role FILE]", "on a master: listening sockets, nodes, component status", cmd_verify},
    {"verify-audit", "[--tip HASH] FILE", "whether the seed's audit log still says what was written", cmd_verify_audit},
};

static int usage(FILE *to, int status) {
    fprintf(to, "usage: seedctl COMMAND\n\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(to, "  %s %s\n      %s\n", commands[i].name, commands[i].arguments, commands[i].help);
    fprintf(to, "\nExit status: 0 success, 1 failure, 2 usage.\n");
    return status;
}

int main(int argc, char **argv) {
    if (argc < 2)
        return usage(stderr, 2);
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
        return usage(stdout, 0);
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
        puts("seedctl " SEEDRACK_VERSION);
        return 0;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "seedctl: `%s`: no such command; see seedctl --help\n", argv[1]);
    return 2;
}
