/* SPDX-License-Identifier: Apache-2.0
 * A bootstrap token as the cluster keeps it: a Secret of the type bootstrap.kubernetes.io/token in kube-system. Its
 * description tells what it is for. Pure; the secret half of a token is never looked at. */
#pragma once
#include "error.h"
#include <cjson/cJSON.h>
#include <stddef.h>

enum {
    TOKEN_ID_SIZE = 7,
    TOKEN_TICKET_SIZE = 33,
    TOKEN_DESCRIPTION_SIZE = 128,
    TOKEN_HOST_SIZE = 64,
    TOKENS_MAX = 1024
};

enum token_kind {
    TOKEN_FOREIGN, /* a person's, or another program's: left alone */
    TOKEN_TICKET,  /* made for a join ticket */
    TOKEN_INIT,    /* kubeadm init makes one, which no machine here uses */
    TOKEN_CERTS,   /* kubeadm upload-certs: owns the Secret kubeadm-certs, which is deleted with it */
};

struct token {
    enum token_kind kind;
    char id[TOKEN_ID_SIZE];
    char ticket[TOKEN_TICKET_SIZE]; /* TOKEN_TICKET: the ticket's id */
    char hostname[TOKEN_HOST_SIZE]; /* TOKEN_TICKET: the machine that it was minted for; "": not a valid name */
};

/* The description that the token of a join ticket gets. */
void token_describe(const char *ticket, const char *hostname, char ret[static TOKEN_DESCRIPTION_SIZE]);

/* Reads a SecretList of the API server, at most TOKENS_MAX tokens. EPROTO when it is not a SecretList. */
int token_list(const cJSON *list, struct token ret[static TOKENS_MAX], size_t *ret_count, struct error *err);
