/* SPDX-License-Identifier: Apache-2.0
 * See disks.h. */
#include "disks.h"

#include "size.h"
#include <errno.h>
#include <string.h>

enum { LIST_LENGTH = 140, SIZE_TOLERANCE_PERCENT = 1 /* a disk of 480G has 480,103,981,056 bytes */ };

static bool fits_text(const char *wanted, const char *has) {
    return !wanted || !strcmp(wanted, has);
}

static bool fits_size(const char *wanted, uint64_t size) {
    uint64_t bytes;
    if (!wanted || !size_parse(wanted, &bytes))
        return !wanted;
    uint64_t apart = size > bytes ? size - bytes : bytes - size;
    return apart <= bytes / 100 * SIZE_TOLERANCE_PERCENT;
}

/* "pci-0000:04:00.0" is a folder on the way to the device. */
static bool fits_path(const char *wanted, const struct disk *disk) {
    if (!wanted)
        return true;
    if (!strncmp(wanted, "/dev/", 5))
        return !strcmp(wanted + 5, disk->name);
    const char *address = wanted + strlen("pci-"), *at = strstr(disk->place, address);
    return at && at > disk->place && at[-1] == '/' && at[strlen(address)] == '/';
}

static bool names_one(const struct role_disk *selector) {
    return selector->serial || selector->wwn || selector->model || selector->size || selector->path;
}

static bool fits(const struct role_disk *selector, const struct disk *disk) {
    if (!names_one(selector))
        return !disk->removable;
    return fits_text(selector->serial, disk->serial) && fits_text(selector->wwn, disk->wwn) &&
           fits_text(selector->model, disk->model) && fits_size(selector->size, disk->size) &&
           fits_path(selector->path, disk);
}

static bool is_ours(const struct disk *disk) {
    return disk->content == DISK_OURS || disk->content == DISK_HALF;
}

void disks_describe(const struct disk *disk, struct buf *ret) {
    static const char *const contents[] = {
        [DISK_EMPTY] = "empty", [DISK_OURS] = "ours", [DISK_HALF] = "ours, unfinished"};
    buf_addf(ret, "%s (", disk->name);
    if (disk->serial[0])
        buf_addf(ret, "serial %s, ", disk->serial);
    if (disk->wwn[0])
        buf_addf(ret, "wwn %s, ", disk->wwn);
    buf_addf(ret, "%llu.%llu GB, %s%s)", (unsigned long long)(disk->size / 1000000000),
             (unsigned long long)(disk->size / 100000000 % 10),
             disk->content == DISK_FOREIGN ? disk->found : contents[disk->content],
             disk->removable ? ", removable" : "");
}

enum which { ALL, FITTING, FITTING_OURS };
static bool disks_belongs(enum which which, const struct role_disk *selector, const struct disk *disk) {
    return which == ALL || (fits(selector, disk) && (which == FITTING || is_ours(disk)));
}

/* Two paths to one disk have one WWN (or, where a disk has none, one serial number) and show the same bytes. A path
 * that cannot be read, as the passive one of a pair, is known by its WWN alone. */
static bool is_same(const struct disk *a, const struct disk *b) {
    if (a->size != b->size || strcmp(a->model, b->model) != 0 || strcmp(a->wwn, b->wwn) != 0)
        return false;
    if (a->problem[0] || b->problem[0])
        return a->wwn[0] != '\0';
    return a->digest == b->digest && (a->wwn[0] || (a->serial[0] && !strcmp(a->serial, b->serial)));
}

/* Whether another of those disks is a path to the same disk, and comes first: one that can be read before one that
 * cannot. */
static bool is_second_path(enum which which, const struct disk *disks, size_t n, const struct role_disk *selector,
                           size_t index) {
    for (size_t i = 0; i < n; i++) {
        bool better = disks[index].problem[0] && !disks[i].problem[0],
             equal = !disks[index].problem[0] == !disks[i].problem[0];
        if (i != index && (better || (equal && i < index)) && disks_belongs(which, selector, &disks[i]) &&
            is_same(&disks[i], &disks[index]))
            return true;
    }
    return false;
}

