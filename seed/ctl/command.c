/* SPDX-License-Identifier: Apache-2.0
 * See command.h. getopt_long(3) takes the words apart; what they may be comes from the table. */
#include "command.h"

#include "json.h"
#include "log.h"
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LONG_FIRST = 256 /* above every letter */, WORD_SIZE = 32 };

static const struct command_option seed_options[] = {
    {.name = "seed", .value = "URL", .help = "where the seed is", .offset = offsetof(struct arguments, seed)},
    {.name = "pki",
     .value = "DIR",
     .help = "with https://: ca.crt, operator.crt and operator.key of seedctl init",
     .offset = offsetof(struct arguments, pki)},
    {.name = "admin-socket",
     .value = "PATH",
     .help = "the seed's admin socket, on its own machine",
     .offset = offsetof(struct arguments, admin_socket)},
};
static const struct command_option help_option = {
    .name = "help", .letter = 'h', .help = "this text", .offset = offsetof(struct arguments, help)};

const struct command_option *command_option(const struct command *command, size_t i) {
    size_t own = 0, shared = command->asks_seed ? sizeof(seed_options) / sizeof(seed_options[0]) : 0;
    while (own < OPTIONS_MAX && command->options[own].name)
        own++;
    if (i < own)
        return &command->options[i];
    if (i < own + shared)
        return &seed_options[i - own];
    return i == own + shared ? &help_option : NULL;
}

const char *command_operand(const struct command *command, size_t n, int *ret_length) {
    const char *at = command->operands;
    for (;; n--) {
        at += strspn(at, " ");
        *ret_length = (int)strcspn(at, " ");
        if (n == 0 || !*ret_length)
            return at;
        at += *ret_length;
    }
}

bool command_is_choice(const char *name) {
    return islower((unsigned char)name[0]);
}

/* `names` ends at a space, where the next operand begins. */
static bool has_choice(const char *names, const char *value) {
    size_t length = strlen(value);
    for (const char *at = names; *at && *at != ' '; at += strspn(at, "|")) {
        size_t n = strcspn(at, "| ");
        if (n == length && !strncmp(at, value, n))
            return true;
        at += n;
    }
    return false;
}

static const char **text_at(struct arguments *arguments, const struct command_option *option) {
    return (const char **)((char *)arguments + option->offset);
}

static bool *flag_at(struct arguments *arguments, const struct command_option *option) {
    return (bool *)((char *)arguments + option->offset);
}

static bool option_given(struct arguments *arguments, const struct command_option *option) {
    return option->value ? *text_at(arguments, option) != NULL : *flag_at(arguments, option);
}

static int option_set(struct arguments *arguments, const struct command_option *option, const char *value,
                      struct error *err) {
    if (option_given(arguments, option))
        return error_set(err, EINVAL, "--%s is given twice", option->name);
    if (!option->value) {
        *flag_at(arguments, option) = true;
        return 0;
    }
    if (command_is_choice(option->value) && !has_choice(option->value, value))
        return error_set(err, EINVAL, "--%s `%s` is not valid; expected %s", option->name, value, option->value);
    *text_at(arguments, option) = value;
    return 0;
}

/* The word of `operands` that the n-th operand is of: the last one may stand for many. */
static const char *operand_word(const struct command *command, size_t n, int *ret_length) {
    const char *name = command_operand(command, n, ret_length);
    bool many = strstr(command->operands, "...") != NULL;
    while (!*ret_length && many && n > 0)
        name = command_operand(command, --n, ret_length);
    return name;
}

static int operand_add(struct arguments *arguments, const char *value, struct error *err) {
    int length;
    const char *name = operand_word(arguments->command, arguments->n_operands, &length);
    if (!length || arguments->n_operands == OPERANDS_MAX)
        return error_set(err, EINVAL, "`%s` is one argument too many", value);
    if (command_is_choice(name) && !has_choice(name, value))
        return error_set(err, EINVAL, "`%s` is not valid; expected %.*s", value, length, name);
    arguments->operands[arguments->n_operands++] = value;
    return 0;
}

static int option_unknown(const struct command *command, const char *word, struct error *err) {
    char words[OPTIONS_MAX + 1][WORD_SIZE];
    const char *names[OPTIONS_MAX + 1] = {NULL};
    const struct command_option *option;
    for (size_t i = 0; (option = command_option(command, i)); i++) {
        snprintf(words[i], sizeof(words[i]), "--%s", option->name);
        names[i] = words[i];
    }
    const char *near = word[0] == '-' && word[1] == '-' ? json_nearest(word, names) : NULL;
    error_set(err, EINVAL, "`%s`: no such option", word);
    return near ? error_remedy(err, "did you mean %s?", near) : -1;
}

