/* SPDX-License-Identifier: Apache-2.0
 * See range.h. */
#include "range.h"

#include <stdlib.h>
#include <string.h>

static bool parse_number(const char **text, uint64_t *ret_value) {
    size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > 18)
        return false;
    *ret_value = strtoull(*text, NULL, 10);
    *text += digits;
    return true;
}

struct range range_parse(const char *text, uint64_t size) {
    struct range range = {.satisfiable = true, .length = size};
    uint64_t first = 0, last = 0;
    if (!text || strncmp(text, "bytes=", 6))
        return range;
    text += 6;
    bool has_first = parse_number(&text, &first);
    if (*text++ != '-')
        return range;
    bool has_last = parse_number(&text, &last);
    if (*text || (!has_first && !has_last) || (has_first && has_last && last < first))
        return range;
    range.wanted = true;
    if (!has_first) { /* "-N": the last N bytes */
        range.satisfiable = last > 0 && size > 0;
        range.first = last < size ? size - last : 0;
    } else {
        range.satisfiable = first < size;
        range.first = first;
    }
    if (range.satisfiable)
        range.length = has_first && has_last && last < size ? last - first + 1 : size - range.first;
    return range;
}
