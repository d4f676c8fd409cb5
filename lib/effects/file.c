/* SPDX-License-Identifier: Apache-2.0
 * See file.h. */
#include "file.h"

#include "cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

int file_read(const char *path, struct buf *ret, struct error *err) {
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "read `%s`", path);
    char chunk[16384];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, errno, "read `%s`", path);
        if (got == 0)
            break;
        buf_add(ret, chunk, (size_t)got);
        if (buf_failed(ret)) {
            error_errno(err, EFBIG, "read `%s`: more than %zu bytes", path, ret->maximum);
            return error_remedy(err, "check that this is the right file");
        }
    }
    buf_add(ret, "", 0);
    return buf_failed(ret) ? error_errno(err, ENOMEM, "read `%s`", path) : 0;
}

int file_next_entry(DIR *folder, const struct dirent **ret_entry, struct error *err) {
    errno = 0;
    const struct dirent *entry = readdir(folder);
    if (!entry && errno)
        return error_errno(err, errno, "list a folder");
    *ret_entry = entry;
    return entry != NULL;
}

int file_mkdirs(const char *path, mode_t mode, struct error *err) {
    char partial[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof(partial))
        return error_errno(err, ENAMETOOLONG, "mkdir `%.64s…`", path);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(partial, path, i);
        partial[i] = '\0';
        if (mkdir(partial, mode) < 0 && errno != EEXIST)
            return error_errno(err, errno, "mkdir `%s`", partial);
    }
    return 0;
}

static int write_all(int fd, const char *data, size_t length) {
    while (length > 0) {
        ssize_t put = write(fd, data, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        data += put;
        length -= (size_t)put;
    }
    return 0;
}

static int sync_path(const char *path) {
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -1 : fsync(fd);
}

static int sync_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)ftw;
    return (type == FTW_DP || S_ISREG(st->st_mode)) && sync_path(path) < 0 && errno != ENOENT ? -1 : 0;
}

int file_sync_tree(const char *path, struct error *err) {
    enum { DESCRIPTORS = 16 };
    if (nftw(path, sync_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
        return error_errno(err, errno, "sync `%s`", path);
    return 0;
}

int file_sync_folder(const char *path, struct error *err) {
    return sync_path(path) < 0 ? error_errno(err, errno, "sync `%s`", path) : 0;
}

/* Gives the temporary file its name. Every file system has link(2), which unlike rename(2) replaces nothing. */
static int file_name(const char *temporary, const char *path, bool replaces) {
    if (replaces)
        return rename(temporary, path);
    return link(temporary, path) < 0 ? -1 : unlink(temporary);
}

static int file_place(const char *path, const void *data, size_t length, mode_t mode, bool replaces,
                      struct error *err) {
    char folder[PATH_MAX], temporary[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int prefix = slash ? (int)(slash - path) : 1;
    snprintf(folder, sizeof(folder), "%.*s", prefix ? prefix : 1, slash ? path : ".");
    if (file_mkdirs(folder, 0755, err) < 0)
        return -1;
    if (snprintf(temporary, sizeof(temporary), "%s/.seedrack.XXXXXX", folder) >= (int)sizeof(temporary))
        return error_errno(err, ENAMETOOLONG, "write `%.64s…`", path);
    cleanup_close int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "write `%s`", path);
    if (fchmod(fd, mode) < 0 || write_all(fd, data, length) < 0 || fsync(fd) < 0 ||
        file_name(temporary, path, replaces) < 0) {
        int code = errno;
        unlink(temporary);
        error_errno(err, code, "write `%s`", path);
        return code == ENOSPC ? error_remedy(err, "free space on the file system that holds %s", folder) : -1;
    }
    if (sync_path(folder) < 0)
        return error_errno(err, errno, "sync folder of `%s`", path);
    return 0;
}

int file_write(const char *path, const void *data, size_t length, mode_t mode, struct error *err) {
    return file_place(path, data, length, mode, true, err);
}

int file_create(const char *path, const void *data, size_t length, mode_t mode, struct error *err) {
    return file_place(path, data, length, mode, false, err);
}

int file_ensure(const char *path, const void *data, size_t length, mode_t mode, struct error *err) {
    struct stat st;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size == length && (st.st_mode & 07777) == mode) {
        cleanup_buf struct buf old = BUF_INIT(length + 1);
        struct error ignored;
        if (file_read(path, &old, &ignored) == 0 && old.length == length && !memcmp(buf_text(&old), data, length))
            return 0;
    }
    return file_write(path, data, length, mode, err) < 0 ? -1 : 1;
}
