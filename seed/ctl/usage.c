/* SPDX-License-Identifier: Apache-2.0
 * See usage.h. */
#include "usage.h"
#include "reach.h"

#include <ctype.h>
#include <string.h>

enum { HELP_COLUMN = 24 };

/* Options that say where the seed is are one group in a synopsis, so they are not the command's own there. */
static bool is_own(const struct command *command, const struct command_option *option) {
    return option >= command->options && option < command->options + OPTIONS_MAX;
}

static void print_option(const struct command_option *option, FILE *to) {
    fprintf(to, " %s", option->required ? "" : "[");
    if (option->letter)
        fprintf(to, "-%c|", option->letter);
    fprintf(to, "--%s%s%s%s", option->name, option->value ? " " : "", option->value ? option->value : "",
            option->required ? "" : "]");
}

static void print_synopsis(const struct command *command, const char *seed, FILE *to) {
    const struct command_option *option;
    fputs(command->name, to);
    if (command->asks_seed)
        fprintf(to, " %s", seed);
    for (size_t i = 0; (option = command_option(command, i)); i++)
        if (is_own(command, option) && !option->instead)
            print_option(option, to);
    if (command->operands[0])
        fprintf(to, " %s", command->operands);
    for (size_t i = 0; (option = command_option(command, i)); i++)
        if (option->instead)
            fprintf(to, "|--%s", option->name);
    fputc('\n', to);
}

static void print_option_help(const struct command_option *option, FILE *to) {
    char left[64], letter[] = "-?, ";
    letter[1] = option->letter;
    int width = snprintf(left, sizeof(left), "  %s--%s%s%s", option->letter ? letter : "", option->name,
                         option->value ? " " : "", option->value ? option->value : "");
    fprintf(to, "%-*s%s%s\n", HELP_COLUMN, left, width < HELP_COLUMN ? "" : "  ", option->help);
}

void usage_print(const struct command *command, FILE *to) {
    const struct command_option *option;
    fputs("usage: seedctl ", to);
    print_synopsis(command, "[--seed URL [--pki DIR] | --admin-socket PATH]", to);
    fprintf(to, "\n%c%s.\n\n", toupper((unsigned char)command->help[0]), command->help + 1);
    for (size_t i = 0; (option = command_option(command, i)); i++)
        print_option_help(option, to);
    if (command->notes)
        fprintf(to, "\n%s", command->notes);
    if (command->asks_seed)
        fputs("\n" REACH_HELP, to);
    fputs("\nExit status: 0 success, 1 failure, 2 usage.\n", to);
}

void usage_print_all(const struct command *commands, size_t n, FILE *to) {
    fputs("usage: seedctl COMMAND\n\n", to);
    for (size_t i = 0; i < n; i++) {
        fputs("  ", to);
        print_synopsis(&commands[i], "[SEED]", to);
        fprintf(to, "      %s\n", commands[i].help);
    }
    fputs("\nSEED is --seed URL [--pki DIR], or --admin-socket PATH. Options stand anywhere behind the command.\n"
          "seedctl COMMAND --help says more.\n\n" REACH_HELP "\nExit status: 0 success, 1 failure, 2 usage.\n",
          to);
}

/* The words of a name in mdoc(7): fixed words are Cm; placeholders are Ar, in small letters. */
static void mdoc_words(const char *words, int length, FILE *to) {
    fputs(command_is_choice(words) ? "Cm " : "Ar ", to);
    for (int i = 0; i < length; i++)
        if (words[i] == '|')
            fputs(" | ", to);
        else if (!strncmp(words + i, "...", 3))
            fputs(" ...", to), i += 2;
        else
            fputc(tolower((unsigned char)words[i]), to);
}

static void mdoc_option(const struct command_option *option, FILE *to) {
    fputs(option->required ? ".Fl " : ".Op Fl ", to);
    if (option->letter)
        fprintf(to, "%c | Fl ", option->letter);
    fprintf(to, "-%s", option->name);
    if (option->value) {
        fputc(' ', to);
        mdoc_words(option->value, (int)strlen(option->value), to);
    }
    fputc('\n', to);
}

static void mdoc_operands(const struct command *command, FILE *to) {
    const struct command_option *option;
    int length;
    for (size_t n = 0;; n++) {
        const char *word = command_operand(command, n, &length);
        if (!length)
            return;
        bool optional = word[0] == '[';
        fputs(optional ? ".Op " : ".", to);
        mdoc_words(word + optional, length - 2 * optional, to);
        for (size_t i = 0; n == 0 && (option = command_option(command, i)); i++)
            if (option->instead)
                fprintf(to, " | Fl -%s", option->name);
        fputc('\n', to);
    }
}

void usage_print_mdoc(const struct command *commands, size_t n, FILE *to) {
    const struct command_option *option;
    for (size_t i = 0; i < n; i++) {
        fprintf(to, ".Nm\n.Cm %s\n", commands[i].name);
        if (commands[i].asks_seed)
            fputs(".Oo Fl -seed Ar url Oo Fl -pki Ar dir Oc | Fl -admin-socket Ar path Oc\n", to);
        for (size_t j = 0; (option = command_option(&commands[i], j)); j++)
            if (is_own(&commands[i], option) && !option->instead)
                mdoc_option(option, to);
        mdoc_operands(&commands[i], to);
    }
    fputs(".Nm\n.Fl -help | -version\n", to);
}
