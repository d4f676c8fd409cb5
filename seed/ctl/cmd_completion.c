/* SPDX-License-Identifier: Apache-2.0
 * seedctl completion: prints a script that completes seedctl's commands, options and codes in a shell. All words come
 * from the tables. */
#include "codes.h"
#include "commands.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void each_choice(const struct command *command, const char *names,
                        void (*print)(const struct command *command, const char *word, int length, int dashes)) {
    if (!names || !command_is_choice(names))
        return;
    for (const char *at = names; *at && *at != ' '; at += strspn(at, "|")) {
        int length = (int)strcspn(at, "| ");
        print(command, at, length, 0);
        at += length;
    }
}

/* Calls `print` for each fixed word of a command line: its options, and the values and operands that are one of a few,
 * such as dhcp|proxy. `dashes`: how many come before the word. */
static void each_word(const struct command *command,
                      void (*print)(const struct command *command, const char *word, int length, int dashes)) {
    const struct command_option *option;
    for (size_t i = 0; (option = command_option(command, i)); i++) {
        print(command, option->name, (int)strlen(option->name), 2);
        if (option->letter)
            print(command, &option->letter, 1, 1);
        each_choice(command, option->value, print);
    }
    each_choice(command, command->operands, print);
}

static void print_word(const struct command *command, const char *word, int length, int dashes) {
    (void)command;
    printf(" %.*s%.*s", dashes, "--", length, word);
}

static bool names_code(const struct command *command) {
    return strstr(command->operands, "CODE") != NULL;
}

static void print_codes(void) {
    for (unsigned i = SR_NONE + 1; i < CODES; i++)
        printf(" %s", code_name((enum code)i));
}

/* All words that may follow the command's name. */
static void print_words(const struct command *command) {
    each_word(command, print_word);
    if (names_code(command))
        print_codes();
}

/* Quotes for single quotes of zsh and fish. */
static void print_help(const char *text) {
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*text);
}

static void bash(const struct command *all, size_t n_all) {
    printf("_seedctl() {\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]} words=\n"
           "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
           "        words='");
    for (size_t i = 0; i < n_all; i++)
        printf("%s ", all[i].name);
    printf("'\n"
           "    else\n"
           "        case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < n_all; i++) {
        printf("        %s) words='", all[i].name);
        print_words(&all[i]);
        printf("' ;;\n");
    }
    printf("        esac\n"
           "    fi\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
           "    [ \"$COMP_CWORD\" = 1 ] || [ \"${cur#-}\" != \"$cur\" ] || COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
           "}\n"
           "complete -o filenames -F _seedctl seedctl\n");
}

static void zsh(const struct command *all, size_t n_all) {
    printf("#compdef seedctl\n"
           "_seedctl() {\n"
           "    local -a commands\n"
           "    commands=(\n");
    for (size_t i = 0; i < n_all; i++) {
        printf("        '%s:", all[i].name);
        print_help(all[i].help);
        printf("'\n");
    }
    printf("    )\n"
           "    if (( CURRENT == 2 )); then\n"
           "        _describe command commands\n"
           "        return\n"
           "    fi\n"
           "    case $words[2] in\n");
    for (size_t i = 0; i < n_all; i++) {
        printf("    %s) compadd --", all[i].name);
        print_words(&all[i]);
        printf(" ;;\n");
    }
    printf("    esac\n"
           "    _files\n"
           "}\n"
           "[ \"$funcstack[1]\" != _seedctl ] || _seedctl \"$@\"\n"
           "(( ! $+functions[compdef] )) || compdef _seedctl seedctl\n");
}

static void print_fish(const struct command *command, const char *word, int length, int dashes) {
    const char *how = dashes == 2 ? "-l" : dashes ? "-s" : "-f -a";
    printf("complete -c seedctl -n '__fish_seen_subcommand_from %s' %s %.*s\n", command->name, how, length, word);
}

static void fish(const struct command *all, size_t n_all) {
    for (size_t i = 0; i < n_all; i++) {
        printf("complete -c seedctl -f -n __fish_use_subcommand -a %s -d '", all[i].name);
        print_help(all[i].help);
        printf("'\n");
        each_word(&all[i], print_fish);
        if (!names_code(&all[i]))
            continue;
        printf("complete -c seedctl -f -n '__fish_seen_subcommand_from %s' -a '", all[i].name);
        print_codes();
        printf("'\n");
    }
}

int seedctl_completion(const struct arguments *arguments) {
    static const struct {
        const char *name;
        void (*print)(const struct command *all, size_t n_all);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
        if (!strcmp(arguments->operands[0], shells[i].name))
            shells[i].print(arguments->all, arguments->n_all);
    return 0;
}
