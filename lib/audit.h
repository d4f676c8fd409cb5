/* SPDX-License-Identifier: Apache-2.0
 * The audit log's lines. Each line has the hash of the line before, so that changing, removing or inserting one makes
 * all later lines invalid. Cutting off the end is noticed only by somebody who kept a later hash. Pure. */
#pragma once
#include "buf.h"
#include "error.h"
#include <stddef.h>
#include <stdint.h>

enum { AUDIT_HASH_SIZE = 65, AUDIT_LINE_MAX = 4096 };

struct audit_tip { /* the end of a chain */
    uint64_t n;    /* its entries */
    char hash[AUDIT_HASH_SIZE];
};
#define AUDIT_TIP_INIT ((struct audit_tip){.hash = "0000000000000000000000000000000000000000000000000000000000000000"})

struct audit_entry {
    int64_t at_ms;       /* wall clock */
    const char *act;     /* "claim", "ticket-delivered" …: docs/api.md */
    const char *subject; /* the machine, or "" */
    const char *detail;  /* never a secret */
};

/* {"n":1,"at_ms":…,"act":"…","subject":"…","detail":"…","previous":"<hash>","hash":"<sha256 of the line before
 * `,"hash"`>"}, without a newline. Moves the tip on. */
int audit_print(struct audit_tip *tip, const struct audit_entry *entry, struct buf *ret_line, struct error *err);

/* Checks that `line` follows *tip, and moves *tip to it. EBADMSG: it does not; the message says why. */
int audit_follow(struct audit_tip *tip, const char *line, size_t length, struct error *err);
