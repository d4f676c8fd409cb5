/* SPDX-License-Identifier: Apache-2.0
 * See etag.h. */
#include "etag.h"

#include <string.h>

bool etag_matches(const char *header, const char *etag) {
    const char *at = header + strspn(header, " \t");
    if (*at == '*')
        return !at[1 + strspn(at + 1, " \t")];
    while (*at) {
        at += strspn(at, " \t,");
        at += !strncmp(at, "W/", 2) ? 2 : 0; /* the comparison is weak */
        const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
        if (!end)
            return false;
        size_t length = (size_t)(end - at) + 1;
        if (length == strlen(etag) && !strncmp(at, etag, length))
            return true;
        at = end + 1;
    }
    return false;
}
