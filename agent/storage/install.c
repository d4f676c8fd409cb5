/* SPDX-License-Identifier: Apache-2.0
 * See install.h. Kernel and initramfs lie in one of two slots on the machine's own disk. */
#include "agent.h"
#include "decide/boot_words.h"
#include "decide/paths.h"
#include "effects/esp.h"
#include "effects/mounts.h"
#include "effects/netlink.h"
#include "fetch.h"
#include "layers.h"
#include "decide/slots.h"
#include "install.h"

#include "file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#define BLOCK_FILE ESP "/grub/grubenv"

static int booted_slot(const struct agent *agent) {
    return agent->cmdline.slot ? agent->cmdline.slot - 'a' : SLOT_NONE;
}

/* Syncs everything else first: the block must never name a slot that is not completely on the disk. */
static int write_slots(const struct slots *slots, struct error *err) {
    char block[SLOTS_BLOCK_SIZE];
    slots_render(slots, block);
    return esp_sync(err) < 0 ? -1 : esp_write(BLOCK_FILE, block, sizeof(block), err);
}

/* 1: the partition is mounted and GRUB's environment block is valid. 0: it must be made; GRUB could not boot from it
 * either. */
static int look_at_slots(const struct esp *esp, struct slots *ret, struct error *err) {
    cleanup_buf struct buf block = BUF_INIT(SLOTS_BLOCK_SIZE + 1);
    *ret = SLOTS_EMPTY;
    if (esp_mount(esp, err) < 0)
        return err->errnum == EINVAL ? 0 : -1;
    if (file_read(BLOCK_FILE, &block, err) < 0)
        return err->errnum == ENOENT ? 0 : -1;
    return slots_parse(block.data, block.length, ret, err) < 0 ? 0 : 1;
}

/* GRUB's file of the kernel arguments. */
static int render_arguments(const struct agent *agent, bool with_mode, struct buf *ret, struct error *err) {
    cleanup_buf struct buf cmdline = BUF_INIT(65536);
    struct link links[NETLINK_LINKS];
    size_t n;
    if (file_read("/proc/cmdline", &cmdline, err) < 0 || link_list(links, &n, err) < 0)
        return -1;
    const struct link *own = links_own(agent->role, links, n);
    buf_adds(ret, "set arguments='");
    if (boot_words_render(buf_text(&cmdline), &agent->role->network, agent->role->mac, own && own->kind != LINK_CARD,
                          with_mode, ret, err) < 0)
        return -1;
    buf_adds(ret, "'\n");
    return buf_failed(ret) ? error_errno(err, ENOMEM, "kernel arguments") : 0;
}

static void arguments_path(int slot, char ret[static 96]) {
    snprintf(ret, 96, ESP "/slot-%c/arguments.cfg", slot_letter(slot));
}

/* The other slot may be of the version before, and is what boots when this one fails. */
static int refresh_slot(const struct agent *agent, const char *path, bool of_role, struct error *err) {
    cleanup_buf struct buf wanted = BUF_INIT(65536), found = BUF_INIT(65536);
    struct error none;
    bool with_mode = of_role || (file_read(path, &found, &none) == 0 && boot_words_have_mode(buf_text(&found)));
    return render_arguments(agent, with_mode, &wanted, err) < 0 ||
                   file_ensure(path, wanted.data, wanted.length, 0600, err) < 0
               ? -1
               : 0;
}

/* A network that changed since the slot was written. */
static int refresh_arguments(const struct agent *agent, const struct slots *slots, struct error *err) {
    for (int slot = 0; slot < SLOTS; slot++) {
        char path[96];
        arguments_path(slot, path);
        if (slots->sha256[slot][0] &&
            refresh_slot(agent, path, !strcmp(slots->sha256[slot], agent->role->boot.sha256), err) < 0)
            return -1;
    }
    return esp_sync(err);
}

static int fill_slot(const struct agent *agent, int slot, const char *folder, struct error *err) {
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
    cleanup_buf struct buf text = BUF_INIT(65536);
    arguments_path(slot, to);
    remove(to);
    return render_arguments(agent, true, &text, err) < 0 ? -1 : esp_write(to, text.data, text.length, err);
}

