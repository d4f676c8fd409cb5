/* SPDX-License-Identifier: Apache-2.0
 * What makes the machine start without PXE and without the seed: kernel and initramfs in one of two slots on its own disk. A new one is
 * tried once and stays when the machine becomes Ready with it (docs/install.md). */
#include "../data.h"
#include "../effects/esp.h"
#include "../effects/mounts.h"
#include "../fetch.h"
#include "../seed.h"
#include "../slots.h"
#include "../steps.h"
#include "install.h"

#include "file.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_FILE ESP "/grub/grubenv"

bool installs(const struct role *role) {
    return role->boot.sha256 != NULL;
}

static int booted_slot(const struct agent *agent) {
    return agent->boot.slot ? agent->boot.slot - 'a' : SLOT_NONE;
}

/* With the system partition mounted. A partition that GRUB cannot read either is made anew. */
static int read_slots(struct slots *ret, struct error *err) {
    cleanup_buf struct buf block = BUF_INIT(SLOTS_BLOCK_SIZE + 1);
    if (file_read(BLOCK_FILE, &block, err) == 0 && slots_parse(block.data, block.length, ret, err) == 0)
        return 1;
    *ret = SLOTS_EMPTY;
    return 0;
}

static int write_slots(const struct slots *slots, struct error *err) {
    char block[SLOTS_BLOCK_SIZE];
    slots_render(slots, block);
    return esp_write(BLOCK_FILE, block, sizeof(block), err);
}

/* 1: the partition is mounted and GRUB's block is whole; 0: it is to be made. */
static int look(const struct esp *esp, struct slots *ret, struct error *err) {
    *ret = SLOTS_EMPTY;
    if (esp_mount(esp, err) == 0)
        return read_slots(ret, err);
    return err->code == EINVAL ? 0 : -1;
}

int install_done(struct agent *agent, struct buf *why, struct error *err) {
    struct slots slots;
    struct esp esp;
    int slot;
    if (agent->initramfs) {
        buf_adds(why, "still in the initramfs");
        return 0;
    }
    int found = esp_find(&esp, err) < 0 ? -1 : look(&esp, &slots, err);
    esp_unmount();
    if (found < 0)
        return -1;
    switch (slots_decide(&slots, agent->role->boot.sha256, booted_slot(agent), &slot)) {
    case SLOTS_WRITE:
        buf_addf(why, "%s is in no slot of %s", agent->role->boot.name, esp.system);
        return 0;
    case SLOTS_REJECTED:
        seed_event(agent, "install", "failed", 0, 0, "slot %c was tried and the machine did not become Ready; slot %c booted again", slot_letter(slot),
                   slot_letter(!slot));
        return 1;
    default:
        return 1;
    }
}

/* The arguments with which this machine stands now, but those that told where they came from. */
static int write_arguments(const char *path, struct error *err) {
    static const char *const dropped[] = {"BOOT_IMAGE=", "initrd=", "seedrack.slot=", "seedrack.offline"};
    cleanup_buf struct buf cmdline = BUF_INIT(65536), text = BUF_INIT(65536);
    if (file_read("/proc/cmdline", &cmdline, err) < 0)
        return -1;
    buf_adds(&text, "set arguments='");
    for (const char *at = buf_text(&cmdline); *at;) {
        size_t length = strcspn(at, " \t\n"), i = 0;
        while (i < sizeof(dropped) / sizeof(dropped[0]) && strncmp(at, dropped[i], strlen(dropped[i])) != 0)
            i++;
        if (length && i == sizeof(dropped) / sizeof(dropped[0])) {
            if (memchr(at, '\'', length)) {
                error_set(err, EINVAL, "kernel command line: `%.*s`: GRUB takes no single quote", (int)length, at);
                return error_remedy(err, "write the site's /boot/kernel_arguments without it");
            }
            buf_add(&text, at, length);
            buf_adds(&text, " ");
        }
        at += length + (at[length] != '\0');
    }
    buf_adds(&text, "'\n");
    return buf_failed(&text) ? error_errno(err, ENOMEM, "`%s`", path) : esp_write(path, buf_text(&text), text.length, err);
}

