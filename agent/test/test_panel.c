/* SPDX-License-Identifier: Apache-2.0
 * The picture on VGA and the lines on serial: all that a person needs is on them, they fit whatever comes, and they are
 * quiet. */
#include "../../lib/test/testing.h"

#include "decide/lines.h"
#include "decide/panel.h"
#include <stdlib.h>
#include <string.h>

static struct panel_news news(const char *step, const char *state, const char *message) {
    struct panel_news ret;
    memset(&ret, 0, sizeof(ret));
    snprintf(ret.facts.hostname, sizeof(ret.facts.hostname), "k8s-n1");
    snprintf(ret.facts.release, sizeof(ret.facts.release), "v1.20.2");
    snprintf(ret.facts.seed, sizeof(ret.facts.seed), "http://172.22.132.1:8080");
    snprintf(ret.facts.fingerprint, sizeof(ret.facts.fingerprint), "0123-4567-89ab-cdef");
    ret.facts.cards[0] = (struct panel_card){"eth0", "52:54:00:84:00:21", "172.22.132.21/24", true};
    ret.facts.cards[1] = (struct panel_card){"eth1", "52:54:00:84:01:21", "", false};
    ret.facts.n_cards = 2;
    snprintf(ret.step, sizeof(ret.step), "%s", step);
    snprintf(ret.state, sizeof(ret.state), "%s", state);
    snprintf(ret.message, sizeof(ret.message), "%s", message);
    ret.number = 6;
    ret.steps = 13;
    return ret;
}

static struct panel_news failure(void) {
    struct panel_news ret = news("layers", "failed", "layer `seedrack`: its bytes have another sha256");
    snprintf(ret.remedy, sizeof(ret.remedy), "build the layers anew");
    ret.code = SR_LAYER_HASH;
    ret.problem = true;
    return ret;
}

/* The frame as text; every row within its bounds. */
static const char *text_of(const struct panel_frame *frame) {
    static char text[PANEL_ROWS * (PANEL_COLUMNS + 1) + 1];
    char *at = text;
    for (unsigned i = 0; i < PANEL_ROWS; i++) {
        size_t length = strlen(frame->row[i]);
        assert_true(length <= PANEL_COLUMNS);
        assert_true(length == 0 || frame->row[i][length - 1] != ' ');
        for (size_t k = 0; k < length; k++)
            assert_in_range(frame->row[i][k], 0x20, 0x7e);
        memcpy(at, frame->row[i], length);
        at[length] = '\n';
        at += length + 1;
    }
    *at = '\0';
    return text;
}

static const char *draw(const struct panel *panel, int64_t now_ms, struct panel_frame *ret) {
    panel_draw(panel, now_ms, ret);
    return text_of(ret);
}

static void all_that_a_person_needs_is_on_it(void **state) {
    (void)state;
    struct panel panel = {0};
    struct panel_frame frame;
    struct panel_news transfer = news("layers", "running", "100 of 400 MiB"), failed = failure();
    transfer.bytes = 100;
    transfer.total = 400;
    panel_take(&panel, &failed, 1000);
    panel_take(&panel, &transfer, 4000);
    assert_string_equal(draw(&panel, 16900, &frame),
                        "Seedrack     k8s-n1                                              release v1.20.2\n"
                        "--------------------------------------------------------------------------------\n"
                        "cards        eth0     52:54:00:84:00:21 172.22.132.21/24\n"
                        "             eth1     52:54:00:84:01:21 no cable\n"
                        "seed         http://172.22.132.1:8080\n"
                        "fingerprint  0123-4567-89ab-cdef\n"
                        "\n"
                        "step         6 of 13: layers, for 15 s\n"
                        "state        running, for 12 s\n"
                        "             100 of 400 MiB\n"
                        "             [##########..............................]  25 %\n"
                        "\n"
                        "last error   SR-LAYER-HASH at layers, for 15 s\n"
                        "             layer `seedrack`: its bytes have another sha256\n"
                        "remedy       build the layers anew\n"
                        "\n\n\n\n\n\n\n\n\n");
}

