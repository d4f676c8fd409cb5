/* SPDX-License-Identifier: Apache-2.0
 * See layers.h. */
#include "layers.h"
#include "agent.h"
#include "decide/paths.h"
#include "effects/mounts.h"

#include "cleanup.h"
#include "file.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <dirent.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { SPARE_MIB = 64 /* for what the root writes before the disk is mounted */ };

bool layer_wanted(const struct role_layer *layer) {
    struct utsname uts;
    return !layer->kernel || (uname(&uts) == 0 && !strcmp(uts.release, layer->kernel));
}

bool role_installs(const struct role *role) {
    return role->boot.sha256 != NULL;
}

uint64_t layers_bytes(const struct agent *agent) {
    uint64_t bytes = 0;
    for (size_t i = 0; agent->role && i < agent->role->n_layers; i++)
        bytes += layer_wanted(&agent->role->layers[i]) ? agent->role->layers[i].size : 0;
    return bytes;
}

int layers_mounted(const struct role *role, struct buf *why, struct error *err) {
    cleanup_buf struct buf mounts = BUF_INIT(1 << 20);
    if (file_read("/proc/self/mountinfo", &mounts, err) < 0)
        return -1;
    for (size_t i = 0; i < role->n_layers; i++) {
        const struct role_layer *layer = &role->layers[i];
        if (layer_wanted(layer) && !strstr(buf_text(&mounts), layer->sha256)) {
            buf_addf(why, "layer `%s` %.12s is not mounted", layer->name, layer->sha256);
            return 0;
        }
    }
    return 1;
}

static bool is_kept(const struct role_layer *layer) {
    char path[128];
    snprintf(path, sizeof(path), DATA_LAYERS "/%s", layer->sha256);
    return access(path, F_OK) == 0;
}

bool layers_to_fetch(const struct role *role, bool initramfs, const struct role_layer *layer) {
    if (initramfs)
        return layer_wanted(layer);
    return (layer_wanted(layer) || (role->boot.kernel && !strcmp(layer->kernel, role->boot.kernel))) && !is_kept(layer);
}

int layers_check_room(const struct role *role, bool initramfs, struct error *err) {
    uint64_t room, wanted = 0;
    for (size_t i = 0; i < role->n_layers; i++)
        if (layers_to_fetch(role, initramfs, &role->layers[i]) && !is_kept(&role->layers[i]))
            wanted += role->layers[i].size;
    if (mounts_free(DATA, &room, err) < 0)
        return -1;
    if (wanted == 0 || wanted + ((uint64_t)SPARE_MIB << 20) <= room)
        return 0;
    unsigned long long needed = (wanted >> 20) + SPARE_MIB;
    error_fail(err, SR_LAYERS_ROOM, ENOSPC, "the layers need %llu MiB, the %s of this machine has room for %llu MiB",
               needed, role->diskless ? "memory" : "disk", (unsigned long long)(room >> 20));
    return role->diskless ? error_remedy(err, "give the machine at least %llu MiB of memory", needed * 4 / 3 + 512)
                          : error_remedy(err, "give it a larger disk, or free space on its partition SEEDRACK-DATA");
}

int layers_mount(const struct role *role, struct error *err) {
    for (size_t i = 0; i < role->n_layers; i++) {
        char file[128], target[128];
        snprintf(file, sizeof(file), DATA_LAYERS "/%s", role->layers[i].sha256);
        snprintf(target, sizeof(target), MOUNTED "/%s", role->layers[i].sha256);
        if (layer_wanted(&role->layers[i]) && !mounts_has(target) && mounts_layer(file, target, err) < 0)
            return -1;
    }
    return 0;
}

bool layers_find(const struct role *role, const char *path, char *ret, size_t size) {
    for (size_t i = 0; i < role->n_layers; i++) {
        snprintf(ret, size, MOUNTED "/%s%s", role->layers[i].sha256, path);
        if (access(ret, F_OK) == 0)
            return true;
    }
    return false;
}

bool layers_kept(const struct role *role, bool initramfs) {
    bool all = true;
    for (size_t i = 0; i < role->n_layers; i++)
        all &= !layers_to_fetch(role, initramfs, &role->layers[i]);
    return all || role->diskless || access(DATA_LAYERS, F_OK) < 0;
}