/* The slot is first removed from the block and added again last, so that GRUB never boots an incomplete one. */
static int write_slot(struct agent *agent, struct slots *slots, int slot, const char *folder, struct error *err) {
    const struct role_layer *boot = &agent->role->boot;
    slots_begin(slots, slot);
    if (write_slots(slots, err) < 0 || fill_slot(agent, slot, folder, err) < 0)
        return -1;
    slots_finish(slots, slot, boot->sha256);
    if (write_slots(slots, err) < 0)
        return -1;
    events_say(agent, "ready", "ready", 0, boot->size, "%s is in slot %c%s", boot->name, slot_letter(slot),
               slots->tried == slot ? ": the next boot tries it" : "");
    return 0;
}

/* Fetches and verifies the boot layer, and mounts it as long as it is needed. */
static int install_slot(struct agent *agent, const struct esp *esp, bool made, struct slots *slots, int slot,
                        struct error *err) {
    const struct role_layer *boot = &agent->role->boot;
    const struct fetch fetch = {.layer = boot, .seed = agent->seed.url, .folder = DATA_LAYERS};
    char file[128], folder[128];
    snprintf(file, sizeof(file), DATA_LAYERS "/%s", boot->sha256);
    snprintf(folder, sizeof(folder), MOUNTED "/%s", boot->sha256);
    if (fetch_layer(&fetch, err) < 0 || mounts_layer(file, folder, err) < 0)
        return -1;
    events_say(agent, "ready", "ready", 0, boot->size, "%s goes into slot %c of %s", boot->name, slot_letter(slot),
               esp->system);
    if (!made)
        esp_unmount();
    int result = (made || esp_make(esp, folder, err) == 0) && write_slot(agent, slots, slot, folder, err) == 0 ? 0 : -1;
    umount2(folder, MNT_DETACH);
    return result;
}

static int bring_slot(struct agent *agent, const struct esp *esp, struct error *err) {
    struct slots slots;
    int slot, found = look_at_slots(esp, &slots, err);
    if (found < 0)
        return -1;
    switch (slots_decide(&slots, agent->role->boot.sha256, booted_slot(agent), &slot)) {
    case SLOTS_WRITE:
        return install_slot(agent, esp, found, &slots, slot, err);
    case SLOTS_WITHDRAWN:
        slots_begin(&slots, slot);
        return write_slots(&slots, err);
    case SLOTS_REJECTED:
        events_tell(agent, &(struct event){.step = "ready", .state = "ready", .code = SR_SLOT_REJECTED},
                    "slot %c was tried and the machine did not become Ready; slot %c booted again", slot_letter(slot),
                    slot_letter(!slot));
        return 0;
    default:
        return refresh_arguments(agent, &slots, err);
    }
}

/* What the disk must have for the next boot. */
static void wanted_on_disk(const struct agent *agent, struct buf *ret) {
    buf_adds(ret, agent->role->boot.sha256);
    network_words(&agent->role->network, agent->role->mac, true, ret);
}

int install_follow(struct agent *agent, struct error *err) {
    struct esp esp;
    cleanup_buf struct buf wanted = BUF_INIT(sizeof(agent->installed) - 1);
    if (!role_installs(agent->role))
        return 0;
    wanted_on_disk(agent, &wanted);
    if (!strcmp(agent->installed, buf_text(&wanted)))
        return 0;
    if (esp_find(&esp, err) < 0)
        return error_code(err, SR_INSTALL), error_wrap(err, "install");
    int result = bring_slot(agent, &esp, err);
    esp_unmount();
    if (result == 0)
        snprintf(agent->installed, sizeof(agent->installed), "%s", buf_text(&wanted));
    return result < 0 ? error_code(err, SR_INSTALL), error_wrap(err, "install") : 0;
}

int install_confirm(struct agent *agent, struct error *err) {
    struct slots slots;
    struct esp esp;
    if (!agent->cmdline.slot)
        return 0;
    int result = esp_find(&esp, err) < 0 ? -1 : look_at_slots(&esp, &slots, err);
    if (result == 1 && slots_confirm(&slots, booted_slot(agent))) {
        result = write_slots(&slots, err);
        if (result == 0)
            events_say(agent, "ready", "ready", 0, 0, "slot %c is what boots from now on", agent->cmdline.slot);
    }
    esp_unmount();
    return result < 0                                                       ? error_code(err, SR_INSTALL),
           error_wrap(err, "slot %c is not confirmed", agent->cmdline.slot) : 0;
}
