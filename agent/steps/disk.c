/* SPDX-License-Identifier: Apache-2.0
 * Step 5: where this machine keeps its layers and its state. Without a data partition that is RAM, and all is fetched again at the
 * next boot. On the assembled root it is there already. */
#include "../data.h"
#include "../effects/mounts.h"
#include "../steps.h"

#include "cleanup.h"
#include "file.h"
#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

int disk_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    if (!agent->initramfs || mounts_has(DATA))
        return 1;
    buf_adds(why, "nothing is kept anywhere yet: RAM is taken");
    return 0;
}

/* What was written before there was a place: claim, key, role. */
static int carry(const char *from, const char *to, struct error *err) {
    cleanup_closedir DIR *folder = opendir(from);
    const struct dirent *entry;
    if (!folder)
        return error_errno(err, errno, "`%s`", from);
    while ((entry = readdir(folder))) {
        char source[512], target[512];
        struct stat st;
        cleanup_buf struct buf text = BUF_INIT(4 << 20);
        snprintf(source, sizeof(source), "%s/%s", from, entry->d_name);
        snprintf(target, sizeof(target), "%s/%s", to, entry->d_name);
        if (lstat(source, &st) < 0 || !S_ISREG(st.st_mode))
            continue;
        if (file_read(source, &text, err) < 0 || file_write(target, buf_text(&text), text.length, st.st_mode & 07777, err) < 0)
            return -1;
    }
    return 0;
}

int disk_run(struct agent *agent, struct error *err) {
    static const char state[] = DATA_STATE "/agent";
    (void)agent;
    /* Three quarters of the memory at most: the rest is for what runs. */
    if (mounts_add("tmpfs", DATA, "tmpfs", MS_NODEV | MS_NOSUID, "mode=755,size=75%", err) < 0 || file_mkdirs(DATA_LAYERS, 0755, err) < 0 ||
        file_mkdirs(state, 0700, err) < 0 || carry(AGENT_STATE, state, err) < 0 || mounts_bind(state, AGENT_STATE, err) < 0)
        return error_wrap(err, "RAM");
    return 0;
}