static size_t count(enum which which, const struct disk *disks, size_t n, const struct role_disk *selector,
                    size_t *ret_last) {
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        if (!disks_belongs(which, selector, &disks[i]) || is_second_path(which, disks, n, selector, i))
            continue;
        found++;
        *ret_last = i;
    }
    return found;
}

static int disks_refuse(enum which which, const struct disk *disks, size_t n, const struct role_disk *selector,
                        int code, const char *cause, const char *remedy, struct error *err) {
    cleanup_buf struct buf list = BUF_INIT(4096);
    size_t left_out = 0;
    for (size_t i = 0; i < n; i++) {
        if (!disks_belongs(which, selector, &disks[i]) ||
            (which != ALL && is_second_path(which, disks, n, selector, i)))
            continue;
        if (list.length > LIST_LENGTH) { /* one line for a person; `seed-agent facts` has all */
            left_out++;
            continue;
        }
        buf_adds(&list, list.length ? ", " : ": ");
        disks_describe(&disks[i], &list);
    }
    if (left_out)
        buf_addf(&list, " and %zu more", left_out);
    error_set(err, code, "%s%s", cause, buf_text(&list));
    return error_remedy(err, "%s", remedy);
}

/* Rules that hold whatever the wipe grant and the selector say. */
static int check_one(const struct disk *disk, struct error *err) {
    if (disk->problem[0]) {
        error_fail(err, SR_DISK_BAD, EIO, "disk `/dev/%s`: %s", disk->name, disk->problem);
        return error_remedy(err, "replace the disk, or name another one in the site's `disk`");
    }
    if (disk->read_only) {
        error_fail(err, SR_DISK_BAD, EROFS, "disk `/dev/%s` is read-only", disk->name);
        return error_remedy(err, "remove its write protection, replace it, or name another one in the site's `disk`");
    }
    if (!is_ours(disk) && disk->size < DISKS_LEAST) {
        error_fail(err, SR_DISK_SMALL, ENOSPC, "disk `/dev/%s` has %llu MiB, at least %llu MiB are needed", disk->name,
                   (unsigned long long)(disk->size >> 20), (unsigned long long)(DISKS_LEAST >> 20));
        return error_remedy(err, "take a larger disk, or set `diskless` in the site");
    }
    return 0;
}

int disks_choose(const struct disk *disks, size_t n, const struct role_disk *selector, size_t *ret_index,
                 struct error *err) {
    size_t index = 0, ours = count(FITTING_OURS, disks, n, selector, &index);
    if (ours > 1)
        return disks_refuse(FITTING_OURS, disks, n, selector, EINVAL, "several disks carry " DISKS_LABEL,
                            "name the right one in the site's `disk` by serial or wwn, or take the others out", err),
               error_code(err, SR_DISK_MANY);
    if (ours == 0) {
        size_t fitting = count(FITTING, disks, n, selector, &index);
        if (fitting == 0 && names_one(selector))
            return disks_refuse(ALL, disks, n, selector, ENODEV,
                                n ? "no disk fits the site's `disk`; there are" : "no disk was found",
                                "correct the site's `disk`, or check cable and controller", err),
                   error_code(err, n ? SR_DISK_UNFIT : SR_DISK_NONE);
        if (fitting == 0)
            return disks_refuse(ALL, disks, n, selector, ENODEV, n ? "no disk but removable ones" : "no disk was found",
                                "check cable and controller; a machine without a disk needs `diskless` in the site",
                                err),
                   error_code(err, SR_DISK_NONE);
        if (fitting > 1)
            return disks_refuse(FITTING, disks, n, selector, EINVAL,
                                names_one(selector) ? "several disks fit the site's `disk`"
                                                    : "several disks could be used",
                                "name the right one in the site's `disk` by serial or wwn", err),
                   error_code(err, SR_DISK_MANY);
    }
    if (check_one(&disks[index], err) < 0)
        return -1;
    *ret_index = index;
    return 0;
}
