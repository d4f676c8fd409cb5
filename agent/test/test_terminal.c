/* SPDX-License-Identifier: Apache-2.0
 * What is written to a console, seen from the other end of a pseudo terminal: a line that hangs holds nothing up, and
 * hears the newest. */
#include "../../lib/test/testing.h"

#include "clock.h"
#include "effects/terminal.h"
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

struct pair {
    int master;
    struct terminal terminal;
};

static struct pair open_pair(void) {
    struct pair pair = {0};
    struct termios raw = {0};
    cfmakeraw(&raw);
    assert_int_equal(openpty(&pair.master, &pair.terminal.fd, NULL, &raw, NULL), 0);
    fcntl(pair.terminal.fd, F_SETFL, O_NONBLOCK);
    fcntl(pair.master, F_SETFL, O_NONBLOCK);
    return pair;
}

static void close_pair(struct pair *pair) {
    close(pair->master);
    close(pair->terminal.fd);
}

/* What has come to the other end, behind what was there. */
static void hear(struct pair *pair, struct buf *ret) {
    char text[4096];
    struct pollfd wait = {.fd = pair->master, .events = POLLIN};
    while (poll(&wait, 1, 50) > 0) {
        ssize_t n = read(pair->master, text, sizeof(text));
        if (n <= 0)
            return;
        buf_add(ret, text, (size_t)n);
    }
}

static void say_number(struct pair *pair, unsigned number) {
    char line[128];
    int n = snprintf(line, sizeof(line), "line %06u %100s\r\n", number, "");
    terminal_say(&pair->terminal, line, (size_t)n);
}

static void a_line_that_hangs_holds_nothing_up_and_hears_the_newest(void **state) {
    (void)state;
    struct pair pair = open_pair();
    cleanup_buf struct buf heard = BUF_INIT(1 << 20);
    int64_t started_ms = clock_boottime_ms();
    enum { SAID = 20000 };
    for (unsigned i = 0; i < SAID; i++) { /* nobody reads at the other end */
        say_number(&pair, i);
        terminal_flush(&pair.terminal);
    }
    assert_true(clock_boottime_ms() - started_ms < 5000);
    assert_in_range(pair.terminal.n_pending, 1, TERMINAL_PENDING);
    for (int i = 0; i < 1000 && pair.terminal.n_pending; i++) { /* and now it does */
        hear(&pair, &heard);
        terminal_flush(&pair.terminal);
    }
    hear(&pair, &heard);
    assert_non_null(strstr(buf_text(&heard), "line 019999"));
    for (const char *at = buf_text(&heard); *at; at = strchr(at, '\n') + 1) { /* no half lines */
        assert_memory_equal(at, "line ", 5);
        assert_int_equal(strcspn(at, "\n"), 113);
    }
    close_pair(&pair);
}

static void a_line_is_given_little_at_a_time(void **state) {
    (void)state;
    struct pair pair = open_pair();
    for (unsigned i = 0; i < 10; i++)
        say_number(&pair, i);
    size_t before = pair.terminal.n_pending;
    terminal_flush(&pair.terminal);
    assert_int_equal(before - pair.terminal.n_pending, 256);
    close_pair(&pair);
}

static void what_is_too_long_for_all_is_left_out(void **state) {
    (void)state;
    static char endless[TERMINAL_PENDING + 1];
    struct pair pair = open_pair();
    memset(endless, 'x', sizeof(endless));
    terminal_say(&pair.terminal, endless, sizeof(endless));
    assert_int_equal(pair.terminal.n_pending, 0);
    close_pair(&pair);
}

static void a_screen_is_drawn_whole_then_what_differs_then_nothing(void **state) {
    (void)state;
    struct pair pair = open_pair();
    struct panel_frame frame = {.row = {"first", "second"}};
    cleanup_buf struct buf heard = BUF_INIT(1 << 16);
    terminal_draw(&pair.terminal, &frame);
    hear(&pair, &heard);
    assert_non_null(strstr(buf_text(&heard), "\033[2J\033[1;1Hfirst\033[K\033[2;1Hsecond\033[K"));
    buf_clear(&heard);
    frame.row[1][0] = 'S';
    terminal_draw(&pair.terminal, &frame);
    terminal_draw(&pair.terminal, &frame);
    hear(&pair, &heard);
    assert_string_equal(buf_text(&heard), "\033[2;1HSecond\033[K\033[999;1H");
    close_pair(&pair);
}

/* The scroll lock, or Ctrl-S. */
static void a_screen_that_was_held_is_drawn_whole_again(void **state) {
    (void)state;
    struct pair pair = open_pair();
    struct panel_frame frame = {.row = {"first"}};
    cleanup_buf struct buf heard = BUF_INIT(1 << 16);
    assert_int_equal(tcflow(pair.terminal.fd, TCOOFF), 0);
    terminal_draw(&pair.terminal, &frame);
    assert_int_equal(tcflow(pair.terminal.fd, TCOON), 0);
    hear(&pair, &heard);
    buf_clear(&heard);
    terminal_draw(&pair.terminal, &frame);
    hear(&pair, &heard);
    assert_non_null(strstr(buf_text(&heard), "\033[2J\033[1;1Hfirst"));
    close_pair(&pair);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_that_hangs_holds_nothing_up_and_hears_the_newest),
        cmocka_unit_test(a_line_is_given_little_at_a_time),
        cmocka_unit_test(what_is_too_long_for_all_is_left_out),
        cmocka_unit_test(a_screen_is_drawn_whole_then_what_differs_then_nothing),
        cmocka_unit_test(a_screen_that_was_held_is_drawn_whole_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
