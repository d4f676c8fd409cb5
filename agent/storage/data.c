/* SPDX-License-Identifier: Apache-2.0
 * See data.h. */
#include "data.h"
#include "agent.h"
#include "carry.h"
#include "effects/await.h"
#include "effects/mounts.h"

#include "cleanup.h"
#include "clock.h"
#include "file.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECEIPT                                                                                                        \
    AGENT_DATA "/disk.json" /* written when the wipe receipt is with the seed and the disk's speed was measured */
enum { SLOW_US = 10000, TOO_SLOW_US = 20000 };

static cJSON *disk_identity(const struct disk *disk) {
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "serial", disk->serial);
    cJSON_AddStringToObject(body, "wwn", disk->wwn);
    return body;
}

/* Asks the seed, which marks the wipe grant as used before the first byte is written. */
static int ask_for_wipe(struct agent *agent, const struct disk *disk, struct error *err) {
    cleanup_json cJSON *body = disk_identity(disk);
    cJSON_AddStringToObject(body, "found", disk->found);
    if (seed_call(&agent->seed, "POST", "/v1/wipe", body, 10, NULL, NULL, err) == 0)
        return 0;
    if (seed_is_away(err))
        return -1;
    cleanup_buf struct buf what = BUF_INIT(512);
    disks_describe(disk, &what);
    error_wrap(err, "%s has somebody's data and is not touched", buf_text(&what));
    error_code(err, SR_DISK_FOREIGN);
    return -1;
}

struct search {
    const struct role_disk *selector;
    struct disk disk;
    int result;
    struct error err;
};

static void find_disk(struct search *search) {
    cleanup_block_list struct block_list list = {0};
    size_t index;
    search->result = block_scan(&list, &search->err) < 0
                         ? -1
                         : disks_choose(list.disks, list.n, search->selector, &index, &search->err);
    if (search->result == 0)
        search->disk = list.disks[index];
}

/* Whether waiting for more disks is useless: the data partition is there, or the disk that the site names by what no
 * other disk has. */
static bool is_certain(const void *context) {
    struct search *search = *(struct search *const *)context;
    find_disk(search);
    return search->result == 0 && (search->disk.content == DISK_OURS || search->disk.content == DISK_HALF ||
                                   search->selector->serial || search->selector->wwn);
}

/* A disk that appears late may be the right one, or a second candidate. So a disk without the data partition is chosen
 * only when all disks are there, unless the site names it by serial number or WWN. */
int data_choose(struct agent *agent, const struct role_disk *selector, struct disk *ret_disk, struct error *err) {
    struct search search = {.selector = selector}, *context = &search;
    struct error late;
    int64_t left_ms = DATA_SETTLED_MS - clock_boottime_ms();
    if (!is_certain(&context) && left_ms > 0) {
        events_say(agent, "disk", "waiting", 0, 0, "for the disks to appear");
        if (await_in("/dev", is_certain, &context, (unsigned)(left_ms / 1000) + 1, &late) < 0)
            find_disk(&search);
    }
    if (search.result < 0) {
        *err = search.err;
        return -1;
    }
    *ret_disk = search.disk;
    return 0;
}

/* Wipes if granted, and partitions. After each stage a power cut leaves a state that the next boot recognises; after
 * the last stage it is DISK_OURS. */
static int make_data(struct agent *agent, struct disk *disk, struct error *err) {
    cleanup_buf struct buf what = BUF_INIT(512);
    disks_describe(disk, &what);
    if (disk->content == DISK_FOREIGN) {
        if (ask_for_wipe(agent, disk, err) < 0)
            return -1;
        events_say(agent, "disk", "running", 0, 0, "wiping %s, as granted", buf_text(&what));
        log_warning("wiping %s, as the site grants", buf_text(&what));
        if (block_wipe(disk, err) < 0)
            return -1;
        disk->content = DISK_EMPTY;
    }
    if (disk->content != DISK_OURS)
        events_say(agent, "disk", "running", 0, 0, "partitioning %s", buf_text(&what));
    if ((disk->content == DISK_EMPTY && block_make_data(disk, err) < 0) ||
        (disk->content != DISK_OURS && block_make_table(disk, err) < 0))
        return -1;
    return 0;
}

