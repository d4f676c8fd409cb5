/* SPDX-License-Identifier: Apache-2.0
 * Copies a backup into a folder of the seed's machine, by a process of its own: a file server that hangs holds nobody
 * up. */
#pragma once
#include "backups.h"
#include "error.h"
#include <stdbool.h>
#include <sys/types.h>

struct backup_copier {
    pid_t pid; /* 0: none runs */
    int said;  /* what it says when it fails */
    char folder[BACKUP_PLACE_SIZE];
};

/* Begins: STATE/backups/NAME.age and NAME.json into `folder`, each whole or not at all; then the oldest ones there of
 * the same cluster go, until `keep` are left. */
int backup_copier_start(struct backup_copier *copier, const char *state, const char *name, const char *folder,
                        unsigned keep, const char *ca_hash, struct error *err);

/* Whether it has ended; then 0 or -1 in *ret_result. */
bool backup_copier_ended(struct backup_copier *copier, int *ret_result, struct error *err);
