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
    TOKEN_FOREIGN, /* somebody else's: left alone */
    TOKEN_TICKET,  /* made for a join ticket */
    TOKEN_INIT,    /* kubeadm init makes one that nobody here joins with */
    TOKEN_CERTS,   /* kubeadm upload-certs: owns the Secret kubeadm-certs, which goes when it goes */
};

struct token {
    enum token_kind kind;
    char id[TOKEN_ID_SIZE];
    char ticket[TOKEN_TICKET_SIZE]; /* TOKEN_TICKET: the ticket's id */
    char hostname[TOKEN_HOST_SIZE]; /* ... and for whom it was made; "": nobody that can be a node */
};

/* What kubeadm writes down with the token of a join ticket. */
void token_describe(const char *ticket, const char *hostname, char ret[static TOKEN_DESCRIPTION_SIZE]);

/* A SecretList of the API server; at most TOKENS_MAX of it. -1 with EPROTO when it is none. */
int token_list(const cJSON *list, struct token ret[static TOKENS_MAX], size_t *ret_count, struct error *err);
