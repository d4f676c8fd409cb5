/* SPDX-License-Identifier: Apache-2.0
 * Files are carried to the data partition, and the power fails before any of the calls that change something there. */
#include "../../lib/test/testing.h"

#include "decide/generation.h"
#include "effects/child.h"
#include "effects/identity.h"
#include "storage/carry.h"
#include "storage/role_store.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CUT = 9 };
static char folder[] = "/tmp/seedrack-carry.XXXXXX", from[64], to[64];
static int calls_left = -1; /* until the power fails; -1: it does not */

static void power(void) {
    if (calls_left >= 0 && calls_left-- == 0)
        _exit(CUT);
}

int __real_rename(const char *old, const char *new);
int __wrap_rename(const char *old, const char *new);
int __wrap_rename(const char *old, const char *new) {
    power();
    return __real_rename(old, new);
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path) {
    power();
    return __real_unlink(path);
}

static int shell(const char *command) {
    const char *const argv[] = {"sh", "-c", command, NULL};
    struct error err = {0};
    return child_run(argv, &(struct child_options){.timeout_s = 60}, NULL, &err);
}

static void put(const char *where, const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", where, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* "": there is no such file. */
static const char *get(const char *name) {
    static char text[2][128];
    static unsigned turn;
    char path[128], *ret = text[turn++ % 2];
    snprintf(path, sizeof(path), "%s/%s", to, name);
    memset(ret, 0, sizeof(text[0]));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        assert_true(read(fd, ret, sizeof(text[0]) - 1) >= 0);
        close(fd);
    }
    return ret;
}

static void put_identity(const char *where, const char *key) {
    char certificate[32];
    snprintf(certificate, sizeof(certificate), "of %s", key);
    put(where, IDENTITY_KEY, key);
    put(where, IDENTITY_CERTIFICATE, certificate);
}

/* An empty `to`, and what the initramfs wrote in `from`. */
static void begin(void) {
    char command[256];
    snprintf(command, sizeof(command), "rm -rf %s/* && mkdir %s %s", folder, from, to);
    assert_int_equal(shell(command), 0);
    put_identity(from, "new");
    put(from, "claim", "c");
    put(from, "role.json", "new");
}

static void nothing_there(void) {
}

static void another_key(void) {
    put_identity(to, "old");
    put(to, "role.json", "old");
}

static void the_same_key_alone(void) {
    put(to, IDENTITY_KEY, "new");
}

static void the_same_key(void) {
    put_identity(to, "new");
}

static int carry_until(int calls) {
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct error err = {0};
        calls_left = calls;
        _exit(carry_files(from, to, &err) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_certificate_is_of_the_key(void) {
    char expected[64];
    snprintf(expected, sizeof(expected), "of %s", get(IDENTITY_KEY));
    if (get(IDENTITY_CERTIFICATE)[0])
        assert_string_equal(get(IDENTITY_CERTIFICATE), expected);
}

static void a_certificate_is_there_only_with_its_key(void **state) {
    (void)state;
    void (*const befores[])(void) = {nothing_there, another_key, the_same_key_alone, the_same_key};
    for (size_t i = 0; i < sizeof(befores) / sizeof(befores[0]); i++) {
        int calls = 0, status = CUT;
        for (; status == CUT; calls++) {
            begin();
            befores[i]();
            status = carry_until(calls);
            assert_certificate_is_of_the_key();
            assert_int_equal(carry_until(-1), 0); /* the next boot */
            assert_string_equal(get(IDENTITY_KEY), "new");
            assert_string_equal(get(IDENTITY_CERTIFICATE), "of new");
            assert_string_equal(get("claim"), "c");
        }
        assert_int_equal(status, 0);
        assert_true(calls > 2); /* the power did fail */
    }
}

static void the_role_document_in_use_stays(void **state) {
    (void)state;
    begin();
    another_key();
    assert_int_equal(carry_until(-1), 0);
    assert_string_equal(get("role.json"), "old");
    assert_string_equal(get("role.json" ROLE_NEXT), "new");
    begin();
    assert_int_equal(carry_until(-1), 0);
    assert_string_equal(get("role.json"), "new");
    assert_string_equal(get("role.json" ROLE_NEXT), "");
}

#define PIN "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER_PIN "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void the_generation_never_goes_down(void **state) {
    (void)state;
    static const struct {
        const char *ram, *disk, *after;
    } cases[] = {
        {"2 " PIN "\n", "", "2 " PIN "\n"},
        {"2 " PIN "\n", "3 " PIN "\n", "3 " PIN "\n"},
        {"4 " PIN "\n", "3 " PIN "\n", "4 " PIN "\n"},
        {"2 " OTHER_PIN "\n", "3 " PIN "\n", "2 " OTHER_PIN "\n"}, /* another authority starts anew */
        {"damaged", "3 " PIN "\n", "3 " PIN "\n"},
        {"", "3 " PIN "\n", "3 " PIN "\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        if (cases[i].ram[0])
            put(from, GENERATION_FILE, cases[i].ram);
        if (cases[i].disk[0])
            put(to, GENERATION_FILE, cases[i].disk);
        assert_int_equal(carry_until(-1), 0);
        assert_string_equal(get(GENERATION_FILE), cases[i].after);
    }
}

static void a_generation_is_of_one_authority(void **state) {
    (void)state;
    static const char *const damaged[] = {"",
                                          "2",
                                          "2 ",
                                          "2 " PIN,
                                          "2 sha256:x\n",
                                          "0 " PIN "\n",
                                          "65 " PIN "\n",
                                          "-1 " PIN "\n",
                                          "2 " PIN "\nx",
                                          "0002 " PIN "\n"};
    char text[GENERATION_TEXT_SIZE];
    for (unsigned generation = 1; generation <= PKI_GENERATION_MAX; generation++) {
        generation_print(generation, PIN, text);
        assert_int_equal(generation_parse(text, PIN), generation);
        assert_int_equal(generation_parse(text, OTHER_PIN), 1);
    }
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++)
        assert_int_equal(generation_parse(damaged[i], PIN), 1);
    assert_int_equal(generation_of_header("7"), 7);
    assert_int_equal(generation_of_header(""), 0);
    assert_int_equal(generation_of_header("7 "), 0);
    assert_int_equal(generation_of_header("65"), 0);
}

static int make_folder(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(from, sizeof(from), "%s/from", folder);
    snprintf(to, sizeof(to), "%s/to", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    char command[64];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return shell(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_there_only_with_its_key),
        cmocka_unit_test(the_role_document_in_use_stays),
        cmocka_unit_test(the_generation_never_goes_down),
        cmocka_unit_test(a_generation_is_of_one_authority),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
