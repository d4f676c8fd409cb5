/* SPDX-License-Identifier: Apache-2.0
 * See secrets.h. */
#include "secrets.h"

#include "check.h"
#include "cleanup.h"
#include "file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int folder_of(const char *state, char ret[static PATH_MAX], struct error *err) {
    return snprintf(ret, PATH_MAX, "%s/secrets", state) >= PATH_MAX ? error_errno(err, ENAMETOOLONG, "secrets") : 0;
}

static int path_of(const char *state, const char *name, char ret[static PATH_MAX], struct error *err) {
    if (check_label(name))
        return error_set(err, EINVAL, "secret `%.64s`: its name is not %s", name, check_label(name));
    return snprintf(ret, PATH_MAX, "%s/secrets/%s", state, name) >= PATH_MAX ? error_errno(err, ENAMETOOLONG, "secrets")
                                                                             : 0;
}

static void count(void *context, const char *name, int64_t set_ms) {
    (void)name;
    (void)set_ms;
    ++*(size_t *)context;
}

int secrets_set(const char *state, const char *name, const char *value, struct error *err) {
    char folder[PATH_MAX], path[PATH_MAX];
    size_t n = 0;
    if (folder_of(state, folder, err) < 0 || path_of(state, name, path, err) < 0 ||
        file_mkdirs(folder, 0700, err) < 0 || secrets_each(state, count, &n, err) < 0)
        return -1;
    if (n >= SECRETS_MAX && access(path, F_OK) < 0)
        return error_set(err, EDQUOT, "secret `%s`: there are %d, the most", name, SECRETS_MAX);
    return file_write(path, value, strlen(value), 0600, err);
}

int secrets_read(const char *state, const char *name, struct buf *ret, struct error *err) {
    char path[PATH_MAX];
    if (path_of(state, name, path, err) < 0)
        return -1;
    if (access(path, F_OK) < 0 && errno == ENOENT) {
        error_set(err, ENOENT, "secret `%s`: nobody set it", name);
        return error_remedy(err, "seedctl secret set %s", name);
    }
    return file_read(path, ret, err);
}

int secrets_remove(const char *state, const char *name, struct error *err) {
    char folder[PATH_MAX], path[PATH_MAX];
    if (folder_of(state, folder, err) < 0 || path_of(state, name, path, err) < 0)
        return -1;
    if (unlink(path) < 0) {
        if (errno != ENOENT)
            return error_errno(err, errno, "remove `%s`", path);
        error_set(err, ENOENT, "secret `%s`: there is none of that name", name);
        return error_remedy(err, "seedctl secret list");
    }
    return file_sync_folder(folder, err);
}

static int64_t changed_ms(const struct stat *st) {
    return st->st_mtim.tv_sec * INT64_C(1000) + st->st_mtim.tv_nsec / 1000000;
}

int secrets_each(const char *state, void (*each)(void *context, const char *name, int64_t set_ms), void *context,
                 struct error *err) {
    char path[PATH_MAX];
    const struct dirent *entry;
    struct stat st;
    int more;
    if (folder_of(state, path, err) < 0)
        return -1;
    cleanup_closedir DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT ? 0 : error_errno(err, errno, "open `%s`", path);
    while ((more = file_next_entry(folder, &entry, err)) > 0)
        if (!check_label(entry->d_name) && fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            each(context, entry->d_name, changed_ms(&st));
    return more < 0 ? error_wrap(err, "`%s`", path) : 0;
}

int secrets_changed(const char *state, int64_t *ret_ms, struct error *err) {
    char path[PATH_MAX];
    struct stat st;
    *ret_ms = 0;
    if (folder_of(state, path, err) < 0)
        return -1;
    if (stat(path, &st) < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "look at `%s`", path);
    *ret_ms = changed_ms(&st);
    return 0;
}
