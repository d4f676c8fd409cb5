/* SPDX-License-Identifier: Apache-2.0
 * The entry of seed-agent: finds the command in a table and runs it. */
#include "commands.h"
#include "core.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *arguments, *help;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"run", "[--cmdline FILE]", "become what the seed server says, and stay so", cmd_run},
    {"plan", "[--cmdline FILE]", "what `run` would do here, and why; changes nothing", cmd_plan},
    {"facts", "", "what this machine is, as JSON", cmd_facts},
    {"fetch", "--seed URL --sha256 HEX --size BYTES --folder FOLDER", "one layer, verified, as step 6 does it",
     cmd_fetch},
    {"render", "--role FILE [--passwords FILE] WHAT", "one rendered document on standard output", cmd_render},
    {"service", "NAME start|stop|restart|status", "a service of this machine, in OpenRC's words (rc-service)",
     cmd_service},
    {"words", "", "the words `seedrack.WORD` of the kernel command line that it knows", cmd_words},
    {"version", "", "the version", cmd_version},
};

static int usage(FILE *to, int status) {
    fprintf(to, "usage: seed-agent COMMAND\n\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(to, "  %-8s %-31s %s\n", commands[i].name, commands[i].arguments, commands[i].help);
    fprintf(to,
            "\nThe seed server's address comes from the kernel command line: seedrack.seed=URL [seedrack.mac=MAC].\n"
            "Exit status: 0 success, 1 failure, 2 usage.\n");
    return status;
}

int main(int argc, char **argv) {
    core_never();
    if (argc < 2)
        return usage(stderr, 2);
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
        return usage(stdout, 0);
    if (!strcmp(argv[1], "--version"))
        return cmd_version(argc, argv);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "seed-agent: `%s`: no such command; see seed-agent --help\n", argv[1]);
    return 2;
}
