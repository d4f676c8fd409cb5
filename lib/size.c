/* SPDX-License-Identifier: Apache-2.0
 * See size.h. */
#include "size.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

bool size_parse(const char *text, uint64_t *ret_bytes) {
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {{"M", 1000000},
                 {"G", 1000000000},
                 {"T", 1000000000000},
                 {"MiB", UINT64_C(1) << 20},
                 {"GiB", UINT64_C(1) << 30},
                 {"TiB", UINT64_C(1) << 40}};
    size_t digits = strspn(text, "0123456789");
    if (digits < 1 || digits > 6 || text[0] == '0')
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text + digits, units[i].name))
            continue;
        *ret_bytes = strtoull(text, NULL, 10) * units[i].bytes;
        return true;
    }
    return false;
}
