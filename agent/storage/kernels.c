/* SPDX-License-Identifier: Apache-2.0
 * See kernels.h. */
#include "kernels.h"
#include "decide/paths.h"
#include "layers.h"

#include "cleanup.h"
#include "file.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#define KERNELS AGENT_STATE "/kernels" /* <uname -r>: "<sha256> <bytes>" of the layer with its modules */

/* An installed machine may boot its old kernel again. So it keeps that kernel's modules, even if the role document no
 * longer names them. */
void kernels_keep(const struct role *role) {
    char path[128], text[96];
    struct error err;
    for (size_t i = 0; i < role->n_layers && role_installs(role); i++) {
        const struct role_layer *layer = &role->layers[i];
        if (!layer->kernel || !layer_wanted(layer))
            continue;
        snprintf(path, sizeof(path), KERNELS "/%s", layer->kernel);
        int length = snprintf(text, sizeof(text), "%s %" PRIu64 "\n", layer->sha256, layer->size);
        if (file_ensure(path, text, (size_t)length, 0644, &err) < 0)
            log_warning("%s; this kernel has no modules once the site has another one", err.message);
    }
}

static bool use_kept_modules(struct role *role, const char *release) {
    char path[128], sha256[65];
    uint64_t size;
    struct error ignored;
    cleanup_buf struct buf text = BUF_INIT(96);
    snprintf(path, sizeof(path), KERNELS "/%.64s", release);
    if (!role_installs(role) || role->n_layers == ROLE_LAYERS_MAX || file_read(path, &text, &ignored) < 0 ||
        sscanf(buf_text(&text), "%64[0-9a-f] %" SCNu64, sha256, &size) != 2)
        return false;
    cJSON *kept = cJSON_AddStringToObject(role->tree, "kept", sha256),
          *kernel = cJSON_AddStringToObject(role->tree, "kernel", release);
    struct role_layer *layers = kept && kernel ? realloc(role->layers, (role->n_layers + 1) * sizeof(*layers)) : NULL;
    if (!layers)
        return false;
    layers[role->n_layers++] = (struct role_layer){
        .name = "kernel-kept", .sha256 = kept->valuestring, .size = size, .kernel = kernel->valuestring};
    role->layers = layers;
    log_warning("the role document has no modules for the kernel %s; those of its last boot are taken", release);
    return true;
}

int kernels_check(struct role *role, struct error *err) {
    struct utsname uts;
    bool any = false;
    for (size_t i = 0; i < role->n_layers; i++) {
        if (role->layers[i].kernel && layer_wanted(&role->layers[i]))
            return 0;
        any |= role->layers[i].kernel != NULL;
    }
    if (!any || uname(&uts) < 0 || use_kept_modules(role, uts.release))
        return 0;
    error_fail(err, SR_LAYERS_KERNEL, ENOEXEC, "release %s has no modules for the kernel %s that this machine booted",
               role->release, uts.release);
    return error_remedy(err, "boot the present kernel: by PXE from the seed, or make the boot medium again");
}

int kernels_list(struct buf *ret, struct error *err) {
    struct utsname uts;
    char path[128];
    if (uname(&uts) < 0)
        return error_errno(err, errno, "uname");
    snprintf(path, sizeof(path), KERNELS "/%.64s", uts.release);
    return file_read(path, ret, err) < 0 && err->errnum != ENOENT ? -1 : 0;
}

void kernels_forget(void) {
    cleanup_closedir DIR *folder = opendir(KERNELS);
    const struct dirent *entry;
    struct utsname uts;
    while (folder && uname(&uts) == 0 && (entry = readdir(folder)))
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, uts.release) != 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
}
