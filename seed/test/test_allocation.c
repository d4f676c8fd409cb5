/* SPDX-License-Identifier: Apache-2.0
 * Every allocation of reading a site, composing a role and reading it fails once, alone, and once with all that follow:
 * an error comes back, the outputs stay as they were, nothing leaks (LeakSanitizer). The linker wraps our own
 * allocations, cJSON's go by its hooks. */
#include "sites.h"

#include <errno.h>
#include <stdlib.h>

#define DOCUMENT "configs/corpus/site/good/everything.json"
enum { MESSAGE = sizeof(((struct error *)0)->message) };

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static struct {
    size_t at, count; /* the `at`-th fails; 0: none */
    bool onward;      /* and all that follow */
} failing;

static bool fails(void) {
    if (!failing.at)
        return false;
    failing.count++;
    return failing.onward ? failing.count >= failing.at : failing.count == failing.at;
}

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}
void *__wrap_calloc(size_t n, size_t size) {
    return fails() ? NULL : __real_calloc(n, size);
}
void *__wrap_realloc(void *old, size_t size) {
    return fails() ? NULL : __real_realloc(old, size);
}

/* What the parsers read, made while everything succeeds. */
static struct {
    struct buf site, role;
    struct site *parsed;
    struct release *release;
} good = {.site = BUF_INIT(1 << 20), .role = BUF_INIT(1 << 20)};

static int parse_site(char message[MESSAGE]) {
    static struct site_errors errors;
    struct site *site = NULL;
    int result = site_parse(good.site.data, good.site.length, &site, &errors);
    if (result < 0)
        snprintf(message, MESSAGE, "%s", errors.list[0].cause);
    else
        assert_true(site->n_nodes == 2 && site->n_addons == 2);
    if (result < 0)
        assert_null(site);
    site_free(site);
    return result;
}

static int parse_role(char message[MESSAGE]) {
    struct role *role = NULL;
    struct error err = {0};
    int result = role_parse(good.role.data, good.role.length, &role, &err);
    snprintf(message, MESSAGE, "%s", err.message);
    if (result == 0)
        assert_true(role->n_labels == 2 && role->n_taints == 1 && role->n_nameservers == 2 && role->n_peers == 2 &&
                    role->n_layers == 2 && role->n_addons == 2 && role->addons[0].n_replace == 1 && role->n_images > 0);
    else
        assert_null(role);
    role_free(role);
    return result;
}

static int compose(char message[MESSAGE]) {
    cleanup_buf struct buf json = BUF_INIT(1 << 20);
    struct error err = {0};
    int result = compose_role(good.parsed, good.release, &good.parsed->nodes[0], NULL, &json, &err);
    snprintf(message, MESSAGE, "%s", err.message);
    if (result == 0)
        assert_string_equal(buf_text(&json), buf_text(&good.role));
    return result;
}

/* One attempt a point until an attempt needs fewer allocations than the point's number. */
static size_t exhaust(int (*attempt)(char message[MESSAGE]), bool onward) {
    for (size_t at = 1;; at++) {
        char message[MESSAGE] = "";
        failing.count = 0;
        failing.onward = onward;
        failing.at = at;
        int result = attempt(message);
        failing.at = 0;
        if (failing.count < at) {
            assert_int_equal(result, 0);
            return at - 1;
        }
        if (result == 0)
            fail_msg("allocation %zu failed, and no error came back", at);
        assert_true(message[0] != '\0');
    }
}

static void check(const char *what, int (*attempt)(char message[MESSAGE]), size_t least) {
    size_t points = exhaust(attempt, false);
    assert_int_equal(exhaust(attempt, true), points);
    print_message("%s: %zu allocations, each failed alone and with all that follow\n", what, points);
    assert_true(points >= least);
}

static void site_documents(void **state) {
    (void)state;
    check("site_parse", parse_site, 100);
}

static void role_documents(void **state) {
    (void)state;
    check("role_parse", parse_role, 100);
}

static void composition(void **state) {
    (void)state;
    check("compose_role", compose, 100);
}

static int prepare(void **state) {
    (void)state;
    struct error err = {0};
    source_read(DOCUMENT, &good.site);
    good.parsed = site_from(DOCUMENT);
    good.release = release_from("v1.20.2");
    if (compose_role(good.parsed, good.release, &good.parsed->nodes[0], NULL, &good.role, &err) < 0)
        fail_msg("%s", err.message);
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = __wrap_malloc, .free_fn = free});
    return 0;
}

static int done(void **state) {
    (void)state;
    site_free(good.parsed);
    release_free(good.release);
    buf_free(&good.site);
    buf_free(&good.role);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(site_documents),
        cmocka_unit_test(role_documents),
        cmocka_unit_test(composition),
    };
    return cmocka_run_group_tests(tests, prepare, done);
}
