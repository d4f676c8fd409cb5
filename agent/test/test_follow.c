/* SPDX-License-Identifier: Apache-2.0
 * A running machine and the role documents of its seed: a document that it cannot read is a problem until the seed has
 * another one, and is never taken for the one in use. */
#include "worlds.h"

#include "steps/follow.h"
#include <string.h>

static struct error err;
static struct follow follow = FOLLOW_INIT;
static const char *served, *served_etag; /* what the seed has */
static int errnum;

/* As the seed does: 304 when the ETag is that of its document. */
static int fake_fetch(struct seed_client *client, char etag[static ROLE_ETAG_SIZE], unsigned wait_s, bool *ret_changed,
                      struct buf *ret_text, struct error *e) {
    (void)client;
    assert_int_equal(wait_s, 7);
    called("fetch %s", etag);
    if (errnum)
        return error_set(e, errnum, "seed: no");
    *ret_changed = strcmp(etag, served_etag) != 0;
    if (*ret_changed) {
        buf_adds(ret_text, served);
        snprintf(etag, ROLE_ETAG_SIZE, "%s", served_etag);
    }
    return 0;
}

static int apply_result;
static int fake_follow_site(struct agent *a, struct error *e) {
    (void)a;
    called("apply");
    return apply_result < 0 ? error_set(e, EIO, "routes: no") : 0;
}

static void fake_changed(struct agent *a, void *context) {
    assert_ptr_equal(context, &served);
    assert_string_equal(a->role->hostname, "k8s-n1");
    called("changed");
}

static struct buf good = BUF_INIT(ROLE_DOCUMENT_MAX);

static int start(void **state) {
    (void)state;
    cleanup_site struct site *site = site_from("configs/seven-nodes/site.json");
    machine_is("k8s-n1");
    buf_clear(&good);
    site_role_text(site, "k8s-n1", &good);
    world.role_document_fetch = fake_fetch;
    agent.follow_site = fake_follow_site;
    snprintf(agent.etag, sizeof(agent.etag), "e0");
    follow.changed = fake_changed;
    follow.context = &served;
    follow.rejected_etag[0] = follow.other_etag[0] = '\0';
    buf_clear(&follow.pending);
    err = (struct error){0};
    errnum = apply_result = 0;
    return 0;
}

static int end(void **state) {
    buf_free(&good);
    buf_free(&follow.pending);
    return forget_machine(state);
}

static int next(void) {
    return follow_role(&agent, &follow, 7, &err);
}

static void serve(const char *etag, const char *text) {
    served = text;
    served_etag = etag;
}

static void a_document_that_cannot_be_read_stays_a_problem(void **state) {
    (void)state;
    const struct role *before = agent.role;
    serve("e1", "{\"hostname\": \"evil\"}");
    for (int i = 0; i < 3; i++) {
        err = (struct error){0};
        assert_int_equal(next(), -1);
        assert_int_equal(err.code, SR_ROLE_INVALID);
        assert_non_null(strstr(err.message, "role document: "));
        assert_string_equal(agent.etag, "e0"); /* of the document in use, on the disk, too */
        assert_ptr_equal(agent.role, before);
        assert_calls(i ? "fetch e1" : "fetch e0"); /* it is not sent again and again */
        assert_int_equal(follow.pending.length, 0);
    }
    errnum = EHOSTUNREACH; /* the seed is away in between */
    assert_int_equal(next(), -1);
    assert_int_equal(err.errnum, EHOSTUNREACH);
    errnum = 0;
    assert_int_equal(next(), -1);
    assert_int_equal(err.code, SR_ROLE_INVALID);
    calls[0] = '\0';
    serve("e0", buf_text(&good)); /* the operator takes the change back */
    assert_int_equal(next(), 0);
    assert_calls("fetch e1; changed; apply");
    assert_string_equal(agent.etag, "e0");
    assert_int_equal(next(), 0);
    assert_calls("fetch e0");
}

static void another_document_is_applied(void **state) {
    (void)state;
    serve("e1", buf_text(&good));
    assert_int_equal(next(), 0);
    assert_calls("fetch e0; changed; apply");
    assert_string_equal(agent.etag, "e1");
    assert_string_equal(buf_text(&follow.pending), buf_text(&good));
    assert_int_equal(next(), 0);
    assert_calls("fetch e1");
}

static void what_could_not_be_applied_is_fetched_again(void **state) {
    (void)state;
    serve("e1", buf_text(&good));
    apply_result = -1;
    assert_int_equal(next(), -1);
    assert_string_equal(err.message, "routes: no");
    apply_result = 0;
    assert_int_equal(next(), 0);
    assert_calls("fetch e0; changed; apply; fetch ; changed; apply");
}

/* In an upgrade the seed has a document of the release to come: the machine goes on as it is, and keeps neither. */
static void one_of_another_release_waits_for_the_next_boot(void **state) {
    (void)state;
    buf_adds(&follow.pending, "applied before, and not kept yet");
    serve("e1", buf_text(&good));
    const char *release = agent.role->release;
    agent.role->release = "v1.21.0";
    for (int i = 0; i < 2; i++) {
        assert_int_equal(next(), 0);
        assert_calls(i ? "fetch e1" : "fetch e0"); /* it is not sent again and again */
        assert_string_equal(agent.etag, "e0");     /* of the document in use */
        assert_int_equal(follow.pending.length, 0);
    }
    agent.role->release = release;
    serve("e2", buf_text(&good)); /* it was taken back, and something changed */
    assert_int_equal(next(), 0);
    assert_calls("fetch e1; changed; apply");
    assert_string_equal(agent.etag, "e2");
    assert_int_equal(next(), 0);
    assert_calls("fetch e2");
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, start, end)
int main(void) {
    const struct CMUnitTest tests[] = {
        ROW(a_document_that_cannot_be_read_stays_a_problem), ROW(another_document_is_applied),
        ROW(what_could_not_be_applied_is_fetched_again), ROW(one_of_another_release_waits_for_the_next_boot)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
