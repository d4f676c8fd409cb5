/* SPDX-License-Identifier: Apache-2.0
 * The journal: what is written is read back, and nothing else is. */
#include "../../lib/test/testing.h"

#include "decide/journal.h"
#include "effects/journal_file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HASH "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SEEN "{\"epoch\":3,\"token\":7,\"ca_hash\":\"" HASH "\"}"

static char folder[] = "/tmp/seedrack-test-journal.XXXXXX", path[64];

static int make_folder(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/journal.json", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void what_is_saved_is_loaded(void **state) {
    (void)state;
    struct journal all[JOURNAL_ABORT + 1][JOURNAL_DONE + 1] = {0}, back;
    struct error err = {0};
    for (int action = 0; action <= JOURNAL_ABORT; action++)
        for (int phase = 0; phase <= JOURNAL_DONE; phase++) {
            bool ended = phase == JOURNAL_DONE && (action == JOURNAL_INIT || action == JOURNAL_JOIN);
            struct journal *j = &all[action][phase];
            *j = (struct journal){.seen = {3, 7, HASH},
                                  .action = (enum journal_action)action,
                                  .phase = (enum journal_phase)phase,
                                  .of = {3, 6, HASH},
                                  .member = ended};
            assert_int_equal(journal_save(path, j, &err), 0);
            assert_int_equal(journal_load(path, &back, &err), 0);
            assert_true(journal_equal(j, &back));
        }
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_missing_file_is_a_blank_journal(void **state) {
    (void)state;
    const struct journal blank = {0};
    struct journal journal = {.member = true};
    struct error err = {0};
    unlink(path);
    assert_int_equal(journal_load(path, &journal, &err), 0);
    assert_true(journal_equal(&journal, &blank));
    assert_int_equal(journal_load(folder, &journal, &err), -1); /* not a file: not the same as none */
    assert_int_equal(err.errnum, EISDIR);
    assert_int_equal(journal_save("/proc/nowhere/journal.json", &journal, &err), -1);
}

static void every_field_counts_in_a_comparison(void **state) {
    (void)state;
    const struct journal one = {
        .seen = {3, 7, HASH}, .action = JOURNAL_INIT, .phase = JOURNAL_DONE, .of = {3, 6, HASH}, .member = true};
    struct journal other[9];
    for (size_t i = 0; i < 9; i++)
        other[i] = one;
    other[0].seen.epoch++, other[1].seen.token++, other[2].seen.ca_hash[9] = 'b', other[3].action = JOURNAL_JOIN,
                                                  other[4].phase = JOURNAL_STARTED;
    other[5].of.epoch--, other[6].of.token--, other[7].of.ca_hash[9] = 'b', other[8].member = false;
    for (size_t i = 0; i < 9; i++)
        assert_false(journal_equal(&one, &other[i]));
    assert_true(record_id_higher(&other[0].seen, &one.seen) && record_id_higher(&other[1].seen, &one.seen));
    assert_false(record_id_higher(&one.seen, &other[0].seen) || record_id_higher(&one.seen, &one.seen));
}

static void damage_is_named(void **state) {
    (void)state;
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"", "line 1"},
        {"{\"seen\":" SEEN, "line 1"},
        {"[]", "not an object"},
        {"{}", "/seen: missing"},
        {"{\"seen\":1}", "/seen: a number, not an object"},
        {"{\"sean\":1}", "/sean: unknown key"},
        {"{\"seen\":{\"epoch\":-1,\"token\":7,\"ca_hash\":\"\"}}", "/seen/epoch"},
        {"{\"seen\":{\"epoch\":1,\"token\":1.5,\"ca_hash\":\"\"}}", "/seen/token"},
        {"{\"seen\":{\"epoch\":1,\"token\":1}}", "/seen/ca_hash: missing"},
        {"{\"seen\":{\"epoch\":1,\"token\":1,\"ca_hash\":\"md5:abc\"}}", "/seen/ca_hash: `md5:abc` is not valid"},
        {"{\"seen\":{\"epoch\":1,\"token\":1,\"ca_hash\":\"sha256:abc\"}}", "/seen/ca_hash"},
        {"{\"seen\":{\"epoch\":1,\"token\":1,\"ca_hash\":\"sha256:"
         "Zaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}",
         "/seen/ca_hash"},
        {"{\"seen\":" SEEN ",\"of\":" SEEN ",\"action\":\"delete\",\"phase\":\"intent\",\"member\":false}",
         "/action: `delete` is not known"},
        {"{\"seen\":" SEEN ",\"of\":" SEEN ",\"action\":\"init\",\"phase\":\"begun\",\"member\":false}",
         "/phase: `begun` is not known"},
        {"{\"seen\":" SEEN ",\"of\":" SEEN ",\"action\":\"init\",\"phase\":\"done\",\"member\":1}", "/member"},
        {"{\"seen\":" SEEN ",\"of\":{\"epoch\":3,\"token\":8,\"ca_hash\":\"\"},\"action\":\"init\",\"phase\":"
         "\"intent\",\"member\":false}",
         "/of: above what was seen"},
        {"{\"seen\":" SEEN
         ",\"of\":{\"epoch\":3,\"token\":7,\"ca_hash\":\"\"},\"action\":\"join\",\"phase\":\"done\",\"member\":false}",
         "/of/ca_hash: empty"},
        {"{\"seen\":" SEEN ",\"of\":" SEEN ",\"action\":\"init\",\"phase\":\"started\",\"member\":true}",
         "/member: true, and no action is done"},
        {"{\"seen\":" SEEN ",\"of\":" SEEN ",\"action\":\"wipe\",\"phase\":\"done\",\"member\":true}",
         "/member: true, and no action is done"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct journal journal;
        struct error err = {0};
        assert_int_equal(file_write(path, rows[i].text, strlen(rows[i].text), 0600, &err), 0);
        assert_int_equal(journal_load(path, &journal, &err), -1);
        if (!strstr(err.message, rows[i].said) || !strstr(err.message, path) || !err.remedy[0])
            fail_msg("%s\n%s; %s", rows[i].text, err.message, err.remedy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_saved_is_loaded),
        cmocka_unit_test(a_missing_file_is_a_blank_journal),
        cmocka_unit_test(every_field_counts_in_a_comparison),
        cmocka_unit_test(damage_is_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
