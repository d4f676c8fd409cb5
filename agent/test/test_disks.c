/* SPDX-License-Identifier: Apache-2.0
 * Which disk may be used: every rule of docs/disks.md, and what is said when none may. */
#include "../../lib/test/testing.h"
#include "decide/disks.h"

#include <errno.h>
#include <string.h>

#define GB UINT64_C(1000000000)

static struct disk disk(const char *name, enum disk_content content) {
    struct disk d = {.size = 480103981056, .sector = 512, .content = content};
    snprintf(d.name, sizeof(d.name), "%s", name);
    snprintf(d.serial, sizeof(d.serial), "S-%s", name);
    snprintf(d.wwn, sizeof(d.wwn), "naa.5000%s", name);
    snprintf(d.model, sizeof(d.model), "Model");
    snprintf(d.place, sizeof(d.place), "../devices/pci0000:00/0000:0%c:00.0/ata1/block/%s", name[2], name);
    snprintf(d.found, sizeof(d.found), "ext4 `home`");
    d.digest = (uint64_t)name[2];
    return d;
}

/* The chosen disk's name, or NULL with `why`. */
static const char *choice(const struct disk *disks, size_t n, struct role_disk selector, struct error *why) {
    size_t index;
    *why = (struct error){0};
    return disks_choose(disks, n, &selector, &index, why) == 0 ? disks[index].name : NULL;
}

static void refused(const struct disk *disks, size_t n, struct role_disk selector, int code, const char *text) {
    struct error why;
    assert_null(choice(disks, n, selector, &why));
    assert_int_equal(why.errnum, code);
    if (!strstr(why.message, text))
        fail_msg("`%s` is not in `%s`", text, why.message);
    assert_true(why.remedy[0]);
}

static void the_only_candidate(void **state) {
    struct error why;
    (void)state;
    static const enum disk_content contents[] = {DISK_EMPTY, DISK_OURS, DISK_HALF,
                                                 DISK_FOREIGN}; /* a foreign one is for the seed to grant */
    for (size_t i = 0; i < 4; i++) {
        struct disk disks[] = {disk("sda", contents[i])};
        assert_string_equal(choice(disks, 1, (struct role_disk){0}, &why), "sda");
    }
    struct disk disks[] = {disk("sda", DISK_EMPTY), disk("sdb", DISK_EMPTY)};
    disks[0].removable = true;
    assert_string_equal(choice(disks, 2, (struct role_disk){0}, &why), "sdb");
    assert_string_equal(choice(disks, 2, (struct role_disk){.serial = "S-sda"}, &why), "sda");
}

static void none(void **state) {
    (void)state;
    struct disk disks[] = {disk("sda", DISK_EMPTY), disk("sdb", DISK_FOREIGN)};
    refused(disks, 0, (struct role_disk){0}, ENODEV, "no disk was found");
    refused(disks, 0, (struct role_disk){.serial = "X"}, ENODEV, "no disk was found");
    refused(disks, 2, (struct role_disk){.serial = "X"}, ENODEV,
            "no disk fits the site's `disk`; there are: sda (serial S-sda, wwn naa.5000sda, 480.1 GB, empty), sdb "
            "(serial S-sdb, wwn naa.5000sdb, 480.1 GB, ext4 `home`)");
    disks[0].removable = true;
    refused(disks, 1, (struct role_disk){0}, ENODEV,
            "no disk but removable ones: sda (serial S-sda, wwn naa.5000sda, 480.1 GB, empty, removable)");
}

static void two(void **state) {
    struct error why;
    (void)state;
    struct disk disks[] = {disk("sda", DISK_EMPTY), disk("sdb", DISK_EMPTY), disk("sdc", DISK_FOREIGN)};
    refused(disks, 2, (struct role_disk){0}, EINVAL, "several disks could be used: sda (");
    refused(disks, 2, (struct role_disk){.model = "Model"}, EINVAL, "several disks fit the site's `disk`: sda (");
    disks[1].content = DISK_OURS;
    assert_string_equal(choice(disks, 3, (struct role_disk){0}, &why), "sdb");
    assert_string_equal(choice(disks, 3, (struct role_disk){.serial = "S-sdc"}, &why), "sdc");
    disks[2].content = DISK_HALF;
    refused(disks, 3, (struct role_disk){0}, EINVAL,
            "several disks carry SEEDRACK-DATA: sdb (serial S-sdb, wwn naa.5000sdb, 480.1 GB, ours), sdc (");
    assert_string_equal(choice(disks, 3, (struct role_disk){.serial = "S-sdc"}, &why), "sdc");
}

static void selectors(void **state) {
    struct error why;
    (void)state;
    struct disk disks[] = {disk("sda", DISK_EMPTY), disk("sdb", DISK_EMPTY)};
    disks[1].size = 960 * GB;
    snprintf(disks[1].model, sizeof(disks[1].model), "Other");
    static const struct role_disk second[] = {
        {.serial = "S-sdb"},          {.wwn = "naa.5000sdb"},
        {.model = "Other"},           {.size = "960G"},
        {.size = "894GiB"},           {.path = "/dev/sdb"},
        {.path = "pci-0000:0b:00.0"}, {.serial = "S-sdb", .size = "960G", .accept_slow = true}};
    for (size_t i = 0; i < sizeof(second) / sizeof(second[0]); i++)
        assert_string_equal(choice(disks, 2, second[i], &why), "sdb");
    assert_string_equal(choice(disks, 2, (struct role_disk){.size = "480G"}, &why), "sda");
    refused(disks, 2, (struct role_disk){.size = "500G"}, ENODEV, "no disk fits");
    refused(disks, 2, (struct role_disk){.serial = "S-sda", .model = "Other"}, ENODEV, "no disk fits");
    refused(disks, 2, (struct role_disk){.path = "pci-0000:0c:00.0"}, ENODEV, "no disk fits");
    refused(disks, 2, (struct role_disk){.path = "pci-000:0b:00."}, ENODEV, "no disk fits");
    refused(disks, 2, (struct role_disk){.accept_slow = true}, EINVAL, "several disks could be used"); /* names none */
}

