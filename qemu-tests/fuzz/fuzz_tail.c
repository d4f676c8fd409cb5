/* SPDX-License-Identifier: Apache-2.0
 * tail_clean(): a log's end; what is left of it is bounded and printable, has no kubeadm token. */
#include "fuzz.h"
#include "decide/tail.h"

static bool is_lower(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_token(const char *text) {
    for (size_t i = 0; i < 23; i++)
        if (i == 6 ? text[i] != '.' : !is_lower(text[i]))
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char once[TAIL_SIZE];
    if (size > TAIL_READ)
        return 0;
    size_t n = tail_clean((const char *)data, size, true, once);
    demand(n < TAIL_SIZE && once[n] == '\0' && strlen(once) == n);
    for (size_t i = 0; i < n; i++) {
        demand(once[i] == '\n' || (once[i] >= 0x20 && once[i] < 0x7f));
        bool edge = i == 0 || once[i - 1] == ' ' || once[i - 1] == '\n';
        if (edge && i + 23 <= n && is_token(once + i) && (once[i + 23] == ' ' || once[i + 23] == '\n'))
            demand(n == TAIL_SIZE - 1); /* only where a line longer than all was cut inside a word */
    }
    return 0;
}
