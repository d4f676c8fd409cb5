/* SPDX-License-Identifier: Apache-2.0
 * See release_files.h. */
#include "release_files.h"

#include "check.h"
#include "cleanup.h"
#include "file.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int path_of(const char *state, const char *name, char ret[PATH_MAX], struct error *err) {
    int length =
        snprintf(ret, PATH_MAX, "%s/releases%s%s%s", state, name ? "/" : "", name ? name : "", name ? ".json" : "");
    return length >= PATH_MAX ? error_errno(err, ENAMETOOLONG, "state folder `%.64s…`", state) : 0;
}

/* "v1.37.2.json": other names are nobody's. */
static bool is_release(const char *file) {
    char name[NAME_MAX + 1];
    size_t length = strlen(file);
    if (length <= 5 || strcmp(file + length - 5, ".json") != 0)
        return false;
    snprintf(name, sizeof(name), "%.*s", (int)length - 5, file);
    return !check_release(name);
}

int release_files_each(const char *state, int (*each)(void *context, const struct buf *text, struct error *err),
                       void *context, struct error *err) {
    char folder[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
    const struct dirent *entry;
    int more;
    if (path_of(state, NULL, folder, err) < 0)
        return -1;
    cleanup_closedir DIR *list = opendir(folder);
    if (!list)
        return errno == ENOENT ? 0 : error_errno(err, errno, "`%s`", folder);
    while ((more = file_next_entry(list, &entry, err)) > 0) {
        cleanup_buf struct buf text = BUF_INIT(RELEASE_TEXT_MAX);
        if (!is_release(entry->d_name))
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (file_read(path, &text, err) < 0 || each(context, &text, err) < 0)
            return error_wrap(err, "`%s`", path);
    }
    return more < 0 ? error_wrap(err, "`%s`", folder) : 0;
}

int release_files_keep(const char *state, const char *name, const struct buf *text, struct error *err) {
    char folder[PATH_MAX], path[PATH_MAX];
    return path_of(state, NULL, folder, err) < 0 || path_of(state, name, path, err) < 0 ||
                   file_mkdirs(folder, 0700, err) < 0
               ? -1
               : file_write(path, buf_text(text), text->length, 0600, err);
}

int release_files_drop(const char *state, const char *name, struct error *err) {
    char folder[PATH_MAX], path[PATH_MAX];
    if (path_of(state, NULL, folder, err) < 0 || path_of(state, name, path, err) < 0)
        return -1;
    if (unlink(path) < 0 && errno != ENOENT)
        return error_errno(err, errno, "`%s`", path);
    return file_sync_folder(folder, err);
}
