/* SPDX-License-Identifier: Apache-2.0
 * The steps' bodies: what differs is told and nothing else is touched, in an order that a power cut may break off. */
#include "worlds.h"

#include "clock.h"
#include "decide/dates.h"
#include "steps/rows.h"
#include "version.h"
#include <stdlib.h>

static struct error err;
static struct buf why = BUF_INIT(1024);

static int start(void **state) {
    (void)state;
    err = (struct error){0};
    buf_clear(&why);
    return 0;
}
static int end(void **state) {
    buf_free(&why);
    return forget_machine(state);
}

/* --- claim and role --- */

static int claim_errnum, role_errnum;
static bool kept;

static int fake_claim_make(struct seed_client *client, struct error *e) {
    (void)client;
    called("claim");
    return claim_errnum ? error_set(e, claim_errnum, "seed: no") : 0;
}
static int fake_identity_hash(const char *folder, char ret[PKI_KEY_SIZE], struct error *e) {
    (void)folder;
    (void)e;
    memset(ret, '0', PKI_KEY_SIZE - 1);
    ret[PKI_KEY_SIZE - 1] = '\0';
    return 0;
}
static int fake_copy_identity(bool expected, struct error *e) {
    (void)expected;
    (void)e;
    called("copy identity");
    return 0;
}
static const char *role_served;
static int fake_role_fetch(struct seed_client *client, char etag[static ROLE_ETAG_SIZE], unsigned wait_s,
                           bool *ret_changed, struct buf *ret_text, struct error *e) {
    (void)client;
    (void)wait_s;
    called("fetch %s", etag);
    *ret_changed = role_served != NULL;
    if (role_served) {
        buf_adds(ret_text, role_served);
        snprintf(etag, ROLE_ETAG_SIZE, "\"new\"");
    }
    return role_errnum ? error_set(e, role_errnum, "seed: no") : 0;
}
static int fake_role_load(struct buf *ret_text, char *ret_etag, size_t size, struct error *e) {
    (void)ret_text;
    if (!kept)
        return error_set(e, ENOENT, "no role");
    snprintf(ret_etag, size, "\"e1\"");
    buf_adds(ret_text, "{}");
    return 0;
}

/* Its disk came late: the next attempt has the key that the seed knows. */
static void a_conflict_in_the_initramfs_looks_for_the_key(void **state) {
    (void)state;
    machine_is("k8s-n1");
    world.claim_make = fake_claim_make;
    world.identity_hash = fake_identity_hash;
    world.data_copy_identity = fake_copy_identity;
    agent.initramfs = true;
    snprintf(agent.seed.pin, sizeof(agent.seed.pin), "sha256:00");
    claim_errnum = EEXIST;
    assert_int_equal(claim_run(&agent, &err), -1);
    assert_calls("claim; copy identity");
    assert_string_equal(err.message, "claim: seed: no");
}

static void offline_the_claim_can_wait(void **state) {
    (void)state;
    machine_is("k8s-n1");
    world.claim_make = fake_claim_make;
    agent.cmdline.offline = true;
    claim_errnum = EHOSTUNREACH;
    assert_int_equal(claim_run(&agent, &err), 0);
    claim_errnum = EEXIST; /* an answer is one */
    assert_int_equal(claim_run(&agent, &err), -1);
}

static void without_the_seed_the_role_in_hand_holds(void **state) {
    (void)state;
    machine_is("k8s-n1");
    world.role_document_fetch = fake_role_fetch;
    world.role_store_load = fake_role_load;
    snprintf(agent.etag, sizeof(agent.etag), "\"e0\"");
    role_errnum = EHOSTUNREACH;
    assert_int_equal(role_run(&agent, &err), 0);
    assert_true(agent.seed.away);
    assert_calls("fetch \"e0\"");
    agent.seed.away = false;
    snprintf(agent.seed.claim, sizeof(agent.seed.claim), "c");
    role_errnum = EIO; /* it answers, and something is wrong: said, not passed over */
    assert_int_equal(role_run(&agent, &err), -1);
    assert_false(agent.seed.away);
    /* the claim is refused, and so emptied: step 3 is taken once more, and its word counts */
    agent.seed.claim[0] = '\0';
    world.claim_make = fake_claim_make;
    role_errnum = EACCES;
    claim_errnum = EAGAIN;
    calls[0] = '\0';
    assert_int_equal(role_run(&agent, &err), -1);
    assert_int_equal(err.errnum, EAGAIN);
    assert_calls("fetch \"e0\"; claim");
    role_free(agent.role);
    agent.role = NULL;
    kept = true;
    role_errnum = EHOSTUNREACH;
    assert_int_equal(role_run(&agent, &err), -1); /* what is kept is no role document, and nobody else has one */
    assert_string_equal(agent.etag, "");
}