static void what_is_not_known_yet_is_said(void **state) {
    (void)state;
    struct panel panel = {0};
    struct panel_frame frame;
    struct panel_news nothing;
    memset(&nothing, 0, sizeof(nothing));
    panel_take(&panel, &nothing, 0);
    const char *text = draw(&panel, 0, &frame);
    assert_non_null(strstr(text, "does not know yet who it is\n"));
    assert_non_null(strstr(text, "cards        none that"));
    assert_non_null(strstr(text, "seed         nobody told"));
    assert_non_null(strstr(text, "fingerprint  no key yet\n"));
}

static void a_problem_keeps_its_time_while_it_is_retried(void **state) {
    (void)state;
    struct panel panel = {0};
    struct panel_news again = news("layers", "running", "again"), failed = failure(), other = failure();
    snprintf(other.message, sizeof(other.message), "something else");
    panel_take(&panel, &failed, 1000);
    panel_take(&panel, &again, 2000);
    panel_take(&panel, &failed, 3000);
    assert_int_equal(panel.problem_ms, 1000);
    assert_int_equal(panel.step_ms, 1000);
    assert_int_equal(panel.since_ms, 3000);
    panel_take(&panel, &other, 4000);
    assert_int_equal(panel.problem_ms, 4000);
}

static void a_problem_is_over_with_its_step_or_when_ready(void **state) {
    (void)state;
    struct panel panel = {0};
    struct panel_news failed = failure(), elsewhere = news("role", "done", ""), done = news("layers", "done", ""),
                      waiting = news("layers", "waiting", "for it"), ready = news("ready", "ready", "node is Ready");
    panel_take(&panel, &failed, 1);
    panel_take(&panel, &elsewhere, 2);
    assert_string_equal(panel.problem.state, "failed");
    panel_take(&panel, &done, 3);
    assert_string_equal(panel.problem.state, "");
    assert_false(panel_is_still(&panel));
    panel_take(&panel, &failed, 4);
    panel_take(&panel, &waiting, 5); /* an attempt more */
    assert_string_equal(panel.problem.state, "failed");
    waiting.code = SR_WAIT_CLUSTER;
    panel_take(&panel, &waiting, 6);
    assert_string_equal(panel.problem.state, "");
    panel_take(&panel, &failed, 7);
    panel_take(&panel, &ready, 8);
    assert_true(panel_is_still(&panel));
    ready.problem = true; /* a machine that is Ready and has a problem */
    panel_take(&panel, &ready, 9);
    assert_false(panel_is_still(&panel));
}

static void a_still_picture_does_not_change_by_itself(void **state) {
    (void)state;
    struct panel panel = {0};
    struct panel_frame first, later;
    struct panel_news ready = news("ready", "ready", "node is Ready");
    cleanup_buf struct buf text = BUF_INIT(8192);
    panel_take(&panel, &ready, 1000);
    assert_non_null(strstr(draw(&panel, 1000, &first), "state        ready\n             node is Ready\n"));
    draw(&panel, 999000, &later);
    panel_changes(&first, &later, &text);
    assert_int_equal(text.length, 0);
}

static void a_second_costs_the_lines_that_count(void **state) {
    (void)state;
    struct panel panel = {0};
    struct panel_frame first, later;
    struct panel_news waiting = news("link", "waiting", "for a DHCP lease");
    cleanup_buf struct buf all = BUF_INIT(8192), second = BUF_INIT(8192);
    panel_take(&panel, &waiting, 1000);
    draw(&panel, 1000, &first);
    draw(&panel, 2000, &later);
    panel_changes(NULL, &first, &all);
    panel_changes(&first, &later, &second);
    assert_non_null(strstr(buf_text(&all), "v1.20.2\033[2;1H---")); /* full lines */
    assert_memory_equal(buf_text(&all), "\033[?25l\033[0m\033[2J\033[1;1HSeedrack", 28);
    assert_string_equal(
        buf_text(&second),
        "\033[8;1Hstep         6 of 13: link, for 1 s\033[K\033[9;1Hstate        waiting, for 1 s\033[K\033[999;1H");
}

