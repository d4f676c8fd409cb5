/* SPDX-License-Identifier: Apache-2.0
 * journal_parse(): what was read is printed and read as the same. */
#include "fuzz.h"
#include "decide/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct journal journal, again;
    struct error err = {0};
    char text[JOURNAL_TEXT_SIZE];
    if (journal_parse((const char *)data, size, &journal, &err) < 0) {
        fuzz_error(&err);
        return 0;
    }
    journal_print(&journal, text);
    demand(text[strlen(text) - 1] == '\n'); /* not cut */
    demand(journal_parse(text, strlen(text), &again, &err) == 0 && journal_equal(&journal, &again));
    return 0;
}
