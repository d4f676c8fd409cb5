/* SPDX-License-Identifier: Apache-2.0
 * The type of a seedctl command, and the one parser of command lines. The table is in commands.c; usage.h makes all
 * texts about it. */
#pragma once
#include "error.h"
#include <stdbool.h>
#include <stddef.h>

enum { OPERANDS_MAX = 16, OPTIONS_MAX = 12 /* of one command, shared ones included */ };

/* A parsed command line. Texts point into argv; NULL and false: not given. */
struct arguments {
    const struct command *command;
    const struct command *all; /* the whole table, for commands that describe all of them */
    size_t n_all;
    const char *seed, *pki, *admin_socket;
    const char *address, *against, *fingerprint, *first, *hash, *interface, *key, *layers, *mac, *masters, *mode, *name,
        *pod_subnet, *release, *release_key, *role, *service_subnet, *site, *state, *tftp, *timeout, *tip, *vip,
        *workers;
    bool backup, boot, follow, force, help, json, keep_disk, list, lose_data, off, page, renew, single, table, watch,
        yes;
    const char *operands[OPERANDS_MAX];
    size_t n_operands;
};

struct command_option {
    const char *name;  /* long form, without the dashes */
    char letter;       /* short form; 0: none */
    const char *value; /* the value's name in capitals, or its choices: `dhcp|proxy`; NULL: the option takes no value */
    const char *help;  /* one line */
    size_t offset;     /* in struct arguments: of a bool where `value` is NULL, else of a const char * */
    bool required;
    bool instead; /* given instead of the operands */
};

struct command {
    const char *name;
    const char *operands;                          /* "HOSTNAME [FINGERPRINT]", "SITE...", "bash|zsh|fish", "": none */
    const char *help;                              /* one line */
    const char *notes;                             /* further lines of `--help`, each complete; NULL: none */
    bool asks_seed;                                /* has the options that say where the seed is */
    int (*run)(const struct arguments *arguments); /* returns the exit status: 0, 1 failure, 2 usage */
    struct command_option options[OPTIONS_MAX];
};

/* The command's option number `i`: first its own, then the shared ones. NULL: there are no more. */
const struct command_option *command_option(const struct command *command, size_t i);

/* The n-th word of `operands`, brackets included; *ret_length is 0 when there are fewer. */
const char *command_operand(const struct command *command, size_t n, int *ret_length);

/* Whether the name of a value or operand lists its choices: words in small letters. */
bool command_is_choice(const char *name);

/* Reads argv[1] to argv[argc - 1]. Options may be before, between or after operands. Nothing after --help is checked.
 * Errors name the wrong word and the nearest option. */
int command_parse(const struct command *command, int argc, char **argv, struct arguments *ret, struct error *err);

/* For checks that the table cannot express: prints what is wrong with the command line, in one line. Returns the exit
 * status 2. */
int command_refuse(const struct arguments *arguments, const char *format, ...) __attribute__((format(printf, 2, 3)));