static void what_has_no_room_ends_with_dots_and_the_remedy_stays(void **state) {
    (void)state;
    struct panel panel = {0};
    struct panel_frame frame;
    struct panel_news failed = failure(), running = news("layers", "running", "");
    for (int i = 0; i < 80; i++)
        strncat(failed.message, " message", sizeof(failed.message) - strlen(failed.message) - 1);
    memset(failed.remedy, 'r', sizeof(failed.remedy) - 1); /* one word */
    memset(running.message, 'm', sizeof(running.message) - 1);
    running.facts.n_cards = failed.facts.n_cards = 100;
    running.bytes = 3;
    running.total = 2; /* more than all: shown as all */
    panel_take(&panel, &failed, 0);
    panel_take(&panel, &running, 0);
    const char *text = draw(&panel, 4000000, &frame);
    assert_non_null(strstr(text, "and 97 more\n"));
    assert_non_null(strstr(text, "] 100 %\n"));
    assert_non_null(strstr(text, "mmm ...\n"));
    assert_non_null(strstr(text, "message ...\nremedy       rrr"));
    assert_int_equal(strspn(frame.row[PANEL_ROWS - 1] + 13, "r"), 319 - 4 * 67);
    assert_non_null(strstr(text, "for 66 min"));
}

static void nothing_steers_the_terminal(void **state) {
    (void)state;
    struct panel panel = {0};
    struct lines lines = {0};
    struct panel_frame frame;
    struct panel_news bad = failure();
    cleanup_buf struct buf said = BUF_INIT(8192);
    snprintf(bad.facts.hostname, sizeof(bad.facts.hostname), "a\033[2Jb\xc3\xa4");
    snprintf(bad.message, sizeof(bad.message),
             "\r\n\x9b"
             "31m\x7f");
    panel_take(&panel, &bad, 0);
    assert_non_null(strstr(draw(&panel, 0, &frame), "Seedrack     a?[2Jb?  "));
    lines_take(&lines, &panel, 0, &said);
    for (size_t i = 0; i < said.length; i++)
        assert_true((said.data[i] >= 0x20 && said.data[i] < 0x7f) || said.data[i] == '\r' || said.data[i] == '\n');
    assert_non_null(strstr(buf_text(&said), "a?[2Jb?; eth0"));
}

/* Every byte of the texts is anything. */
static void whatever_comes_fits(void **state) {
    (void)state;
    srand(6);
    for (int run = 0; run < 3000; run++) {
        struct panel panel = {0};
        struct lines lines = {0};
        struct panel_frame frame;
        struct panel_news any = failure();
        char *const texts[] = {any.facts.hostname,    any.facts.release, any.facts.seed,
                               any.facts.fingerprint, any.step,          any.state,
                               any.message,           any.remedy,        any.facts.cards[1].addresses};
        const size_t sizes[] = {
            sizeof(any.facts.hostname),    sizeof(any.facts.release), sizeof(any.facts.seed),
            sizeof(any.facts.fingerprint), sizeof(any.step),          sizeof(any.state),
            sizeof(any.message),           sizeof(any.remedy),        sizeof(any.facts.cards[1].addresses)};
        cleanup_buf struct buf said = BUF_INIT(2 * LINES_SIZE);
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
            for (size_t k = 0, n = (size_t)rand() % sizes[i]; k < n; k++)
                texts[i][k] = (char)(rand() % 3 ? "a b "[rand() % 4] : 1 + rand() % 255);
        any.facts.n_cards = (unsigned)rand() % 12;
        any.total = (uint64_t)rand() % 3;
        any.bytes = (uint64_t)rand();
        panel_take(&panel, &any, rand());
        draw(&panel, rand(), &frame);
        lines_take(&lines, &panel, 0, &said);
        assert_false(buf_failed(&said));
    }
}