/* What is in use keeps its ETag: with the new one, the next attempt would be told that nothing changed. */
static void a_rejected_role_is_no_role(void **state) {
    (void)state;
    machine_is("k8s-n1");
    world.role_document_fetch = fake_role_fetch;
    snprintf(agent.etag, sizeof(agent.etag), "\"e0\"");
    role_errnum = 0;
    role_served = "{}";
    for (int i = 0; i < 2; i++) {
        assert_int_equal(role_run(&agent, &err), -1);
        assert_int_equal(err.code, SR_ROLE_INVALID);
        assert_calls("fetch \"e0\"");
    }
    role_served = NULL;
}

/* --- clock --- */

static int64_t own_now; /* what the machine's clock says, 0: 1970 */
static bool fake_is_believable(void) {
    return own_now > 0;
}
static int fake_clock_set(int64_t now_ms, struct error *e) {
    (void)e;
    called("set %lld", (long long)(now_ms / 1000 - version_released()));
    return 0;
}
static void fake_write_rtc(time_t now) {
    (void)now;
    called("rtc");
}
static int claimed(struct seed_client *client, struct error *e) {
    (void)client;
    (void)e;
    called("claim");
    return 0;
}
static int said_kept(struct seed_client *client, struct error *e) {
    (void)client;
    (void)e;
    called("kept");
    return 0;
}

/* A seed whose own clock says 1970, or 2100, takes no machine with it. */
static void a_date_that_cannot_be_is_refused(void **state) {
    (void)state;
    static const int64_t year = 365 * 24 * 60 * 60;
    const int64_t wrong[] = {1, 1000, version_released() - year, version_released() + 11 * year, INT64_C(1) << 40};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        machine_is("k8s-n1");
        world.wall_clock_is_believable = fake_is_believable;
        world.wall_clock_set = fake_clock_set;
        agent.initramfs = true;
        agent.seed.date = wrong[i];
        agent.seed.date_ms = clock_boottime_ms();
        snprintf(agent.seed.url, sizeof(agent.seed.url), "http://10.0.0.1:8080");
        own_now = 0; /* its own cannot be right either: it waits */
        err = (struct error){0};
        assert_int_equal(clock_done(&agent, &why, &err), 0);
        assert_int_equal(clock_run(&agent, &err), -1);
        assert_int_equal(err.code, SR_CLOCK);
        assert_non_null(strstr(err.message, "the clock of the seed at http://10.0.0.1:8080 says "));
        own_now = 1; /* its own can be right: it is kept */
        assert_int_equal(clock_done(&agent, &why, &err), 1);
        assert_calls("");
    }
}

/* A joiner may be off by a second at most; an older seed's Date says no more than the second. */
static void the_clock_is_set_where_it_is_off_by_half_a_second(void **state) {
    (void)state;
    machine_is("k8s-n1");
    world.wall_clock_is_believable = fake_is_believable;
    own_now = 1;
    for (int off_ms = -900; off_ms <= 900; off_ms += 600)
        for (int exact = 0; exact < 2; exact++) {
            int64_t seed_ms = clock_wall_ms() + off_ms;
            agent.seed.date = seed_ms / 1000;
            agent.seed.date_ms = clock_boottime_ms() - seed_ms % 1000;
            agent.seed.date_exact = exact;
            buf_clear(&why);
            assert_int_equal(clock_done(&agent, &why, &err), !exact || abs(off_ms) < 500);
        }
    assert_non_null(strstr(buf_text(&why), "the clock is 0.9 s off the seed's"));
}

