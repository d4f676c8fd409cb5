/* SPDX-License-Identifier: Apache-2.0
 * See usb.h. */
#include "usb.h"
#include "decide/paths.h"
#include "effects/await.h"
#include "effects/netlink.h"

#include "cleanup.h"
#include "clock.h"
#include "file.h"
#include "log.h"
#include <blkid/blkid.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <unistd.h>

enum { SETTLED_MS = 20000 /* after the kernel's start; by then every USB device has been found */ };

/* A hybrid image has a file system on the whole device and also a partition table. blkid's own search skips such
 * devices. */
static bool has_label(const char *device) {
    const char *label = "", *type = "";
    blkid_probe probe = blkid_new_probe_from_filename(device);
    if (!probe)
        return false;
    blkid_probe_enable_superblocks(probe, 1);
    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_LABEL | BLKID_SUBLKS_TYPE);
    bool found = blkid_do_safeprobe(probe) == 0 && blkid_probe_lookup_value(probe, "LABEL", &label, NULL) == 0 &&
                 !strcmp(label, USB_LABEL) && blkid_probe_lookup_value(probe, "TYPE", &type, NULL) == 0 &&
                 !strcmp(type, "iso9660");
    blkid_free_probe(probe);
    return found;
}

/* The first block device with the label; false when there is none. */
static bool find_device(char ret[static 64]) {
    cleanup_closedir DIR *devices = opendir("/sys/class/block");
    const struct dirent *entry;
    while (devices && (entry = readdir(devices))) {
        if (entry->d_name[0] == '.' || !strncmp(entry->d_name, "loop", 4) ||
            snprintf(ret, 64, "/dev/%s", entry->d_name) >= 64)
            continue;
        if (has_label(ret))
            return true;
    }
    return false;
}

static bool labelled(const void *ignored) {
    (void)ignored;
    char device[64];
    return find_device(device);
}

int usb_mount(struct error *err) {
    char device[64];
    struct error late;
    if (access(USB "/roles", F_OK) == 0)
        return 0;
    int64_t left_ms = SETTLED_MS - clock_boottime_ms();
    if (left_ms > 0 && await_in("/dev", labelled, NULL, (unsigned)(left_ms / 1000) + 1, &late) < 0)
        log_warning("the USB medium: %s", late.message);
    if (!find_device(device)) {
        error_fail(err, SR_STICK, ENOENT, "no block device with the label " USB_LABEL);
        return error_remedy(err, "plug the medium in again; its driver may be missing from this kernel");
    }
    if (file_mkdirs(USB, 0755, err) < 0)
        return -1;
    if (mount(device, USB, "iso9660", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return error_errno(err, errno, "mount `%s`", device);
    if (access(USB "/roles", F_OK) == 0)
        return 0;
    error_fail(err, SR_STICK, ENOENT, "`%s` has the label " USB_LABEL " and no role documents", device);
    return error_remedy(err, "make the medium with OFFLINE=1, or boot without seedrack.offline");
}

static bool read_role(const char *mac, struct buf *ret_text) {
    char path[96];
    struct error ignored;
    snprintf(path, sizeof(path), USB "/roles/%s.json", mac);
    for (char *c = path; *c; c++)
        if (*c == ':')
            *c = '-';
    return file_read(path, ret_text, &ignored) == 0;
}

int usb_role(const char *mac, struct buf *ret_text, struct error *err) {
    struct link links[NETLINK_LINKS];
    size_t n;
    if (usb_mount(err) < 0 || link_list(links, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        bool wanted = links[i].physical && (!mac[0] || !strcasecmp(mac, links[i].mac));
        if (wanted && read_role(links[i].mac, ret_text))
            return 0;
    }
    error_fail(err, SR_STICK, ENOENT, "the medium has no role document for a card of this machine");
    return error_remedy(err, "add its MAC to the site document and make the medium again");
}
