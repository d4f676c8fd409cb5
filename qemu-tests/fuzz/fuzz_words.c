/* SPDX-License-Identifier: Apache-2.0
 * redact_hardware(), identity_uuid() and the generation that a machine keeps: what readers get has no MAC address and
 * no UUID, a second time changes nothing; a UUID that is kept is 32 hex digits. */
#include "fuzz.h"
#include "decide/generation.h"
#include "record/identity.h"
#include "redact.h"
#include <ctype.h>

#define FUZZ_PIN "sha256:4b43568f9812036d08153292b8d923c89e78dd0bcd4dcb34397afc15c498815e"

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
    char kept[GENERATION_TEXT_SIZE];
    unsigned generation = generation_parse(text, FUZZ_PIN);
    demand(generation >= 1 && generation <= PKI_GENERATION_MAX && generation_of_header(text) <= PKI_GENERATION_MAX);
    generation_print(generation, FUZZ_PIN, kept);
    demand(generation_parse(kept, FUZZ_PIN) == generation && (generation == 1 || generation_replaces(text, kept)));
    free(text);
    return 0;
}
