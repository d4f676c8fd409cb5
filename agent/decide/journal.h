/* SPDX-License-Identifier: Apache-2.0
 * What this machine must not forget: the highest bootstrap record that it saw, and how far its last irreversible action
 * came. It is one small file, replaced as a whole, and durable before the action goes on. */
#pragma once
#include "bootstrap_record.h"
#include "error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum journal_action {
    JOURNAL_NONE,
    JOURNAL_INIT,
    JOURNAL_JOIN,
    JOURNAL_WIPE,
    /* the record is given back: its (epoch, token) is never used again, even if the seed still shows it */
    JOURNAL_ABORT
};
enum journal_phase { JOURNAL_INTENT, JOURNAL_STARTED, JOURNAL_DONE };

enum { JOURNAL_TEXT_SIZE = 512 };

struct journal {
    /* the highest, with the hash committed in its epoch. By it a seed that was restored from an old backup is
     * recognised */
    struct record_id seen;
    enum journal_action action;
    enum journal_phase phase;
    struct record_id
        of; /* the record under which the action is done. INIT has the hash once DONE, JOIN from the start */
    /* INIT is DONE and committed, or JOIN is DONE, and nothing else is to do. Then `of` is the cached committed
     * record */
    bool member;
};

/* Strict: an unknown, missing or impossible value is an error that names it. Pure. */
int journal_parse(const char *text, size_t length, struct journal *ret, struct error *err);
void journal_print(const struct journal *journal, char ret[JOURNAL_TEXT_SIZE]);
bool journal_equal(const struct journal *a, const struct journal *b);
