/* SPDX-License-Identifier: Apache-2.0
 * etag_matches(): a header matches only if the entity tag, in its quotes, is in it, or it is an asterisk. */
#include "fuzz.h"
#include "server/decide/etag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    bool star = strchr(text, '*') && !text[strspn(text, " \t*")];
    demand(!etag_matches(text, "\"a1\"") || strstr(text, "\"a1\"") || star);
    demand(!star || strspn(text, " \t*") != 1 || etag_matches(text, "\"a1\""));
    free(text);
    return 0;
}
