/* SPDX-License-Identifier: Apache-2.0
 * The repeated parts of a role document. Each returns a list that the caller frees (NULL when empty) whose strings
 * belong to the JSON tree; problems go to the cursor's reader. */
#pragma once
#include "reader.h"
#include "role.h"

/* "address" and "prefixlen" of `object`. */
void role_read_address(const struct cursor *object, struct role_address *ret_address);

const char **role_read_texts(const struct cursor *list, size_t most, reader_check check, size_t *ret_n);
/* An object of strings. */
struct role_pair *role_read_pairs(const struct cursor *object, reader_check key, reader_check value, size_t *ret_n);
struct role_peer *role_read_peers(const struct cursor *root, size_t *ret_n);
struct role_layer *role_read_layers(const struct cursor *root, size_t *ret_n);
void role_read_boot(const struct cursor *root, struct role_layer *ret_layer); /* left alone where there is none */
struct role_addon *role_read_addons(const struct cursor *root, size_t *ret_n);

/* The object "disk" of `node`, whose keys are those of struct role_disk and the NULL-terminated `more`; absent is fine.
 */
void role_read_disk(const struct cursor *node, const char *const *more, struct role_disk *ret_disk);

/* An object of KubeletConfiguration overrides (kubelet.h); absent is fine. */
void role_check_kubelet(const struct cursor *object);
