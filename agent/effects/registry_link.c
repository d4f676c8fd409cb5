/* SPDX-License-Identifier: Apache-2.0
 * See registry_link.h. */
#include "registry_link.h"
#include "decide/paths.h"

#include "file.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void path_of(const char *host, char ret[static PATH_MAX]) {
    snprintf(ret, PATH_MAX, CERTS_D "/%s", host);
}

bool registry_link_is_there(const char *host) {
    char path[PATH_MAX];
    struct stat st;
    path_of(host, path);
    return lstat(path, &st) == 0;
}

int registry_link_make(const char *host, const char *folder, struct error *err) {
    char path[PATH_MAX];
    path_of(host, path);
    if (file_mkdirs(CERTS_D, 0755, err) < 0)
        return -1;
    return symlink(folder, path) < 0 && errno != EEXIST ? error_errno(err, errno, "link `%s`", path) : 0;
}

int registry_link_remove(const char *host, const char *folder, struct error *err) {
    char path[PATH_MAX], target[PATH_MAX];
    path_of(host, path);
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    if (length < 0)
        return 0;
    target[length] = '\0';
    return !strcmp(target, folder) && unlink(path) < 0 ? error_errno(err, errno, "remove `%s`", path) : 0;
}
