/* SPDX-License-Identifier: Apache-2.0
 * See mounts.h. */
#include "mounts.h"
#include "child.h"

#include "file.h"
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

int mounts_add(const char *source, const char *target, const char *type, unsigned long flags, const char *options,
               struct error *err) {
    if (file_mkdirs(target, 0755, err) < 0)
        return -1;
    return mount(source, target, type, flags, options) < 0 ? error_errno(err, errno, "mount %s on `%s`", type, target)
                                                           : 0;
}

int mounts_bind(const char *source, const char *target, struct error *err) {
    if (file_mkdirs(source, 0755, err) < 0 || file_mkdirs(target, 0755, err) < 0)
        return -1;
    return mount(source, target, NULL, MS_BIND, NULL) < 0 ? error_errno(err, errno, "bind `%s` on `%s`", source, target)
                                                          : 0;
}

int mounts_move(const char *source, const char *target, struct error *err) {
    if (file_mkdirs(target, 0755, err) < 0)
        return -1;
    return mount(source, target, NULL, MS_MOVE, NULL) < 0
               ? error_errno(err, errno, "move mount `%s` to `%s`", source, target)
               : 0;
}

int mounts_layer(const char *file, const char *target, struct error *err) {
    const char *const argv[] = {"mount", "-t", "squashfs", "-o", "loop,ro,nodev", file, target, NULL};
    if (file_mkdirs(target, 0755, err) < 0)
        return -1;
    return child_run(argv, &(struct child_options){.timeout_s = 30}, NULL, err) < 0
               ? error_wrap(err, "mount layer `%s`", file)
               : 0;
}

bool mounts_has(const char *target) {
    char path[PATH_MAX];
    struct stat here, above;
    snprintf(path, sizeof(path), "%s", target);
    return stat(target, &here) == 0 && stat(dirname(path), &above) == 0 && here.st_dev != above.st_dev;
}

int mounts_free(const char *path, uint64_t *ret, struct error *err) {
    struct statvfs st;
    if (statvfs(path, &st) < 0)
        return error_errno(err, errno, "`%s`", path);
    *ret = (uint64_t)st.f_bavail * st.f_frsize;
    return 0;
}
