/* SPDX-License-Identifier: Apache-2.0
 * Which kernel an installed machine boots: every way through a new one's trial, and environment blocks that are not
 * ours. */
#include "../../lib/test/testing.h"
#include "decide/slots.h"

#include <string.h>

#define OLD "1111111111111111111111111111111111111111111111111111111111111111"
#define NEW "2222222222222222222222222222222222222222222222222222222222222222"
#define NEWEST "3333333333333333333333333333333333333333333333333333333333333333"

/* What GRUB and the next start of the agent read. */
static struct slots reread(const struct slots *slots) {
    char block[SLOTS_BLOCK_SIZE];
    struct slots read;
    struct error err = {0};
    slots_render(slots, block);
    if (slots_parse(block, sizeof(block), &read, &err) < 0)
        fail_msg("%s", err.message);
    return read;
}

/* As grub.cfg does it: the trial is over before the kernel starts. */
static int grub(struct slots *slots) {
    int boots = slots->tried != SLOT_NONE ? slots->tried : slots->chosen;
    slots->tried = SLOT_NONE;
    return boots;
}

static int decide(const struct slots *slots, const char *sha256, int booted, enum slots_action expected) {
    int slot;
    assert_int_equal(slots_decide(slots, sha256, booted, &slot), expected);
    return slot;
}

static struct slots with_old(void) {
    struct slots slots = SLOTS_EMPTY;
    int slot = decide(&slots, OLD, SLOT_NONE, SLOTS_WRITE);
    assert_int_equal(slot, 0);
    slots_begin(&slots, slot);
    slots_finish(&slots, slot, OLD);
    return reread(&slots);
}

static struct slots with_new(void) {
    struct slots slots = with_old();
    int slot = decide(&slots, NEW, 0, SLOTS_WRITE);
    assert_int_equal(slot, 1);
    slots_begin(&slots, slot);
    slots = reread(&slots);
    assert_int_equal(grub(&slots), 0); /* power lost while it is written */
    slots_finish(&slots, slot, NEW);
    return reread(&slots);
}

static void the_first_is_chosen(void **state) {
    (void)state;
    struct slots slots = with_old();
    decide(&slots, OLD, SLOT_NONE, SLOTS_INSTALLED); /* PXE put it there */
    assert_int_equal(grub(&slots), 0);
    decide(&slots, OLD, 0, SLOTS_INSTALLED);
    assert_int_equal(slots_confirm(&slots, 0), 0);
}

static void a_new_one_is_tried_and_confirmed(void **state) {
    (void)state;
    struct slots slots = with_new();
    decide(&slots, NEW, 0, SLOTS_AWAITED);
    assert_int_equal(grub(&slots), 1);
    decide(&slots, NEW, 1, SLOTS_RUNNING);
    assert_int_equal(slots_confirm(&slots, 1), 1);
    slots = reread(&slots);
    decide(&slots, NEW, 1, SLOTS_INSTALLED);
    assert_int_equal(grub(&slots), 1);
    assert_int_equal(decide(&slots, NEWEST, 1, SLOTS_WRITE), 0); /* never over the one that is known to work */
}

static void one_that_is_not_confirmed_is_tried_once(void **state) {
    (void)state;
    struct slots slots = with_new();
    assert_int_equal(grub(&slots), 1);
    slots = reread(&slots);
    assert_int_equal(grub(&slots), 0);
    decide(&slots, NEW, 0, SLOTS_REJECTED);
    assert_int_equal(grub(&slots), 0);
    assert_int_equal(decide(&slots, NEWEST, 0, SLOTS_WRITE), 1);
    decide(&slots, OLD, 0, SLOTS_INSTALLED); /* the site went back */
    assert_int_equal(slots_confirm(&(struct slots){.chosen = 0, .tried = SLOT_NONE}, 1),
                     0); /* a slot that was emptied meanwhile */
}

static void the_site_goes_back(void **state) {
    (void)state;
    struct slots slots = with_new();
    assert_int_equal(decide(&slots, OLD, 0, SLOTS_WITHDRAWN), 1); /* before the trial */
    slots_begin(&slots, 1);
    slots = reread(&slots);
    decide(&slots, OLD, 0, SLOTS_INSTALLED);
    assert_int_equal(grub(&slots), 0);

    slots = with_new(); /* after it */
    assert_int_equal(grub(&slots), 1);
    assert_int_equal(slots_confirm(&slots, 1), 1);
    slots = reread(&slots);
    assert_int_equal(decide(&slots, OLD, 1, SLOTS_WRITE), 0);
}

static void one_that_was_never_booted_is_not_confirmed(void **state) {
    (void)state;
    struct slots slots = with_new();
    assert_int_equal(grub(&slots), 1);
    int slot = decide(&slots, NEWEST, 1, SLOTS_WRITE); /* the site moved on while the new one is tried */
    assert_int_equal(slot, 1);
    slots_begin(&slots, slot);
    slots_finish(&slots, slot, NEWEST);
    assert_int_equal(slots_confirm(&slots, 1), 0);
    slots = reread(&slots);
    assert_int_equal(slots.chosen, 0);
    assert_int_equal(grub(&slots), 1);
}

static void blocks_that_are_not_ours(void **state) {
    (void)state;
    static const char *const bad[] = {"slot=c\n",
                                      "slot=a\n",
                                      "try=b\n",
                                      "slot=ab\n",
                                      "slot_a=12\nslot=a\n",
                                      "slot_a=" OLD "0\n",
                                      "slot_a=G111111111111111111111111111111111111111111111111111111111111111\n",
                                      "slot"};
    char block[SLOTS_BLOCK_SIZE];
    struct slots slots;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err = {0};
        memset(block, '#', sizeof(block));
        int length = snprintf(block, sizeof(block), "# GRUB Environment Block\n%s", bad[i]);
        block[length] = bad[i][strlen(bad[i]) - 1] == '\n' ? '#' : 'x';
        if (slots_parse(block, sizeof(block), &slots, &err) != -1)
            fail_msg("accepted: %s", bad[i]);
        assert_true(err.message[0]);
    }
    struct error err = {0};
    slots_render(&SLOTS_EMPTY, block);
    assert_int_equal(slots_parse(block, sizeof(block) - 1, &slots, &err), -1);
    block[0] = 'x';
    assert_int_equal(slots_parse(block, sizeof(block), &slots, &err), -1);
}

static void others_keys_are_theirs(void **state) {
    (void)state;
    char block[SLOTS_BLOCK_SIZE];
    struct slots slots;
    struct error err = {0};
    memset(block, '#', sizeof(block));
    int length = snprintf(block, sizeof(block),
                          "# GRUB Environment Block\n# WARNING: do not edit\nsaved_entry=2\nslot_c=x\nslot_a=" OLD
                          "\nslot=a\nodd line\ntry=\n");
    block[length] = '#';
    assert_int_equal(slots_parse(block, sizeof(block), &slots, &err), 0);
    assert_int_equal(slots.chosen, 0);
    assert_string_equal(slots.sha256[0], OLD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_chosen),
        cmocka_unit_test(a_new_one_is_tried_and_confirmed),
        cmocka_unit_test(one_that_is_not_confirmed_is_tried_once),
        cmocka_unit_test(the_site_goes_back),
        cmocka_unit_test(one_that_was_never_booted_is_not_confirmed),
        cmocka_unit_test(blocks_that_are_not_ours),
        cmocka_unit_test(others_keys_are_theirs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
