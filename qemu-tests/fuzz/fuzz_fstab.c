/* SPDX-License-Identifier: Apache-2.0
 * fstab_without_swap(): only whole lines change, each into a comment; done twice, nothing is left to do. */
#include "decide/fstab.h"
#include "fuzz.h"

static bool is_swap(const char *spec) {
    return !strcmp(spec, "/dev/sda2");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cleanup_buf struct buf once = BUF_INIT(1 << 20), twice = BUF_INIT(1 << 20);
    char *text = fuzz_text(data, size);
    int changed = fstab_without_swap(text, is_swap, &once);
    demand(changed >= 0 && !buf_failed(&once) && once.length >= strlen(text));
    demand(changed || !strcmp(buf_text(&once), text));
    demand(fstab_without_swap(buf_text(&once), is_swap, &twice) == 0 && !strcmp(buf_text(&once), buf_text(&twice)));
    free(text);
    return 0;
}
