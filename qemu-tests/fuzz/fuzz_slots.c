/* SPDX-License-Identifier: Apache-2.0
 * slots_parse(): the last byte says what happens to what was read, the rest, filled up with `#`, is the environment
 * block. */
#include "fuzz.h"
#include "decide/slots.h"

#define NEW "2222222222222222222222222222222222222222222222222222222222222222"

static void check(const struct slots *slots) {
    char block[SLOTS_BLOCK_SIZE];
    struct slots again;
    struct error err = {0};
    demand(slots->chosen >= SLOT_NONE && slots->chosen < SLOTS && slots->tried >= SLOT_NONE && slots->tried < SLOTS);
    slots_render(slots, block);
    demand(slots_parse(block, sizeof(block), &again, &err) == 0);
    demand(again.chosen == slots->chosen && again.tried == slots->tried);
    demand(!strcmp(again.sha256[0], slots->sha256[0]) && !strcmp(again.sha256[1], slots->sha256[1]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char block[SLOTS_BLOCK_SIZE];
    struct slots slots;
    struct error err = {0};
    int slot;
    if (!size || size - 1 > sizeof(block))
        return 0;
    memset(block, '#', sizeof(block));
    memcpy(block, data, size - 1);
    if (slots_parse(block, sizeof(block), &slots, &err) < 0) {
        fuzz_error(&err);
        return 0;
    }
    check(&slots);
    int booted = data[size - 1] % 3 - 1;
    enum slots_action action = slots_decide(&slots, NEW, booted, &slot);
    demand(action <= SLOTS_WRITE && slot >= 0 && slot < SLOTS);
    if (action == SLOTS_WRITE) {
        demand(slot != slots.chosen); /* what boots is never written over */
        slots_begin(&slots, slot);
        check(&slots);
        slots_finish(&slots, slot, NEW);
        check(&slots);
    }
    if (booted >= 0)
        slots_confirm(&slots, booted);
    check(&slots);
    return 0;
}