static void unfit(void **state) {
    struct error why;
    (void)state;
    struct disk one = disk("sda", DISK_EMPTY);
    one.size = DISKS_LEAST - 512;
    refused(&one, 1, (struct role_disk){0}, ENOSPC, "disk `/dev/sda` has 6143 MiB, at least 6144 MiB are needed");
    one.content = DISK_OURS; /* it is in use: what it has, it has */
    assert_string_equal(choice(&one, 1, (struct role_disk){0}, &why), "sda");
    one.read_only = true;
    refused(&one, 1, (struct role_disk){0}, EROFS, "disk `/dev/sda` is read-only");
    snprintf(one.problem, sizeof(one.problem), "it cannot be read: EIO");
    refused(&one, 1, (struct role_disk){0}, EIO, "disk `/dev/sda`: it cannot be read: EIO");
}

static void many(void **state) {
    (void)state;
    struct disk disks[9];
    for (size_t i = 0; i < 9; i++)
        disks[i] = disk((const char[]){'s', 'd', (char)('a' + i), '\0'}, DISK_EMPTY);
    refused(disks, 9, (struct role_disk){0}, EINVAL, "sdc (serial S-sdc, wwn naa.5000sdc, 480.1 GB, empty) and 6 more");
}

/* A second path to `first`, named `name`. */
static struct disk path_to(const struct disk *first, const char *name) {
    struct disk d = *first;
    snprintf(d.name, sizeof(d.name), "%s", name);
    snprintf(d.place, sizeof(d.place), "../devices/pci0000:00/0000:0f:00.0/host1/block/%s", name);
    return d;
}

static void two_paths_are_one_disk(void **state) {
    struct error why;
    (void)state;
    static const enum disk_content contents[] = {DISK_EMPTY, DISK_OURS, DISK_HALF, DISK_FOREIGN};
    for (size_t i = 0; i < 4; i++) {
        struct disk first = disk("sda", contents[i]), disks[] = {first, path_to(&first, "sdb"), path_to(&first, "sdc")};
        assert_string_equal(choice(disks, 3, (struct role_disk){0}, &why), "sda");
        assert_string_equal(choice(disks, 3, (struct role_disk){.wwn = first.wwn}, &why), "sda");
        assert_string_equal(choice(disks, 3, (struct role_disk){.path = "/dev/sdb"}, &why), "sdb");
        disks[0].wwn[0] = disks[1].wwn[0] = disks[2].wwn[0] = '\0'; /* by serial number */
        assert_string_equal(choice(disks, 3, (struct role_disk){.serial = first.serial}, &why), "sda");
        snprintf(disks[0].problem, sizeof(disks[0].problem), "it cannot be read: EIO"); /* then nothing proves it */
        refused(disks, 3, (struct role_disk){.serial = first.serial}, EINVAL, "several disks");
    }
    struct disk first = disk("sda", DISK_EMPTY), disks[] = {first, path_to(&first, "sdb"), disk("sdc", DISK_EMPTY)};
    snprintf(disks[0].problem, sizeof(disks[0].problem), "it cannot be read: EIO"); /* the passive path of a pair */
    assert_string_equal(choice(disks, 2, (struct role_disk){0}, &why), "sdb");
    refused(disks, 3, (struct role_disk){0}, EINVAL, "several disks could be used: sdb (serial S-sda, ");
    assert_null(strstr(why.message, "sda ("));
}

static void equal_names_are_not_one_disk(void **state) {
    (void)state;
    struct disk first = disk("sda", DISK_EMPTY), disks[] = {first, path_to(&first, "sdb")};
    disks[1].digest++; /* other bytes: two disks of one careless vendor */
    refused(disks, 2, (struct role_disk){0}, EINVAL, "several disks could be used: sda (");
    disks[1] = path_to(&first, "sdb");
    disks[1].size += 4096;
    refused(disks, 2, (struct role_disk){0}, EINVAL, "several disks could be used: sda (");
    disks[1] = path_to(&first, "sdb");
    disks[0].wwn[0] = disks[1].wwn[0] = disks[0].serial[0] = disks[1].serial[0] = '\0';
    refused(disks, 2, (struct role_disk){0}, EINVAL, "several disks could be used: sda (");
}

static void there_may_be_any_number(void **state) {
    struct error why;
    (void)state;
    enum { N = 300 };
    static struct disk disks[N];
    for (unsigned i = 0; i < N; i++) {
        char name[8];
        snprintf(name, sizeof(name), "sd%c%u", (char)('a' + i % 26), i);
        disks[i] = disk(name, DISK_FOREIGN);
    }
    assert_string_equal(choice(disks, N, (struct role_disk){.serial = disks[N - 1].serial}, &why), disks[N - 1].name);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_paths_are_one_disk),
                                       cmocka_unit_test(equal_names_are_not_one_disk),
                                       cmocka_unit_test(there_may_be_any_number),
                                       cmocka_unit_test(the_only_candidate),
                                       cmocka_unit_test(none),
                                       cmocka_unit_test(two),
                                       cmocka_unit_test(selectors),
                                       cmocka_unit_test(unfit),
                                       cmocka_unit_test(many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
