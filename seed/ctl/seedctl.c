/* SPDX-License-Identifier: Apache-2.0
 * The entry of seedctl: finds the command in the table, parses the command line and runs it. */
#include "commands.h"
#include "core.h"
#include "json.h"
#include "usage.h"
#include "log.h"
#include "version.h"

#include <stdio.h>
#include <string.h>

enum { COMMANDS_MAX = 64 };

static int no_such(const char *name) {
    const char *names[COMMANDS_MAX + 1] = {NULL};
    for (size_t i = 0; i < n_commands && i < COMMANDS_MAX; i++)
        names[i] = commands[i].name;
    const char *near = json_nearest(name, names);
    fprintf(stderr, "seedctl: `%.200s`: no such command; ", name);
    fprintf(stderr, near ? "did you mean %s?\n" : "see seedctl --help\n", near);
    return 2;
}

static int run(const struct command *command, int argc, char **argv) {
    struct arguments arguments;
    struct error err = {0};
    char program[64];
    if (command_parse(command, argc, argv, &arguments, &err) < 0) {
        snprintf(program, sizeof(program), "seedctl: %s", command->name);
        error_report(&err, program);
        return 2;
    }
    arguments.all = commands;
    arguments.n_all = n_commands;
    if (!arguments.help)
        return command->run(&arguments);
    usage_print(command, stdout);
    return 0;
}

int main(int argc, char **argv) {
    core_never();
    const char *first = argc > 1 ? argv[1] : "";
    const struct command *command = commands_find(first);
    if (command)
        return run(command, argc - 1, argv + 1);
    bool asked = !strcmp(first, "--help") || !strcmp(first, "-h") || !strcmp(first, "help");
    if (asked || argc < 2)
        usage_print_all(commands, n_commands, asked ? stdout : stderr);
    else if (!strcmp(first, "--version") || !strcmp(first, "version"))
        printf("seedctl %s\n", version_text());
    else if (!strcmp(first, "--synopsis"))
        usage_print_mdoc(commands, n_commands, stdout);
    else
        return no_such(first);
    return argc < 2 ? 2 : 0;
}
