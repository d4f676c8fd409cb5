/* SPDX-License-Identifier: Apache-2.0
 * See docker_store.h. Paths: moby v26, layer/filestore.go, image/fs.go, daemon/graphdriver/overlay2/overlay.go. */
#include "docker_store.h"

#include "file.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DOCKER "/var/lib/docker"
enum { LINK_LENGTH = 26 /* overlay2: idLength */, CONFIG_MAX = 1 << 20 };

int image_about_read(const char *folder, struct image_about *ret, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(256);
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/about", folder);
    if (file_read(path, &text, err) < 0)
        return -1;
    struct image_about about;
    if (sscanf(buf_text(&text), "%71s %71s %lld", about.id, about.diff, &about.size) != 3 || strlen(about.id) != 71 ||
        strlen(about.diff) != 71 || strncmp(about.id, "sha256:", 7) != 0 || strncmp(about.diff, "sha256:", 7) != 0)
        return error_set(err, EINVAL, "`%s`: not two sha256 and a size", path);
    *ret = about;
    return 0;
}

static int link_to(const char *target, const char *path, struct error *err) {
    return symlink(target, path) < 0 && errno != EEXIST ? error_errno(err, errno, "link `%s`", path) : 0;
}

/* Makes overlay2/<id>/{link,committed,diff} and overlay2/l/<short>, which the driver mounts as lowerdir. */
static int lay_driver(const char *folder, const char *hex, struct error *err) {
    char path[PATH_MAX], target[PATH_MAX];
    snprintf(path, sizeof(path), DOCKER "/overlay2/l");
    if (file_mkdirs(path, 0710, err) < 0)
        return -1;
    snprintf(path, sizeof(path), DOCKER "/overlay2/%s/link", hex);
    if (file_write(path, hex, LINK_LENGTH, 0644, err) < 0)
        return -1;
    snprintf(path, sizeof(path), DOCKER "/overlay2/%s/committed", hex);
    if (file_write(path, "", 0, 0600, err) < 0)
        return -1;
    snprintf(path, sizeof(path), DOCKER "/overlay2/%s/diff", hex);
    snprintf(target, sizeof(target), "%s/root", folder);
    if (link_to(target, path, err) < 0)
        return -1;
    snprintf(path, sizeof(path), DOCKER "/overlay2/l/%.*s", LINK_LENGTH, hex);
    snprintf(target, sizeof(target), "../%s/diff", hex);
    return link_to(target, path, err);
}

static int lay_layer(const struct image_about *about, const char *hex, struct error *err) {
    char size[32];
    int length = snprintf(size, sizeof(size), "%lld", about->size);
    const struct {
        const char *name, *text;
        size_t length;
    } files[] = {
        {"diff", about->diff, strlen(about->diff)}, {"size", size, (size_t)length}, {"cache-id", hex, strlen(hex)}};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof(path), DOCKER "/image/overlay2/layerdb/sha256/%s/%s", hex, files[i].name);
        if (file_write(path, files[i].text, files[i].length, 0644, err) < 0)
            return -1;
    }
    return 0;
}

int docker_store_lay(const char *folder, const struct image_about *about, struct error *err) {
    const char *hex = about->diff + strlen("sha256:"); /* of a single layer the chain id is the diff id */
    char content[PATH_MAX], path[PATH_MAX];
    cleanup_buf struct buf config = BUF_INIT(CONFIG_MAX);
    snprintf(content, sizeof(content), DOCKER "/image/overlay2/imagedb/content/sha256/%s",
             about->id + strlen("sha256:"));
    if (access(content, F_OK) == 0)
        return 0;
    snprintf(path, sizeof(path), "%s/config.json", folder);
    if (file_read(path, &config, err) < 0 || lay_driver(folder, hex, err) < 0 || lay_layer(about, hex, err) < 0 ||
        file_write(content, config.data, config.length, 0600, err) < 0)
        return -1;
    return 1;
}
