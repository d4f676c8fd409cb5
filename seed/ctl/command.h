/* SPDX-License-Identifier: Apache-2.0
 * What a command of seedctl is, and the one parser of their command lines. The table itself is commands.c; usage.h
 * makes every text about it. */
#pragma once
#include "error.h"
#include <stdbool.h>
#include <stddef.h>

enum { OPERANDS_MAX = 16, OPTIONS_MAX = 12 /* of one command, shared ones included */ };

/* What a command line says. Texts point into argv; NULL and false: not given. */
struct arguments {
    const struct command *command;
    const struct command *all; /* the table that it stands in, for what tells of all commands */
    size_t n_all;
    const char *seed, *pki, *admin_socket;
    const char *address, *interface, *layers, *mac, *mode, *release, *role, *site, *state, *tftp, *timeout, *tip;
    bool follow, help, json, list, page, renew, watch;
    const char *operands[OPERANDS_MAX];
    size_t n_operands;
};

struct command_option {
    const char *name;  /* long form, without the dashes */
    char letter;       /* short form; 0: none */
    const char *value; /* the value's name in capitals, or all that it may be: `dhcp|proxy`; NULL: there is none */
    const char *help;  /* one line */
    size_t offset;     /* in struct arguments: of a bool where `value` is NULL, else of a const char * */
    bool required;
    bool instead; /* stands in the place of the operands */
};

struct command {
    const char *name;
    const char *operands;                          /* "HOSTNAME [FINGERPRINT]", "SITE...", "bash|zsh|fish", "": none */
    const char *help;                              /* one line */
    const char *notes;                             /* what else `--help` says, whole lines; NULL: nothing */
    bool asks_seed;                                /* has the options that say where the seed is */
    int (*run)(const struct arguments *arguments); /* returns the exit status: 0, 1 failure, 2 usage */
    struct command_option options[OPTIONS_MAX];
};

/* The command's option number `i`: its own, then those that it shares with others. NULL: there are no more. */
const struct command_option *command_option(const struct command *command, size_t i);

/* The n-th word of `operands`, brackets included; *ret_length is 0 when there are fewer. */
const char *command_operand(const struct command *command, size_t n, int *ret_length);

/* Whether a value's or an operand's name says all that it may be: words in small letters. */
bool command_is_choice(const char *name);

/* Reads argv[1] to argv[argc - 1]; options stand before, between or after operands. What comes after --help is
 * not looked at. Errors name the word that is wrong, and the nearest option. */
int command_parse(const struct command *command, int argc, char **argv, struct arguments *ret, struct error *err);

/* For what the table cannot say: reports what is wrong with the command line, as one line. Returns the exit status 2.
 */
int command_refuse(const struct arguments *arguments, const char *format, ...) __attribute__((format(printf, 2, 3)));
