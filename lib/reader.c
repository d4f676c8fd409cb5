/* SPDX-License-Identifier: Apache-2.0
 * See reader.h. */
#include "reader.h"

#include "json.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char reader_required[] = "";

/* Copies at most size - 1 bytes, control bytes as `?`, and never ends inside a UTF-8 sequence. */
static void copy_line(char *ret, size_t size, const char *text, size_t length) {
    size_t n = length < size ? length : size - 1;
    while (n < length && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++)
        ret[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
    ret[n] = '\0';
}

static void problem_add(struct reader *reader, const char *pointer, const char *format, va_list ap) {
    if (reader->n == reader->capacity)
        return;
    struct problem *problem = &reader->list[reader->n++];
    char cause_format[256], text[768];
    const char *remedy = strstr(format, "; ");
    size_t cause_length = remedy ? (size_t)(remedy - format) : strlen(format);
    snprintf(cause_format, sizeof(cause_format), "%.*s", (int)cause_length, format);
    va_list again;
    va_copy(again, ap);
    int total = vsnprintf(text, sizeof(text), format, ap);
    size_t length = total < 0 ? 0 : (size_t)total < sizeof(text) ? (size_t)total : sizeof(text) - 1;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    int cause = vsnprintf(NULL, 0, cause_format, again); /* the length of the cause: of the format's part before "; " */
#pragma GCC diagnostic pop
    va_end(again);
    size_t split = cause < 0 || (size_t)cause > length ? length : (size_t)cause;
    copy_line(problem->pointer, sizeof(problem->pointer), *pointer ? pointer : "/", strlen(*pointer ? pointer : "/"));
    copy_line(problem->cause, sizeof(problem->cause), text, split);
    bool more = remedy && length > split + 2;
    copy_line(problem->remedy, sizeof(problem->remedy), more ? text + split + 2 : "", more ? length - split - 2 : 0);
}

void reader_fail(struct reader *reader, const char *pointer, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    problem_add(reader, pointer, format, ap);
    va_end(ap);
}

void cursor_fail(const struct cursor *at, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    problem_add(at->reader, at->pointer, format, ap);
    va_end(ap);
}

void reader_fail_syntax(struct reader *reader, const struct error *err) {
    static const char duplicate[] = ": duplicate key";
    size_t n = strlen(err->message), tail = sizeof(duplicate) - 1;
    if (err->message[0] == '/' && n > tail && !strcmp(err->message + n - tail, duplicate)) {
        char pointer[sizeof(err->message)];
        copy_line(pointer, sizeof(pointer), err->message, n - tail);
        reader_fail(reader, pointer, "duplicate key; keep one of the two");
    } else {
        reader_fail(reader, "", "%s; give one whole JSON document in UTF-8", err->message);
    }
}

/* RFC 6901: `~` is ~0 and `/` is ~1. */
static void push(char pointer[256], const char *key) {
    size_t n = strlen(pointer);
    const size_t end = 250;
    if (n < end)
        pointer[n++] = '/';
    for (; *key && n < end; key++) {
        if (*key == '~' || *key == '/') {
            pointer[n++] = '~';
            pointer[n++] = *key == '~' ? '0' : '1';
        } else {
            pointer[n++] = *key;
        }
    }
    pointer[n] = '\0';
}

struct cursor cursor_root(struct reader *reader, cJSON *tree) {
    return (struct cursor){.reader = reader, .item = tree};
}

struct cursor cursor_key(const struct cursor *object, const char *key) {
    struct cursor at = *object;
    at.item = cJSON_GetObjectItemCaseSensitive(object->item, key);
    push(at.pointer, key);
    return at;
}

struct cursor cursor_index(const struct cursor *array, size_t index) {
    struct cursor at = *array;
    char key[24];
    snprintf(key, sizeof(key), "%zu", index);
    at.item = cJSON_GetArrayItem(array->item, (int)index);
    push(at.pointer, key);
    return at;
}

static const char *type_name(const cJSON *item) {
    if (cJSON_IsString(item))
        return "a string";
    if (cJSON_IsNumber(item))
        return "a number";
    if (cJSON_IsBool(item))
        return "true or false";
    if (cJSON_IsNull(item))
        return "null";
    return cJSON_IsArray(item) ? "a list" : "an object";
}

bool cursor_object(const struct cursor *at, const char *const *keys) {
    if (!cJSON_IsObject(at->item)) {
        cursor_fail(at, "%s, not an object; write it as {\"key\": value}", at->item ? type_name(at->item) : "missing");
        return false;
    }
    const cJSON *child;
    cJSON_ArrayForEach(child, at->item) {
        const char *const *known = keys;
        while (*known && strcmp(*known, child->string))
            known++;
        if (*known)
            continue;
        struct cursor unknown = cursor_key(at, child->string);
        const char *near = json_nearest(child->string, keys);
        if (near)
            cursor_fail(&unknown, "unknown key; did you mean `%s`?", near);
        else
            cursor_fail(&unknown, "unknown key; remove it (known here: %s%s%s ...)", keys[0],
                        keys[0] && keys[1] ? ", " : "", keys[0] && keys[1] ? keys[1] : "");
    }
    return true;
}

bool cursor_array(const struct cursor *at, size_t most, size_t *ret_n) {
    *ret_n = 0;
    if (!at->item)
        return true;
    if (!cJSON_IsArray(at->item)) {
        cursor_fail(at, "%s, not a list; write it as [ ... ]", type_name(at->item));
        return false;
    }
    size_t n = (size_t)cJSON_GetArraySize(at->item);
    if (n > most) {
        cursor_fail(at, "%zu elements; at most %zu are accepted", n, most);
        return false;
    }
    *ret_n = n;
    return true;
}

const char *cursor_text(const struct cursor *at, reader_check check) {
    if (!cJSON_IsString(at->item)) {
        cursor_fail(at, "%s, not a string; put it in quotes", at->item ? type_name(at->item) : "missing");
        return NULL;
    }
    const char *expected = check ? check(at->item->valuestring) : NULL;
    if (expected) {
        cursor_fail(at, "`%.80s` is not valid; expected %s", at->item->valuestring, expected);
        return NULL;
    }
    return at->item->valuestring;
}

static bool absent(const struct cursor *at, bool required) {
    if (at->item)
        return false;
    if (required) {
        const char *key = strrchr(at->pointer, '/');
        cursor_fail(at, "missing; add the key `%s`", key ? key + 1 : "");
    }
    return true;
}

const char *cursor_string(const struct cursor *object, const char *key, reader_check check, const char *fallback) {
    struct cursor at = cursor_key(object, key);
    if (absent(&at, fallback == reader_required))
        return fallback == reader_required ? NULL : fallback;
    return cursor_text(&at, check);
}

long cursor_number(const struct cursor *object, const char *key, long least, long most, long fallback) {
    struct cursor at = cursor_key(object, key);
    if (absent(&at, fallback == READER_REQUIRED))
        return fallback == READER_REQUIRED ? least : fallback;
    if (!cJSON_IsNumber(at.item)) {
        cursor_fail(&at, "%s, not a number; write a whole number without quotes", type_name(at.item));
        return least;
    }
    double value = at.item->valuedouble;
    if (!(value >= (double)least && value <= (double)most) || value != (double)(long)value) {
        cursor_fail(&at, "%.15g is out of range; give a whole number from %ld to %ld", value, least, most);
        return least;
    }
    return (long)value;
}

bool cursor_boolean(const struct cursor *object, const char *key, bool fallback) {
    struct cursor at = cursor_key(object, key);
    if (!at.item || cJSON_IsBool(at.item))
        return at.item ? cJSON_IsTrue(at.item) : fallback;
    cursor_fail(&at, "%s, neither true nor false; write one of them without quotes", type_name(at.item));
    return fallback;
}

int cursor_choice(const struct cursor *object, const char *key, const char *const *names, int fallback) {
    struct cursor at = cursor_key(object, key);
    int otherwise = fallback == READER_REQUIRED ? 0 : fallback;
    if (absent(&at, fallback == READER_REQUIRED))
        return otherwise;
    const char *text = cursor_text(&at, NULL);
    if (!text)
        return otherwise;
    for (int i = 0; names[i]; i++)
        if (!strcmp(names[i], text))
            return i;
    char list[160] = "";
    for (size_t i = 0, n = 0; names[i] && n < sizeof(list); i++)
        n += (size_t)snprintf(list + n, sizeof(list) - n, "%s`%s`", i ? ", " : "", names[i]);
    cursor_fail(&at, "`%.80s` is not known; give one of %s", text, list);
    return otherwise;
}
