/* SPDX-License-Identifier: Apache-2.0
 * redact_hardware() and identity_uuid(): what readers get has no MAC address and no UUID, a second time changes
 * nothing; a UUID that is kept is 32 hex digits. */
#include "fuzz.h"
#include "record/identity.h"
#include "redact.h"
#include <ctype.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cleanup_buf struct buf once = BUF_INIT(1 << 20), twice = BUF_INIT(1 << 20);
    char *text = fuzz_text(data, size), uuid[IDENTITY_UUID_SIZE];
    redact_hardware(text, &once);
    redact_hardware(buf_text(&once), &twice);
    demand(!strcmp(buf_text(&once), buf_text(&twice)));
    identity_uuid(text, uuid);
    size_t digits = 0;
    for (const char *c = uuid; *c; c++) {
        demand(*c == '-' || isdigit((unsigned char)*c) || (*c >= 'a' && *c <= 'f'));
        digits += *c != '-';
    }
    demand(!uuid[0] || digits == 32);
    free(text);
    return 0;
}
