/* SPDX-License-Identifier: Apache-2.0
 * The picture of seedctl status --watch: it fits, and machines do not steer the terminal. */
#include "../../lib/test/testing.h"

#include "json.h"
#include "report/screen.h"
#include <string.h>

#define NODE(name, rest) "{\"hostname\":\"" name "\",\"role\":\"worker\"," rest "}"
#define READY "\"step\":\"ready\",\"state\":\"ready\",\"message\":\"node is Ready\",\"ready\":true,\"since_ms\":1000"
#define SITE(nodes) "{\"site\":\"lab\",\"bootstrap\":{\"state\":\"EMPTY\",\"holder\":\"\"},\"nodes\":[" nodes "]}"

static struct buf out = BUF_INIT(1 << 20);

static const char *draw(const char *text, unsigned columns, unsigned rows, bool colours) {
    cleanup_json cJSON *tree = NULL;
    struct screen screen = {.columns = columns, .rows = rows, .colours = colours, .seconds = 7};
    struct error err = {0};
    if (json_parse(text, strlen(text), &tree, &err) < 0)
        fail_msg("%s", err.message);
    buf_clear(&out);
    screen_draw(&screen, tree, &out);
    return buf_text(&out);
}

static void assert_has(const char *text) {
    if (!strstr(buf_text(&out), text))
        fail_msg("`%s` is not in `%s`", text, buf_text(&out));
}

/* Columns of the widest line, control sequences not counted; lines in *ret_lines. */
static unsigned width(unsigned *ret_lines) {
    unsigned n = 0, most = 0;
    *ret_lines = 1;
    for (const char *c = buf_text(&out); *c; c++) {
        if (*c == '\033')
            c += strcspn(c, "mHJK");
        else if (*c == '\n')
            n = 0, ++*ret_lines;
        else if (++n > most)
            most = n;
    }
    return most;
}

static void progress_is_a_bar(void **state) {
    (void)state;
    draw(SITE(NODE("n1", "\"step\":\"layers\",\"state\":\"running\",\"bytes\":50,\"total\":100,\"message\":\"50 of "
                         "100\",\"since_ms\":61000")),
         120, 24, false);
    assert_has("lab: 0 of 1 Ready, bootstrap EMPTY, holder none, watched for 7 s");
    assert_has(" 6/13 layers");
    assert_has("[#####.....]  50% 50 of 100");
    assert_has("61 s");
    draw(SITE(NODE("n1", "\"step\":\"layers\",\"state\":\"done\",\"bytes\":200,\"total\":100,\"message\":\"odd\"")),
         120, 24, false);
    assert_null(strstr(buf_text(&out), "%"));
    draw(SITE(NODE("n1", "\"step\":\"disk\",\"state\":\"failed\",\"code\":\"SR-DISK-NONE\",\"message\":\"no disk\"")),
         120, 24, false);
    assert_has("[SR-DISK-NONE] no disk");
}

static void it_fits(void **state) {
    (void)state;
    static const char *const text = SITE(NODE("a-name-that-is-much-longer-than-its-cell", READY) "," NODE(
        "n2", "\"step\":\""
              "\\u001b[2J\",\"state\":\"odd-state-x\",\"message\":\""
              "mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm\\"
              "u0007\\u009b\xc3\xa9\\n\"") "," NODE("n3", READY) "," NODE("n4", READY));
    static const unsigned columns[] = {80, 81, 100, 200};
    unsigned lines;
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        draw(text, columns[i], 24, true);
        assert_true(width(&lines) <= columns[i]);
    }
    draw(text, 100, 6, false);
    width(&lines);
    assert_true(lines <= 6);
    assert_has("n2 ");
    assert_has("and 2 more");
    assert_null(strstr(buf_text(&out), "\033[2J"));
    assert_null(strchr(buf_text(&out), '\a'));
    draw(text, 0, 0, false);
    draw("[]", 80, 24, false);
    draw("{\"nodes\":[5,{\"hostname\":7}]}", 80, 24, false);
}

static void colours_are_asked_for(void **state) {
    (void)state;
    draw(SITE(NODE("n1", READY) "," NODE("n2", "\"step\":\"disk\",\"state\":\"failed\"")), 100, 24, true);
    assert_has("\033[32mn1");
    assert_has("\033[31mn2");
    draw(SITE(NODE("n1", READY)), 100, 24, false);
    assert_null(strstr(buf_text(&out), "\033[3"));
    assert_string_equal(screen_colour(false, "failed"), "");
    assert_string_equal(screen_colour(true, "odd"), "");
}

static int done(void **state) {
    (void)state;
    buf_free(&out);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_is_a_bar),
        cmocka_unit_test(it_fits),
        cmocka_unit_test(colours_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, done);
}
