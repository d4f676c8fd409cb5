/* SPDX-License-Identifier: Apache-2.0
 * seedctl completion: what a shell needs to complete seedctl's commands, their options and codes; all of it from the
 * tables. */
#include "codes.h"
#include "commands.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Calls `print` for each word that a command's arguments have literally: options, and what is in small letters, such as
 * dhcp|proxy. */
static void each_word(const struct command *command,
                      void (*print)(const struct command *command, const char *word, int length)) {
    for (const char *at = command->arguments; *at;) {
        at += strspn(at, " []|()");
        size_t length = strcspn(at, " []|()");
        if (*at == '-' || (*at >= 'a' && *at <= 'z'))
            print(command, at, (int)length);
        at += length;
    }
}

static void print_word(const struct command *command, const char *word, int length) {
    (void)command;
    printf(" %.*s", length, word);
}

static void print_codes(void) {
    for (unsigned i = SR_NONE + 1; i < CODES; i++)
        printf(" %s", code_name((enum code)i));
}

/* Inside single quotes, of zsh and of fish. */
static void print_help(const char *text) {
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*text);
}

static void bash(void) {
    printf("_seedctl() {\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]} words=\n"
           "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
           "        words='");
    for (size_t i = 0; i < n_commands; i++)
        printf("%s ", commands[i].name);
    printf("'\n"
           "    else\n"
           "        case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < n_commands; i++) {
        printf("        %s) words='", commands[i].name);
        each_word(&commands[i], print_word);
        if (!strcmp(commands[i].name, "explain"))
            print_codes();
        printf("' ;;\n");
    }
    printf("        esac\n"
           "    fi\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
           "    [ \"$COMP_CWORD\" = 1 ] || [ \"${cur#-}\" != \"$cur\" ] || COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
           "}\n"
           "complete -o filenames -F _seedctl seedctl\n");
}

static void zsh(void) {
    printf("#compdef seedctl\n"
           "_seedctl() {\n"
           "    local -a commands\n"
           "    commands=(\n");
    for (size_t i = 0; i < n_commands; i++) {
        printf("        '%s:", commands[i].name);
        print_help(commands[i].help);
        printf("'\n");
    }
    printf("    )\n"
           "    if (( CURRENT == 2 )); then\n"
           "        _describe command commands\n"
           "        return\n"
           "    fi\n"
           "    case $words[2] in\n");
    for (size_t i = 0; i < n_commands; i++) {
        printf("    %s) compadd --", commands[i].name);
        each_word(&commands[i], print_word);
        if (!strcmp(commands[i].name, "explain"))
            print_codes();
        printf(" ;;\n");
    }
    printf("    esac\n"
           "    _files\n"
           "}\n"
           "[ \"$funcstack[1]\" != _seedctl ] || _seedctl \"$@\"\n"
           "(( ! $+functions[compdef] )) || compdef _seedctl seedctl\n");
}

static void print_fish(const struct command *command, const char *word, int length) {
    int dashes = (int)strspn(word, "-");
    const char *how = dashes == 2 ? "-l" : dashes ? "-s" : "-f -a";
    printf("complete -c seedctl -n '__fish_seen_subcommand_from %s' %s %.*s\n", command->name, how, length - dashes,
           word + dashes);
}

static void fish(void) {
    for (size_t i = 0; i < n_commands; i++) {
        printf("complete -c seedctl -f -n __fish_use_subcommand -a %s -d '", commands[i].name);
        print_help(commands[i].help);
        printf("'\n");
        each_word(&commands[i], print_fish);
    }
    printf("complete -c seedctl -f -n '__fish_seen_subcommand_from explain' -a '");
    print_codes();
    printf("'\n");
}

int cmd_completion(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    for (size_t i = 0; argc == 2 && i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (!strcmp(argv[1], shells[i].name)) {
            shells[i].print();
            return 0;
        }
    }
    bool asked = argc == 2 && !strcmp(argv[1], "--help");
    fputs("usage: seedctl completion bash|zsh|fish\n\n"
          "bash: seedctl completion bash >/etc/bash_completion.d/seedctl\n"
          "zsh:  seedctl completion zsh >/usr/local/share/zsh/site-functions/_seedctl\n"
          "fish: seedctl completion fish >/etc/fish/completions/seedctl.fish\n",
          asked ? stdout : stderr);
    return asked ? 0 : 2;
}
