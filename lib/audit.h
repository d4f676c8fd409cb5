/* SPDX-License-Identifier: Apache-2.0
 * The audit log's lines: each holds the hash of the one before it, so that none can be changed, left out or put in
 * between without every later one telling. Who cuts off the end is found out by who knows a later hash. Pure. */
#pragma once
#include "buf.h"
#include "error.h"
#include <stddef.h>
#include <stdint.h>

enum { AUDIT_HASH_SIZE = 65, AUDIT_LINE_MAX = 4096 };

struct audit_tip { /* where a chain ends */
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

/* Moves the tip on by a line that belongs behind it; else an error says what is wrong with it. */
int audit_follow(struct audit_tip *tip, const char *line, size_t length, struct error *err);
