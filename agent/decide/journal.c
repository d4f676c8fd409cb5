/* SPDX-License-Identifier: Apache-2.0
 * See journal.h. */
#include "journal.h"

#include "json.h"
#include "reader.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const actions[] = {"none", "init", "join", "wipe", "abort", NULL};
static const char *const phases[] = {"intent", "started", "done", NULL};
static const long number_max = 1L << 52; /* more than a seed gives out; exact in a JSON number */

bool journal_equal(const struct journal *a, const struct journal *b) {
    return record_id_equal(&a->seen, &b->seen) && a->action == b->action && a->phase == b->phase &&
           record_id_equal(&a->of, &b->of) && a->member == b->member;
}

static const char *check_hash(const char *text) {
    return !text[0] || ca_hash_valid(text) ? NULL : "nothing, or sha256: and 64 hex digits";
}

static void read_grant(const struct cursor *root, const char *key, struct record_id *ret) {
    static const char *const keys[] = {"epoch", "token", "ca_hash", NULL};
    struct cursor at = cursor_key(root, key);
    if (!cursor_object(&at, keys))
        return;
    ret->epoch = (uint64_t)cursor_number(&at, "epoch", 0, number_max, READER_REQUIRED);
    ret->token = (uint64_t)cursor_number(&at, "token", 0, number_max, READER_REQUIRED);
    const char *hash = cursor_string(&at, "ca_hash", check_hash, reader_required);
    snprintf(ret->ca_hash, CA_HASH_SIZE, "%s", hash ? hash : "");
}

static void read_journal(const struct cursor *root, struct journal *ret) {
    static const char *const keys[] = {"seen", "action", "phase", "of", "member", NULL};
    if (!cursor_object(root, keys))
        return;
    read_grant(root, "seen", &ret->seen);
    read_grant(root, "of", &ret->of);
    ret->action = (enum journal_action)cursor_choice(root, "action", actions, READER_REQUIRED);
    ret->phase = (enum journal_phase)cursor_choice(root, "phase", phases, READER_REQUIRED);
    ret->member = cursor_boolean(root, "member", false);
}

/* Refuses combinations that this program never writes. */
static void journal_check(struct reader *reader, const struct journal *journal) {
    bool attempt = journal->action == JOURNAL_INIT || journal->action == JOURNAL_JOIN,
         done = attempt && journal->phase == JOURNAL_DONE;
    if (record_id_higher(&journal->of, &journal->seen))
        reader_fail(reader, "/of", "above what was seen");
    if (done && !journal->of.ca_hash[0])
        reader_fail(reader, "/of/ca_hash", "empty, and the action is done");
    if (journal->member && !done)
        reader_fail(reader, "/member", "true, and no action is done");
}

int journal_parse(const char *text, size_t length, struct journal *ret, struct error *err) {
    struct journal journal = {0};
    struct problem problem;
    struct reader reader = {.list = &problem, .capacity = 1};
    cleanup_json cJSON *tree = NULL;
    if (json_parse(text, length, &tree, err) < 0)
        return -1;
    struct cursor root = cursor_root(&reader, tree);
    read_journal(&root, &journal);
    journal_check(&reader, &journal);
    if (reader.n)
        return error_set(err, EPROTO, "%s: %s", problem.pointer, problem.cause);
    *ret = journal;
    return 0;
}

static void print_grant(const struct record_id *grant, char *ret, size_t size) {
    snprintf(ret, size, "{\"epoch\":%llu,\"token\":%llu,\"ca_hash\":\"%s\"}", (unsigned long long)grant->epoch,
             (unsigned long long)grant->token, grant->ca_hash);
}

void journal_print(const struct journal *journal, char ret[JOURNAL_TEXT_SIZE]) {
    char seen[160], of[160];
    print_grant(&journal->seen, seen, sizeof(seen));
    print_grant(&journal->of, of, sizeof(of));
    snprintf(ret, JOURNAL_TEXT_SIZE, "{\"seen\":%s,\"action\":\"%s\",\"phase\":\"%s\",\"of\":%s,\"member\":%s}\n", seen,
             actions[journal->action], phases[journal->phase], of, journal->member ? "true" : "false");
}
