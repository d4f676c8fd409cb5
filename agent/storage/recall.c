/* SPDX-License-Identifier: Apache-2.0
 * See recall.h. */
#include "recall.h"
#include "agent.h"
#include "data.h"
#include "decide/generation.h"
#include "effects/await.h"
#include "effects/block.h"
#include "effects/identity.h"
#include "effects/mounts.h"
#include "effects/wall_clock.h"
#include "role_store.h"

#include "clock.h"
#include "file.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEEK "/run/seedrack/peek" /* where a data partition is mounted while it is not known whose it is */

/* The role document on the disk, if this machine wrote it. NULL: there is none, or it is another machine's. */
static struct role *read_own_role(struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    struct role *role = NULL;
    struct link links[NETLINK_LINKS];
    size_t n;
    if (link_list(links, &n, err) < 0 || file_read(AGENT_DATA "/role.json", &text, err) < 0 ||
        role_parse(buf_text(&text), text.length, &role, err) < 0)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!strcasecmp(links[i].mac, role->mac))
            return role;
    error_fail(err, SR_DISK_OTHER, ENOENT, "it is that of the machine with the MAC %s, which no card of this one has",
               role->mac);
    role_free(role);
    return NULL;
}

/* For a machine whose RTC battery is empty: the time is at least that of its own last write. */
static void set_clock_from(const char *path) {
    struct error err;
    struct stat st;
    if (!wall_clock_is_believable() && stat(path, &st) == 0 && wall_clock_set(st.st_mtime, &err) < 0)
        log_warning("%s", err.message);
}

/* Checks that the mounted disk is this machine's, and the one that its role document selects. */
static int check_own(const struct disk *disk, struct error *err) {
    cleanup_role struct role *role = read_own_role(err);
    struct disk one[1] = {*disk};
    size_t index;
    return !role || disks_choose(one, 1, &role->disk, &index, err) < 0
               ? error_wrap(err, "data partition of `/dev/%s`", disk->name)
               : 0;
}

int data_recall(struct agent *agent, struct error *err) {
    static const struct role_disk any = {0};
    struct disk disk;
    if (mounts_has(AGENT_STATE))
        return 0;
    if (data_choose(agent, &any, &disk, err) < 0)
        return -1;
    if (disk.content != DISK_OURS)
        return error_fail(err, SR_DISK_NONE, ENODEV, "no disk of this machine holds " DISKS_LABEL);
    if (data_mount(&disk, err) < 0)
        return -1;
    if (check_own(&disk, err) < 0) {
        umount2(DATA_ROOT, MNT_DETACH);
        umount2(DATA, MNT_DETACH);
        return -1;
    }
    remove(AGENT_DATA "/role.json" ROLE_NEXT);
    remove(AGENT_DATA "/role.etag" ROLE_NEXT);
    set_clock_from(AGENT_DATA "/role.json");
    return mounts_bind(AGENT_DATA, AGENT_STATE, err);
}

/* The higher one of what the disk has and what this boot knows. */
static int copy_generation(struct error *err) {
    cleanup_buf struct buf theirs = BUF_INIT(GENERATION_TEXT_SIZE), ours = BUF_INIT(GENERATION_TEXT_SIZE);
    struct error none;
    if (file_read(PEEK "/state/agent/" GENERATION_FILE, &theirs, &none) < 0 ||
        (file_read(AGENT_STATE "/" GENERATION_FILE, &ours, &none) == 0 &&
         !generation_replaces(buf_text(&theirs), buf_text(&ours))))
        return 0;
    return file_write(AGENT_STATE "/" GENERATION_FILE, buf_text(&theirs), theirs.length, 0644, err);
}

/* Mounts read-only. The kernel still replays the file system's journal: after a power cut the key may be only there. */
static int copy_identity(const struct disk *disk, struct error *err) {
    static const char *const names[] = {IDENTITY_KEY, IDENTITY_CERTIFICATE};
    char device[64], from[128];
    snprintf(device, sizeof(device), "/dev/%s", disk->data);
    if (mounts_add(device, PEEK, "ext4", MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC, NULL, err) < 0)
        return -1;
    int result = copy_generation(err);
    for (size_t i = 0; result == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
        cleanup_buf struct buf text = BUF_INIT(4096);
        snprintf(from, sizeof(from), PEEK "/state/agent/%s", names[i]);
        if (access(from, F_OK) < 0)
            break;
        char to[128];
        snprintf(to, sizeof(to), AGENT_STATE "/%s", names[i]);
        result =
            file_read(from, &text, err) < 0 ? -1 : file_write(to, buf_text(&text), text.length, i ? 0644 : 0600, err);
    }
    umount2(PEEK, MNT_DETACH);
    return result;
}

static bool has_own_disk(const void *context) {
    cleanup_block_list struct block_list list = {0};
    struct error none;
    (void)context;
    if (block_scan(&list, &none) < 0)
        return false;
    for (size_t i = 0; i < list.n; i++)
        if (list.disks[i].content == DISK_OURS)
            return true;
    return false;
}

int data_copy_identity(bool expected, struct error *err) {
    cleanup_block_list struct block_list list = {0};
    int64_t left_ms = DATA_SETTLED_MS - clock_boottime_ms();
    struct error late;
    if (expected && left_ms > 0 && !has_own_disk(NULL) &&
        await_in("/dev", has_own_disk, NULL, (unsigned)(left_ms / 1000) + 1, &late) < 0)
        log_warning("this machine booted from its own disk, which is not there: %s", late.message);
    if (block_scan(&list, err) < 0)
        return -1;
    for (size_t i = 0; i < list.n; i++)
        if (list.disks[i].content == DISK_OURS &&
            (copy_identity(&list.disks[i], err) < 0 || access(AGENT_STATE "/" IDENTITY_CERTIFICATE, F_OK) == 0))
            return access(AGENT_STATE "/" IDENTITY_CERTIFICATE, F_OK) == 0 ? 0 : -1;
    return 0;
}
