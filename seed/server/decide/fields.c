/* SPDX-License-Identifier: Apache-2.0
 * See fields.h. */
#include "fields.h"

#include "json.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int fields_check(const cJSON *tree, const char *const *names, struct error *err) {
    if (!cJSON_IsObject(tree))
        return error_set(err, EINVAL, "the body is not a JSON object");
    const cJSON *item;
    cJSON_ArrayForEach(item, tree) {
        size_t k = 0;
        while (names[k] && strcmp(names[k], item->string))
            k++;
        if (names[k])
            continue;
        const char *near = json_nearest(item->string, names);
        error_set(err, EINVAL, "field `%.64s` is not known here", item->string);
        return near ? error_remedy(err, "did you mean `%s`?", near) : error_remedy(err, "leave the field out");
    }
    return 0;
}

int fields_string(const cJSON *tree, const char *name, size_t least, size_t most, const char **ret_text,
                  struct error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, name);
    const char *text = item ? cJSON_GetStringValue(item) : "";
    if (!item && least > 0)
        return error_set(err, EINVAL, "field `%s` is missing", name);
    if (!text)
        return error_set(err, EINVAL, "field `%s` is not a string", name);
    size_t length = strlen(text);
    if (length < least || length > most)
        return error_set(err, EINVAL, "field `%s` has %zu bytes; %zu to %zu are accepted", name, length, least, most);
    *ret_text = text;
    return 0;
}

int fields_integer(const cJSON *tree, const char *name, int64_t most, int64_t fallback, int64_t *ret_value,
                   struct error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, name);
    if (!item || cJSON_IsNull(item)) {
        *ret_value = fallback;
        return fallback < 0 ? error_set(err, EINVAL, "field `%s` is missing", name) : 0;
    }
    double value = cJSON_IsNumber(item) ? item->valuedouble : -1;
    if (!(value >= 0 && value <= (double)most) || value != (double)(int64_t)value)
        return error_set(err, EINVAL, "field `%s` is not a whole number up to %lld", name, (long long)most);
    *ret_value = (int64_t)value;
    return 0;
}

int fields_number(const char *text, int64_t most, int64_t *ret_value, struct error *err) {
    size_t digits = strspn(text, "0123456789");
    long long value = digits && digits < 18 ? strtoll(text, NULL, 10) : -1;
    if (value < 0 || text[digits] || value > most)
        return error_set(err, EINVAL, "`%.40s` is not a whole number up to %lld", text, (long long)most);
    *ret_value = value;
    return 0;
}

bool fields_is_hex(const char *text, size_t digits) {
    return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

bool fields_is_decimal(const char *text) {
    size_t length = strlen(text);
    return length >= 1 && length <= 15 && strspn(text, "0123456789") == length;
}
