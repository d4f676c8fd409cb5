/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm (test double): bootstrap tokens. Any joiner's token is accepted; their ids and descriptions are kept,
 * for cluster-info and the list of Secrets. */
#pragma once
#include "buf.h"
#include "place.h"
#include <stdbool.h>
#include <stddef.h>

enum { TOKEN_SIZE = 24, TOKENS_MAX = 256 };

/* abcdef.0123456789abcdef */
int token_create(const struct place *place, const char *description, char ret[TOKEN_SIZE], struct error *err);
/* How many there are; with `ret` also `"jws-kubeconfig-ID":"…"` for each, separated by commas. */
size_t token_list(const struct place *place, struct buf *ret);
/* Appends a SecretList of all of them, without their secrets. */
void token_secrets(const struct place *place, struct buf *ret);
/* Whether there was one. */
bool token_remove(const struct place *place, const char *id);