int data_mount(const struct disk *disk, struct error *err) {
    char device[64];
    snprintf(device, sizeof(device), "/dev/%s", disk->data);
    /* kubeadm does not fsync what it writes beside etcd's data. Without delayed allocation it is on the disk with
     * etcd's next fdatasync (ext4(5), data=ordered), so a machine that lost power knows of which cluster it is. */
    if (mounts_add(device, DATA, "ext4", MS_NODEV | MS_NOSUID | MS_NOATIME, "errors=remount-ro,nodelalloc", err) == 0)
        return mounts_add("tmpfs", DATA_ROOT, "tmpfs", MS_NODEV | MS_NOSUID, "mode=755,size=50%", err);
    error_wrap(err, "disk `%s`", device);
    error_code(err, SR_DISK_MOUNT);
    return error_remedy(err, "check it with e2fsck; if its data may go, remove its signatures (wipefs): a wipe grant "
                             "is only for disks of others");
}

/* etcd's hardware guide wants 99 of 100 writes of its log within 10 ms. Beyond twice that it loses leaders. */
static int check_speed(const struct role *role, unsigned us, struct error *err) {
    if (us <= SLOW_US)
        return 0;
    if (us <= TOO_SLOW_US || role->disk.accept_slow) {
        log_warning("fdatasync takes %u.%u ms on this disk; etcd wants 10 ms at most", us / 1000, us / 100 % 10);
        return 0;
    }
    error_fail(err, SR_DISK_SLOW, ETIMEDOUT, "fdatasync takes %u.%u ms on this disk, etcd bears %d ms at most",
               us / 1000, us / 100 % 10, TOO_SLOW_US / 1000);
    return error_remedy(err, "give the master a faster disk; or set `accept_slow` in the site's `disk`");
}

/* Done once in the life of a data partition. */
static int sign_receipt(struct agent *agent, const struct disk *disk, struct error *err) {
    cleanup_json cJSON *body = disk_identity(disk), *receipt = disk_identity(disk);
    unsigned us = 0;
    struct stat st;
    if (stat(RECEIPT, &st) == 0)
        return 0;
    if (role_is_master(agent->role) &&
        (block_sync_latency(DATA, &us, err) < 0 || check_speed(agent->role, us, err) < 0))
        return -1;
    if (seed_call(&agent->seed, "POST", "/v1/wipe/done", body, 10, NULL, NULL, err) < 0) {
        if (!seed_is_away(err))
            return -1;
        log_warning("%s; the next boot tells the seed that the wipe is done", err->message);
        return 0;
    }
    cJSON_AddNumberToObject(receipt, "fdatasync_us", us);
    char *text = cJSON_PrintUnformatted(receipt);
    int result = text ? file_write(RECEIPT, text, strlen(text), 0644, err) : error_errno(err, ENOMEM, "`" RECEIPT "`");
    cJSON_free(text);
    return result;
}

static int take_disk(struct agent *agent, struct error *err) {
    struct disk disk;
    if (data_choose(agent, &agent->role->disk, &disk, err) < 0 || make_data(agent, &disk, err) < 0)
        return -1;
    if (disk.content != DISK_OURS &&
        data_choose(agent, &agent->role->disk, &disk, err) < 0) /* look again, as the next boot will */
        return -1;
    if (disk.content != DISK_OURS)
        return error_fail(err, SR_DISK_BAD, EIO, "disk `/dev/%s`: what was written is not there", disk.name);
    if (data_mount(&disk, err) < 0)
        return -1;
    return file_mkdirs(AGENT_DATA, 0700, err) < 0 ? -1 : sign_receipt(agent, &disk, err);
}

/* At most three quarters of the memory: programs need the rest. */
static int take_ram(struct error *err) {
    return mounts_add("tmpfs", DATA, "tmpfs", MS_NODEV | MS_NOSUID, "mode=755,size=75%", err) < 0 ||
                   file_mkdirs(AGENT_DATA, 0700, err) < 0
               ? -1
               : 0;
}

int data_attach(struct agent *agent, struct error *err) {
    if (mounts_has(DATA))
        umount2(DATA, MNT_DETACH); /* left by a failed attempt */
    if ((agent->role->diskless ? take_ram(err) : take_disk(agent, err)) < 0)
        return -1;
    if (file_mkdirs(DATA_LAYERS, 0755, err) < 0 || carry_files(AGENT_STATE, AGENT_DATA, err) < 0 ||
        mounts_bind(AGENT_DATA, AGENT_STATE, err) < 0)
        return error_wrap(err, agent->role->diskless ? "RAM" : "data partition");
    return 0;
}