static void the_rtc_gets_the_time_of_a_seed_that_proved_itself(void **state) {
    (void)state;
    for (int pinned = 0; pinned < 2; pinned++) {
        machine_is("k8s-n1");
        world.wall_clock_set = fake_clock_set;
        world.wall_clock_write_rtc = fake_write_rtc;
        world.claim_make = claimed;
        world.claim_keep = said_kept;
        world.identity_hash = fake_identity_hash;
        agent.seed.date = version_released() + 60;
        agent.seed.date_ms = clock_boottime_ms();
        if (pinned)
            snprintf(agent.seed.pin, sizeof(agent.seed.pin), "sha256:00");
        assert_int_equal(clock_run(&agent, &err), 0);
        assert_calls("set 60");
        assert_int_equal(claim_run(&agent, &err), 0);
        assert_calls(pinned ? "claim; kept; rtc" : "claim; kept");
        assert_int_equal(claim_run(&agent, &err), 0); /* once */
        assert_calls(pinned ? "claim; kept" : "claim; kept");
    }
}

static void dates_are_written_as_people_do(void **state) {
    (void)state;
    static const struct {
        int64_t date;
        const char *text;
    } rows[] = {{0, "1970-01-01"},           {-1, "1969-12-31"},         {951782400, "2000-02-29"},
                {4102444800, "2100-01-01"},  {1709164800, "2024-02-29"}, {1735689599, "2024-12-31"},
                {253402300799, "9999-12-31"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[DATE_SIZE];
        date_text(rows[i].date, text);
        assert_string_equal(text, rows[i].text);
    }
}

/* --- layers and pivot --- */

static int fake_kernels_check(struct role *role, struct error *e) {
    (void)role;
    return step_of("kernel", e);
}
static int fake_check_room(const struct role *role, bool initramfs, struct error *e) {
    (void)role;
    assert_true(initramfs);
    return step_of("room", e);
}
static int fake_fetch_all(struct agent *a, struct error *e) {
    (void)a;
    return step_of("fetch", e);
}
static int fake_mount(const struct role *role, struct error *e) {
    (void)role;
    return step_of("mount", e);
}
static void fake_keep(const struct role *role) {
    (void)role;
    called("keep modules");
}
static int fake_take_next(struct error *e) {
    return step_of("take the document", e);
}

/* The document that this machine can start alone with is replaced last. */
static void a_document_is_kept_when_its_layers_are_there(void **state) {
    (void)state;
    machine_is("k8s-n1");
    agent.initramfs = true;
    world = (struct world){.kernels_check = fake_kernels_check,
                           .layers_check_room = fake_check_room,
                           .fetch_all_layers = fake_fetch_all,
                           .layers_mount = fake_mount,
                           .kernels_keep = fake_keep,
                           .role_store_take_next = fake_take_next};
    failing_call = NULL;
    assert_int_equal(layers_run(&agent, &err), 0);
    assert_calls("kernel; room; fetch; mount; keep modules; take the document");
    failing_call = "room";
    assert_int_equal(layers_run(&agent, &err), -1);
    assert_calls("kernel; room");
    failing_call = "mount";
    assert_int_equal(layers_run(&agent, &err), -1);
    assert_calls("kernel; room; fetch; mount");
}

static int fake_rogue(struct lease_choice *choice, struct error *e) {
    (void)choice;
    return error_set(e, ENOTUNIQ, "two DHCP servers");
}

static void with_a_rogue_dhcp_server_no_root_is_made(void **state) {
    (void)state;
    machine_is("k8s-n1");
    agent.initramfs = true;
    world.rogue_dhcp_of_late = fake_rogue;
    assert_int_equal(pivot_run(&agent, &err), -1);
    assert_int_equal(err.errnum, ENOTUNIQ);
    assert_false(agent.leave);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_conflict_in_the_initramfs_looks_for_the_key, start, end),
        cmocka_unit_test_setup_teardown(offline_the_claim_can_wait, start, end),
        cmocka_unit_test_setup_teardown(without_the_seed_the_role_in_hand_holds, start, end),
        cmocka_unit_test_setup_teardown(a_rejected_role_is_no_role, start, end),
        cmocka_unit_test_setup_teardown(a_date_that_cannot_be_is_refused, start, end),
        cmocka_unit_test_setup_teardown(the_clock_is_set_where_it_is_off_by_half_a_second, start, end),
        cmocka_unit_test_setup_teardown(the_rtc_gets_the_time_of_a_seed_that_proved_itself, start, end),
        cmocka_unit_test(dates_are_written_as_people_do),
        cmocka_unit_test_setup_teardown(a_document_is_kept_when_its_layers_are_there, start, end),
        cmocka_unit_test_setup_teardown(with_a_rogue_dhcp_server_no_root_is_made, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