static const char *take(struct lines *lines, struct panel *panel, const struct panel_news *what, int64_t now_ms) {
    static char said[2 * LINES_SIZE];
    cleanup_buf struct buf text = BUF_INIT(sizeof(said));
    panel_take(panel, what, now_ms);
    lines_take(lines, panel, now_ms, &text);
    snprintf(said, sizeof(said), "%s", buf_text(&text));
    return said;
}

static void serial_says_facts_and_news_once(void **state) {
    (void)state;
    struct panel panel = {0};
    struct lines lines = {0};
    struct panel_news running = news("layers", "running", "missing"), failed = failure();
    assert_string_equal(take(&lines, &panel, &running, 1500), "seedrack     1.5 s  layers    running  missing\r\n");
    assert_string_equal(take(&lines, &panel, &failed, 2000),
                        "seedrack     2.0 s  machine   is       k8s-n1; eth0 52:54:00:84:00:21 172.22.132.21/24; eth1 "
                        "52:54:00:84:01:21 no cable; release v1.20.2; "
                        "seed http://172.22.132.1:8080; fingerprint 0123-4567-89ab-cdef\r\n"
                        "seedrack     2.0 s  layers    failed   layer `seedrack`: its bytes have another sha256; build "
                        "the layers anew [SR-LAYER-HASH]\r\n");
    assert_string_equal(take(&lines, &panel, &running, 3000), ""); /* tried again, in vain */
    assert_string_equal(take(&lines, &panel, &failed, 4000), "");
    snprintf(failed.message, sizeof(failed.message), "something else");
    assert_non_null(strstr(take(&lines, &panel, &failed, 5000), "something else"));
}

static void serial_says_since_when_ever_less_often(void **state) {
    (void)state;
    static const int64_t due[] = {11000, 31000, 71000, 131000, 191000};
    struct panel panel = {0};
    struct lines lines = {0};
    struct panel_news failed = failure(), done = news("layers", "done", "in 1 s");
    cleanup_buf struct buf text = BUF_INIT(8192);
    take(&lines, &panel, &failed, 1000);
    for (size_t i = 0; i < sizeof(due) / sizeof(due[0]); i++) {
        assert_int_equal(lines.still_ms, due[i]);
        lines_still(&lines, &panel, lines.still_ms, &text);
    }
    assert_non_null(strstr(buf_text(&text), "[SR-LAYER-HASH] (for 190 s)\r\n"));
    take(&lines, &panel, &done, 200000);
    assert_int_equal(lines.still_ms, 0);
}

/* 400 seconds of a transfer that reports each second, on a line of 960 bytes a second. */
static void serial_hears_of_a_transfer_every_five_seconds(void **state) {
    (void)state;
    struct panel panel = {0};
    struct lines lines = {0};
    size_t said = 0, bytes = 0;
    for (unsigned s = 1; s <= 400; s++) {
        struct panel_news running = news("layers", "running", "");
        snprintf(running.message, sizeof(running.message), "%u of 400 MiB", s);
        running.bytes = s;
        running.total = 400;
        size_t n = strlen(take(&lines, &panel, &running, s * 1000));
        said += n > 0;
        bytes += n;
    }
    assert_int_equal(said, 80);
    assert_true(bytes < 400 * 960 / 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_a_person_needs_is_on_it),
        cmocka_unit_test(what_is_not_known_yet_is_said),
        cmocka_unit_test(a_problem_keeps_its_time_while_it_is_retried),
        cmocka_unit_test(a_problem_is_over_with_its_step_or_when_ready),
        cmocka_unit_test(a_still_picture_does_not_change_by_itself),
        cmocka_unit_test(a_second_costs_the_lines_that_count),
        cmocka_unit_test(what_has_no_room_ends_with_dots_and_the_remedy_stays),
        cmocka_unit_test(nothing_steers_the_terminal),
        cmocka_unit_test(whatever_comes_fits),
        cmocka_unit_test(serial_says_facts_and_news_once),
        cmocka_unit_test(serial_says_since_when_ever_less_often),
        cmocka_unit_test(serial_hears_of_a_transfer_every_five_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
