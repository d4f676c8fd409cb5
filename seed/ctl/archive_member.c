/* SPDX-License-Identifier: Apache-2.0
 * See archive_member.h. */
#include "archive_member.h"

#include "cleanup.h"
#include "effects/child.h"
#include "file.h"
#include "hex.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PART ".add-" /* and the process and the name: until it is whole */

enum { TAR_S = 600 };

int archive_member_read(const char *archive, const char *name, struct buf *ret, struct error *err) {
    const char *const argv[] = {"tar", "--extract", "--to-stdout", "--force-local", "--file", archive,
                                "--",  name,        NULL};
    return child_run(argv, &(struct child_options){.timeout_s = TAR_S}, ret, err) < 0
               ? error_wrap(err, "`%s`: `%s` is not in it", archive, name)
               : 0;
}

static bool hash_is(EVP_MD_CTX *context, const char *wanted) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned length = 0;
    if (EVP_DigestFinal_ex(context, hash, &length) != 1)
        return false;
    hex_encode(hash, length, hex);
    return !strcmp(hex, wanted);
}

/* Copies what comes from `from`, up to member->size bytes, to `to` (-1: nowhere). Whether it is the member, byte for
 * byte. */
static bool copy_hashed(int from, int to, const struct archive_member *member) {
    unsigned char block[65536];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    uint64_t size = 0;
    ssize_t n = 0;
    while (good && (n = read(from, block, sizeof(block))) > 0) {
        size += (uint64_t)n;
        good = size <= member->size && EVP_DigestUpdate(context, block, (size_t)n) == 1;
        for (ssize_t written = 0, now; good && to >= 0 && written < n; written += now)
            good = (now = write(to, block + written, (size_t)(n - written))) > 0;
    }
    good = good && n == 0 && size == member->size && hash_is(context, member->sha256);
    EVP_MD_CTX_free(context);
    return good;
}

bool archive_member_name_is_taken(const struct archive_member *member, const char *artifacts) {
    char path[PATH_MAX];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", artifacts, member->name);
    return lstat(path, &st) == 0;
}

bool archive_member_is_there(const struct archive_member *member, const char *artifacts) {
    char path[PATH_MAX];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", artifacts, member->name);
    cleanup_close int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == member->size &&
           copy_hashed(fd, -1, member);
}

/* tar with the member on its standard output. 0: it cannot be started. */
static pid_t start_tar(const char *archive, const char *name, int *ret_from) {
    const char *const argv[] = {"tar", "--extract", "--to-stdout", "--force-local", "--file", archive,
                                "--",  name,        NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];
    pid_t pid = 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (posix_spawnp(&pid, "tar", &actions, NULL, (char *const *)argv, environ) != 0)
        pid = 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *ret_from = ends[0];
    if (pid == 0)
        close(ends[0]);
    return pid;
}

/* ".add-PID-NAME" of a process that was killed. */
void archive_member_remove_stale(const char *folder) {
    cleanup_closedir DIR *list = opendir(folder);
    const struct dirent *entry;
    while (list && (entry = readdir(list))) {
        long pid =
            strncmp(entry->d_name, PART, sizeof(PART) - 1) ? 0 : strtol(entry->d_name + sizeof(PART) - 1, NULL, 10);
        if (pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH)
            unlinkat(dirfd(list), entry->d_name, 0);
    }
}

/* Whether tar gave the member, and its bytes are in `to`, durable. */
static bool fill(int to, const struct archive_member *member, const char *archive) {
    int from = -1, status = -1;
    pid_t tar = start_tar(archive, member->name, &from);
    bool good = tar > 0 && copy_hashed(from, to, member);
    if (tar > 0) {
        close(from); /* a tar that goes on ends by it */
        while (waitpid(tar, &status, 0) < 0 && errno == EINTR)
            ;
    }
    return good && status == 0;
}

int archive_member_unpack(const struct archive_member *member, const char *archive, const char *artifacts,
                          struct error *err) {
    char folder[PATH_MAX - ARCHIVE_MEMBER_NAME_SIZE - 64], part[PATH_MAX], path[PATH_MAX];
    const char *slash = strchr(member->name, '/');
    if (snprintf(folder, sizeof(folder), "%s/%.*s", artifacts, (int)(slash - member->name), member->name) >=
        (int)sizeof(folder))
        return error_errno(err, ENAMETOOLONG, "`%.64s…`", artifacts);
    snprintf(part, sizeof(part), "%s/" PART "%ld-%s", folder, (long)getpid(), slash + 1);
    snprintf(path, sizeof(path), "%s/%s", folder, slash + 1);
    cleanup_close int to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (to < 0) {
        error_errno(err, errno, "`%s`", part);
        return error_remedy(err, "run it on the seed's machine, as who may write there");
    }
    bool good = fill(to, member, archive);
    if (good && fchmod(to, 0644) == 0 && fsync(to) == 0 && rename(part, path) == 0)
        return file_sync_folder(folder, err);
    int code = good ? errno : 0;
    unlink(part);
    if (code)
        return error_errno(err, code, "`%s`", path);
    error_set(err, EBADMSG, "`%s`: %s: its bytes are not those that the archive names", archive, member->title);
    return error_remedy(err, "fetch the archive again");
}
