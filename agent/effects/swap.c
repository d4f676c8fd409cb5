/* SPDX-License-Identifier: Apache-2.0
 * See swap.h. */
#include "swap.h"

#include "decide/fstab.h"
#include "cleanup.h"
#include "file.h"
#include <blkid/blkid.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/swap.h>

static const char fstab_path[] = "/etc/fstab";

static bool device_is_swap(const char *spec) {
    cleanup_free char *device = NULL;
    if (strchr(spec, '=')) {
        char tag[32];
        const char *value = strchr(spec, '=') + 1;
        snprintf(tag, sizeof(tag), "%.*s", (int)(value - spec - 1), spec);
        device = blkid_evaluate_tag(tag, value, NULL);
    } else if (spec[0] == '/') {
        device = strdup(spec);
    }
    struct stat st;
    if (!device || stat(device, &st) < 0 || (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode)))
        return false;
    blkid_probe probe = blkid_new_probe_from_filename(device);
    if (!probe)
        return false;
    const char *type = "";
    blkid_probe_enable_superblocks(probe, 1);
    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE);
    bool result = blkid_do_safeprobe(probe) == 0 && blkid_probe_lookup_value(probe, "TYPE", &type, NULL) == 0 &&
                  !strcmp(type, "swap");
    blkid_free_probe(probe);
    return result;
}

/* Calls `act` for every path in /proc/swaps; stops at the first failure. */
static int each_active(int (*act)(const char *path, struct error *err), int *ret_count, struct error *err) {
    cleanup_fclose FILE *swaps = fopen("/proc/swaps", "re");
    cleanup_free char *line = NULL;
    size_t size = 0;
    *ret_count = 0;
    if (!swaps)
        return errno == ENOENT ? 0 : error_errno(err, errno, "read `/proc/swaps`");
    while (getline(&line, &size, swaps) > 0) {
        if (line[0] != '/') /* the heading */
            continue;
        line[strcspn(line, " \t\n")] = '\0';
        fstab_unescape(line);
        ++*ret_count;
        if (act && act(line, err) < 0)
            return -1;
    }
    return ferror(swaps) ? error_errno(err, EIO, "read `/proc/swaps`") : 0;
}

static int read_fstab(struct buf *ret, int *ret_entries, struct buf *ret_changed, struct error *err) {
    *ret_entries = 0;
    if (file_read(fstab_path, ret, err) < 0)
        return err->errnum == ENOENT ? 0 : -1;
    *ret_entries = fstab_without_swap(buf_text(ret), device_is_swap, ret_changed);
    return *ret_entries < 0 ? error_errno(err, ENOMEM, "`%s`", fstab_path) : 0;
}

int swap_count(int *ret_active, int *ret_fstab, struct error *err) {
    cleanup_buf struct buf old = BUF_INIT(65536), changed = BUF_INIT(2 * 65536);
    return each_active(NULL, ret_active, err) < 0 ? -1 : read_fstab(&old, ret_fstab, &changed, err);
}

static int turn_off(const char *path, struct error *err) {
    if (swapoff(path) == 0 || errno == EINVAL)
        return 0;
    if (errno == ENOENT) { /* "/swapfile (deleted)": swapoff(2) wants a path */
        error_fail(err, SR_HOST_SWAP, ENOENT, "swapoff `%s`: the file was removed while it is swapped to", path);
        return error_remedy(err, "reboot this machine");
    }
    error_errno(err, errno, "swapoff `%s`", path);
    error_code(err, SR_HOST_SWAP);
    return error_remedy(err, "free memory so that the swapped pages fit, or run swapoff %s by hand", path);
}

int swap_off(struct error *err) {
    int count;
    cleanup_buf struct buf old = BUF_INIT(65536), changed = BUF_INIT(2 * 65536);
    if (each_active(turn_off, &count, err) < 0 || read_fstab(&old, &count, &changed, err) < 0)
        return -1;
    if (count == 0)
        return 0;
    struct stat st;
    mode_t mode = stat(fstab_path, &st) == 0 ? st.st_mode & 07777 : 0644;
    return file_write(fstab_path, buf_text(&changed), changed.length, mode, err);
}
