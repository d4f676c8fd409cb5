/* SPDX-License-Identifier: Apache-2.0
 * The strict JSON reader: RFC 8259 and nothing beside it; what is wrong has its line and column. The site corpus
 * (configs/corpus/site/syntax) has whole documents. */
#include "testing.h"

#include "addon.h"
#include "json.h"
#include <string.h>

static void json_takes(const char *text, const char *value) {
    struct error err = {0};
    cJSON *tree = NULL;
    if (json_parse(text, strlen(text), &tree, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    if (value)
        assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(tree, 0)), value);
    cJSON_Delete(tree);
}

static void json_refuses(const char *text, const char *message) {
    struct error err = {0};
    cJSON *tree = NULL;
    if (json_parse(text, strlen(text), &tree, &err) == 0)
        fail_msg("%s was taken", text);
    if (!strstr(err.message, message))
        fail_msg("%s: `%s` is not in `%s`", text, message, err.message);
}

static void numbers(void **state) {
    (void)state;
    static const char *const good[] = {"0", "-0", "7", "-12", "1.5", "0.25", "1e3", "1E+3", "-1.5e-7", "0e0"},
                             *const bad[] = {"00",   "077", "-01", "77.", ".5",  "+1",       "1e", "1e+",   "77.e0",
                                             "0x1F", "NaN", "--1", "1 2", "1_0", "Infinity", "-",  "1.2.3", "1e5.5"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char text[32];
        snprintf(text, sizeof(text), "[%s]", good[i]);
        json_takes(text, NULL);
        json_takes(good[i], NULL);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[32];
        snprintf(text, sizeof(text), "[\n  %s]", bad[i]);
        json_refuses(text, "line 2 column ");
    }
}

static void words_and_blanks(void **state) {
    (void)state;
    json_takes(" \t\r\n[true, false ,null]\r\n", NULL);
    json_refuses("[True]", "line 1 column 2: neither a number");
    json_refuses("[nul]", "line 1 column 2");
    json_refuses("[truefalse]", "line 1 column 2");
    static const char *const blanks[] = {"\f", "\v", "\1", "\x7f", "\xc2\xa0", "\xef\xbb\xbf", "\xe2\x80\x8b"};
    for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
        char text[32];
        snprintf(text, sizeof(text), "[1,%s2]", blanks[i]);
        json_refuses(text, "line 1 column 4");
        snprintf(text, sizeof(text), "%s[1]", blanks[i]);
        json_refuses(text, "line 1 column 1");
    }
}

static void escapes(void **state) {
    (void)state;
    json_takes("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "\"\\/\b\f\n\r\t");
    json_takes("[\"\\u0041\\u00e9\\u20AC\"]", "A\xc3\xa9\xe2\x82\xac");
    json_takes("[\"\\uD83D\\ude00\"]", "\xf0\x9f\x98\x80");
    static const char *const bad[] = {
        "\\x41",          "\\u", "\\u12", "\\uZZZZ",        "\\u 041",         "\\U0041", "\\ud800",   "\\udc00", "\\a",
        "\\ud800\\ud800", "\\0", "\\'",   "\\ud800\\u0041", "\\ud800x\\udc00", "\\u-001", "\\\xc3\xa9"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "[\"a%s\"]", bad[i]);
        json_refuses(text, "line 1 column 4: no escape that JSON knows");
        snprintf(text, sizeof(text), "{\"a%s\": 1}", bad[i]);
        json_refuses(text, "line 1 column 4: no escape that JSON knows");
    }
    json_refuses("[\"a\\u0000\"]", "line 1 column 4: NUL in a string");
    json_refuses("[\"a\\", "line 1 column 4");
    json_refuses("[\"a\nb\"]", "line 1 column 4: control character");
}

static void a_document_is_whole(void **state) {
    (void)state;
    static const char *const bad[] = {"",        "[",    "{\"a\"", "[1,]",  "{\"a\":}",
                                      "[1] [2]", "[\"a", "{a: 1}", "['a']", "[1 2]"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        json_refuses(bad[i], "line 1");
    json_refuses("{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2}}", "/b/c: duplicate key");
}

static void replacements(void **state) {
    (void)state;
    cleanup_buf struct buf text = BUF_INIT(ADDON_TEXT_MAX);
    buf_adds(&text, "a: 10.0.0.0/8, 10.0.0.0/8");
    assert_true(addon_replace(&text, "10.0.0.0/8", "x"));
    assert_string_equal(buf_text(&text), "a: x, x");
    assert_false(addon_replace(&text, "10.0.0.0/8", "y"));
    assert_true(addon_replace(&text, "x", "xx")); /* what was put in is not looked at again */
    assert_string_equal(buf_text(&text), "a: xx, xx");
    assert_true(addon_replace(&text, "xx", ""));
    assert_string_equal(buf_text(&text), "a: , ");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers), cmocka_unit_test(words_and_blanks),
                                       cmocka_unit_test(escapes), cmocka_unit_test(a_document_is_whole),
                                       cmocka_unit_test(replacements)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