static int fill_slot(int slot, const char *folder, struct error *err) {
    static const char *const files[] = {"vmlinuz", "initrd.img"};
    char from[256], to[96];
    snprintf(to, sizeof(to), ESP "/slot-%c", slot_letter(slot));
    if (file_mkdirs(to, 0700, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(from, sizeof(from), "%s/%s", folder, files[i]);
        snprintf(to, sizeof(to), ESP "/slot-%c/%s", slot_letter(slot), files[i]);
        if (esp_copy(from, to, err) < 0)
            return -1;
    }
    snprintf(to, sizeof(to), ESP "/slot-%c/arguments.cfg", slot_letter(slot));
    remove(to);
    return write_arguments(to, err);
}

/* GRUB never boots a slot that is not whole: it is taken out of the block first, and put in again last. */
static int install(struct agent *agent, const char *folder, struct error *err) {
    const struct role_layer *boot = &agent->role->boot;
    struct slots slots;
    struct esp esp;
    int slot, found = esp_find(&esp, err) < 0 ? -1 : look(&esp, &slots, err);
    if (found < 0)
        return -1;
    if (slots_decide(&slots, boot->sha256, booted_slot(agent), &slot) != SLOTS_WRITE)
        return 0;
    seed_event(agent, "install", "running", 0, boot->size, "%s into slot %c of %s", boot->name, slot_letter(slot), esp.system);
    if (!found) {
        esp_unmount();
        if (esp_make(&esp, folder, err) < 0)
            return -1;
    }
    slots_begin(&slots, slot);
    if (write_slots(&slots, err) < 0 || fill_slot(slot, folder, err) < 0)
        return -1;
    slots_finish(&slots, slot, boot->sha256);
    if (write_slots(&slots, err) < 0)
        return -1;
    log_info("%s is in slot %c%s", boot->name, slot_letter(slot), slots.tried == slot ? ": the next boot tries it" : "");
    return 0;
}

static void silent(void *context, uint64_t bytes) {
    (void)context;
    (void)bytes;
}

int install_run(struct agent *agent, struct error *err) {
    struct fetch fetch = {.layer = &agent->role->boot, .seed = agent->seed, .folder = DATA_LAYERS, .progress = silent};
    char file[128], folder[128];
    if (agent->role->diskless) {
        error_set(err, ENODEV, "a diskless machine has nothing to install on");
        return error_remedy(err, "remove `install` from the site");
    }
    snprintf(file, sizeof(file), DATA_LAYERS "/%s", agent->role->boot.sha256);
    snprintf(folder, sizeof(folder), MOUNTED "/%s", agent->role->boot.sha256);
    if (fetch_layer(&fetch, err) < 0) {
        if (!seed_is_away(err))
            return -1;
        log_warning("%s; it is installed when the seed is there", err->message); /* what is on the disk has just booted, or PXE is there */
        return 0;
    }
    if (!mounts_has(folder) && mounts_layer(file, folder, err) < 0)
        return -1;
    int result = install(agent, folder, err);
    esp_unmount();
    return result < 0 ? error_wrap(err, "install") : 0;
}

void install_confirm(struct agent *agent) {
    struct error err = {0};
    struct slots slots;
    struct esp esp;
    if (!agent->boot.slot || esp_find(&esp, &err) < 0)
        return;
    if (look(&esp, &slots, &err) == 1 && slots_confirm(&slots, booted_slot(agent))) {
        if (write_slots(&slots, &err) < 0)
            log_warning("slot %c: %s; the next boot takes the other one", agent->boot.slot, err.message);
        else
            seed_event(agent, "install", "done", 0, 0, "slot %c is what boots from now on", agent->boot.slot);
    }
    esp_unmount();
}
