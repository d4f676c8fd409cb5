/* SPDX-License-Identifier: Apache-2.0
 * range_parse(): eight bytes are the file's size, the rest is the header. What is sent lies inside the file. */
#include "fuzz.h"
#include "server/decide/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz from = {data, size};
    uint64_t file = fuzz_number(&from, 8) >> 1; /* off_t */
    char *text = fuzz_text(from.data, from.size);
    struct range range = range_parse(text, file);
    if (range.satisfiable) {
        demand(range.first <= file && range.length <= file - range.first);
        demand(range.wanted ? range.length > 0 : range.first == 0 && range.length == file);
    } else {
        demand(range.wanted);
    }
    free(text);
    return 0;
}
