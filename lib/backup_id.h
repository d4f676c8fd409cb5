/* SPDX-License-Identifier: Apache-2.0
 * A backup of a cluster: its name, and what is signed about it, when it is made and when the cluster is restored from
 * it. Pure. */
#pragma once
#include "bootstrap_record.h"
#include <stdbool.h>
#include <stdint.h>

enum { BACKUP_NAME_SIZE = 96, BACKUP_SHA256_SIZE = 65, BACKUP_TEXT_SIZE = 256, RECIPIENT_SIZE = 64 };

/* "20261130T125800Z-k8s-m1": when, in UTC, and by whom. It is a file's name, too. */
void backup_name(int64_t at_ms, const char *hostname, char ret[static BACKUP_NAME_SIZE]);
bool backup_name_valid(const char *name);

/* The text that is signed: this archive, with what etcd had at that revision. */
void backup_text(const char *name, const char *sha256, int64_t revision, char ret[static BACKUP_TEXT_SIZE]);

/* What whoever opened the archive signs with the CA's key that is in it: the cluster is to be restored from it on that
 * machine. `id` is the highest record that the archive's master saw. */
void restore_order_text(const char *hostname, const char *sha256, const struct record_id *id,
                        char ret[static BACKUP_TEXT_SIZE]);

/* What that machine signs with its own key (docs/tls.md): the archive is to be encrypted to `recipient`, an age key. */
void restore_key_text(const char *hostname, const char *recipient, char ret[static BACKUP_TEXT_SIZE]);