static const struct command_option *option_of(const struct command *command, int c) {
    const struct command_option *option;
    if (c >= LONG_FIRST)
        return command_option(command, (size_t)c - LONG_FIRST);
    for (size_t i = 0; (option = command_option(command, i)); i++)
        if (option->letter == c)
            return option;
    return NULL;
}

/* The error for what getopt_long() refused: optopt is the option's row or letter, 0 for an unknown long option. */
static int option_refused(const struct command *command, const char *word, bool no_value, struct error *err) {
    const struct command_option *option = optopt ? option_of(command, optopt) : NULL;
    char letter[] = {'-', (char)optopt, '\0'};
    if (!option)
        return option_unknown(command, optopt ? letter : word, err);
    return no_value ? error_set(err, EINVAL, "--%s needs a value: %s", option->name, option->value)
                    : error_set(err, EINVAL, "`%s`: --%s takes no value", word, option->name);
}

/* Converts the table's rows to the form of getopt_long(). */
static void getopt_rows(const struct command *command, struct option *ret_rows, char *ret_letters) {
    const struct command_option *option;
    for (size_t i = 0; (option = command_option(command, i)); i++) {
        ret_rows[i] =
            (struct option){option->name, option->value ? required_argument : no_argument, NULL, LONG_FIRST + (int)i};
        if (!option->letter)
            continue;
        *ret_letters++ = option->letter;
        if (option->value)
            *ret_letters++ = ':';
    }
    *ret_letters = '\0';
}

/* Checks that need the whole command line. */
static int check_whole(struct arguments *arguments, struct error *err) {
    const struct command *command = arguments->command;
    const struct command_option *option, *instead = NULL;
    for (size_t i = 0; (option = command_option(command, i)); i++) {
        bool given = option_given(arguments, option);
        if (option->required && !given)
            return error_set(err, EINVAL, "--%s is missing", option->name);
        if (given && option->instead && instead)
            return error_set(err, EINVAL, "--%s and --%s: only one of them", instead->name, option->name);
        if (given && option->instead)
            instead = option;
    }
    if (arguments->seed && arguments->admin_socket)
        return error_set(err, EINVAL, "--seed and --admin-socket: only one of them");
    if (instead && arguments->n_operands)
        return error_set(err, EINVAL, "`%s` is one argument too many beside --%s", arguments->operands[0],
                         instead->name);
    int length;
    const char *name = command_operand(command, arguments->n_operands, &length);
    return instead || !length || name[0] == '[' ? 0 : error_set(err, EINVAL, "%.*s is missing", length, name);
}

static int command_parse_words(const struct command *command, int argc, char **argv, struct arguments *ret,
                               struct error *err) {
    struct option rows[OPTIONS_MAX + 1] = {{0}};
    char letters[2 * OPTIONS_MAX + 3] = "-:"; /* `-`: operands in order, also with POSIXLY_CORRECT; `:`: no messages */
    int c;
    getopt_rows(command, rows, letters + strlen(letters));
    ret->command = command;
    optind = 0; /* glibc: start from the beginning */
    while ((c = getopt_long(argc, argv, letters, rows, NULL)) != -1) {
        if (c == '?' || c == ':')
            return option_refused(command, argv[optind - 1], c == ':', err);
        if ((c == 1 ? operand_add(ret, optarg, err) : option_set(ret, option_of(command, c), optarg, err)) < 0)
            return -1;
        if (ret->help)
            return 0;
    }
    for (; optind < argc; optind++) /* after `--` */
        if (operand_add(ret, argv[optind], err) < 0)
            return -1;
    return check_whole(ret, err);
}

int command_parse(const struct command *command, int argc, char **argv, struct arguments *ret, struct error *err) {
    struct arguments arguments = {0};
    if (command_parse_words(command, argc, argv, &arguments, err) < 0)
        return error_remedy(err, "see seedctl %s --help", command->name);
    *ret = arguments;
    return 0;
}

int command_refuse(const struct arguments *arguments, const char *format, ...) {
    char text[512], program[64];
    struct error err = {0};
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    error_set(&err, EINVAL, "%s", text);
    snprintf(program, sizeof(program), "seedctl: %s", arguments->command->name);
    error_report(&err, program);
    return 2;
}
