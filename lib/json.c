/* SPDX-License-Identifier: Apache-2.0
 * See json.h. */
#include "json.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t json_utf8_length(const unsigned char *s, size_t left) {
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || left < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
        (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

static void json_locate(const char *text, size_t offset, unsigned *ret_line, unsigned *ret_column) {
    *ret_line = 1;
    *ret_column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            ++*ret_line;
            *ret_column = 1;
        } else {
            ++*ret_column;
        }
    }
}

static int fail_at(const char *text, size_t offset, const char *what, struct error *err) {
    unsigned line, column;
    json_locate(text, offset, &line, &column);
    return error_set(err, -1, "line %u column %u: %s", line, column, what);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static size_t digits(const char *text, size_t length) {
    size_t n = 0;
    while (n < length && is_digit(text[n]))
        n++;
    return n;
}

/* RFC 8259, 6. */
static bool is_number(const char *text, size_t length) {
    size_t at = length > 0 && text[0] == '-', n = digits(text + at, length - at);
    if (n == 0 || (n > 1 && text[at] == '0'))
        return false;
    at += n;
    if (at < length && text[at] == '.') {
        n = digits(text + at + 1, length - at - 1);
        if (n == 0)
            return false;
        at += 1 + n;
    }
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        at += at < length && (text[at] == '+' || text[at] == '-');
        n = digits(text + at, length - at);
        if (n == 0)
            return false;
        at += n;
    }
    return at == length;
}

static bool is_literal(const char *text, size_t length) {
    return (length == 4 && (!memcmp(text, "true", 4) || !memcmp(text, "null", 4))) ||
           (length == 5 && !memcmp(text, "false", 5));
}

/* The four digits of a \u escape, whose backslash is text[0]; -1: it is none. */
static long hex_escape(const char *text, size_t left) {
    char number[5] = "", *end;
    if (left < 6 || text[0] != '\\' || text[1] != 'u')
        return -1;
    memcpy(number, text + 2, 4);
    if (strspn(number, "0123456789abcdefABCDEF") != 4)
        return -1;
    return strtol(number, &end, 16);
}

/* The length of the escape (RFC 8259, 7), both halves of a surrogate pair; 0: it is none. */
static size_t escape_length(const char *text, size_t left) {
    if (left >= 2 && text[1] && strchr("\"\\/bfnrt", text[1]))
        return 2;
    long first = hex_escape(text, left);
    if (first < 0 || (first >= 0xdc00 && first <= 0xdfff))
        return 0;
    if (first < 0xd800 || first > 0xdbff)
        return 6;
    long second = hex_escape(text + 6, left - 6);
    return second >= 0xdc00 && second <= 0xdfff ? 12 : 0;
}

/* The length of what is at the string's byte; 0 with err. */
static size_t check_string_byte(const char *text, size_t at, size_t length, struct error *err) {
    if ((unsigned char)text[at] < 0x20)
        return fail_at(text, at, "control character", err), 0;
    if (text[at] != '\\') {
        size_t n = json_utf8_length((const unsigned char *)text + at, length - at);
        return n ? n : (fail_at(text, at, "not UTF-8", err), 0);
    }
    size_t n = escape_length(text + at, length - at);
    if (!n)
        return fail_at(text, at, "no escape that JSON knows", err), 0;
    return n == 6 && !memcmp(text + at, "\\u0000", 6) ? (fail_at(text, at, "NUL in a string", err), 0) : n;
}

/* The length of the token between strings; 0 with err. */
static size_t check_token(const char *text, size_t at, size_t length, struct error *err) {
    if (text[at] && strchr(" \t\r\n{}[]:,\"", text[at]))
        return 1;
    size_t n = 0;
    while (at + n < length && text[at + n] > 0x20 && !strchr("{}[]:,\"", text[at + n]))
        n++;
    if (n == 0)
        return fail_at(text, at, "a byte that is not allowed between JSON's words", err), 0;
    if (!is_number(text + at, n) && !is_literal(text + at, n))
        return fail_at(text, at, "neither a number as JSON writes it nor true, false or null", err), 0;
    return n;
}

/* What cJSON is not strict about: RFC 8259's escapes, numbers and blanks; UTF-8; and how deep it nests. */
static int check_bytes(const char *text, size_t length, struct error *err) {
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < length;) {
        size_t n = in_string ? check_string_byte(text, i, length, err) : check_token(text, i, length, err);
        if (n == 0)
            return -1;
        if (text[i] == '"')
            in_string = !in_string;
        else if (!in_string && (text[i] == '{' || text[i] == '[') && ++depth > JSON_DEPTH)
            return fail_at(text, i, "nested too deeply", err);
        else if (!in_string && (text[i] == '}' || text[i] == ']'))
            depth--;
        i += n;
    }
    return 0;
}

static int check_duplicates(const cJSON *tree, const char *pointer, struct error *err) {
    unsigned index = 0;
    const cJSON *item;
    if (cJSON_IsObject(tree) && cJSON_GetArraySize(tree) > JSON_KEYS)
        return error_set(err, -1, "%s: more than %d keys", pointer[0] ? pointer : "/", JSON_KEYS);
    cJSON_ArrayForEach(item, tree) {
        char child[256];
        if (cJSON_IsObject(tree)) {
            snprintf(child, sizeof(child), "%.200s/%.50s", pointer, item->string);
            for (const cJSON *other = item->next; other; other = other->next)
                if (!strcmp(other->string, item->string))
                    return error_set(err, -1, "%s: duplicate key", child);
        } else {
            snprintf(child, sizeof(child), "%.200s/%u", pointer, index++);
        }
        if (check_duplicates(item, child, err) < 0)
            return -1;
    }
    return 0;
}

int json_parse(const char *text, size_t length, cJSON **ret_tree, struct error *err) {
    if (length > JSON_MAXIMUM)
        return error_set(err, -1, "%zu bytes of JSON; at most %d are accepted", length, JSON_MAXIMUM);
    if (check_bytes(text, length, err) < 0)
        return -1;
    const char *end = NULL;
    cleanup_json cJSON *tree = cJSON_ParseWithLengthOpts(text, length, &end, false);
    if (!tree)
        return fail_at(text, end && end >= text && end <= text + length ? (size_t)(end - text) : length,
                       length ? "not JSON, or cut off" : "empty document", err);
    size_t rest = (size_t)(end - text);
    while (rest < length && strchr(" \t\r\n", text[rest]))
        rest++;
    if (rest < length)
        return fail_at(text, rest, "bytes after the document", err);
    if (check_duplicates(tree, "", err) < 0)
        return -1;
    *ret_tree = tree;
    tree = NULL;
    return 0;
}

const char *json_text(const cJSON *object, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

double json_number(const cJSON *object, const char *key, double fallback) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : fallback;
}

/* Levenshtein distance of short words; words beyond 40 bytes are never near. */
static unsigned distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b);
    unsigned row[41];
    if (n > 40 || m > 40)
        return 100;
    for (size_t j = 0; j <= m; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned cost = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j - 1] + 1 < cost)
                cost = row[j - 1] + 1;
            if (row[j] + 1 < cost)
                cost = row[j] + 1;
            row[j] = cost;
        }
    }
    return row[m];
}

const char *json_nearest(const char *key, const char *const *names) {
    const char *best = NULL;
    unsigned best_distance = (unsigned)strlen(key) / 3 + 2;
    for (; *names; names++) {
        unsigned d = distance(key, *names);
        if (d < best_distance) {
            best = *names;
            best_distance = d;
        }
    }
    return best;
}
