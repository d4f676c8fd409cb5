/* SPDX-License-Identifier: Apache-2.0
 * See release_archive.h. tar(1) reads the archive; what it unpacks counts only by its hash. */
#include "release_archive.h"

#include "cleanup.h"
#include "effects/child.h"
#include "file.h"
#include "hex.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define PART ".add-" /* and the process and the layer: until it is whole */

enum { SIGNATURE_SIZE = 64, TAR_S = 600, SPARE_MIB = 64 };

static int read_member(const char *path, const char *name, struct buf *ret, struct error *err) {
    const char *const argv[] = {"tar", "--extract", "--to-stdout", "--force-local", "--file", path, "--", name, NULL};
    return child_run(argv, &(struct child_options){.timeout_s = TAR_S}, ret, err) < 0
               ? error_wrap(err, "`%s`: `%s` is not in it", path, name)
               : 0;
}

static EVP_PKEY *read_key(const char *path, struct error *err) {
    FILE *file = fopen(path, "re");
    EVP_PKEY *key = file ? PEM_read_PUBKEY(file, NULL, NULL, NULL) : NULL;
    if (file)
        fclose(file);
    if (key && EVP_PKEY_is_a(key, "ED25519"))
        return key;
    EVP_PKEY_free(key);
    error_set(err, EINVAL, "`%s` is no public key for Ed25519, in PEM", path);
    error_remedy(err, "give the release.pub of whoever made the archive: --release-key FILE");
    return NULL;
}

static int check_signature(const struct release_archive *archive, const struct buf *signature, const char *key_path,
                           struct error *err) {
    cleanup_buf struct buf signed_text = BUF_INIT(2 * RELEASE_DOCUMENT_MAX);
    EVP_PKEY *key = read_key(key_path, err);
    if (!key)
        return -1;
    buf_add(&signed_text, buf_text(&archive->pins), archive->pins.length);
    buf_add(&signed_text, buf_text(&archive->layers), archive->layers.length);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && signature->length == SIGNATURE_SIZE && !buf_failed(&signed_text) &&
                EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(context, (const unsigned char *)buf_text(signature), signature->length,
                                 (const unsigned char *)buf_text(&signed_text), signed_text.length) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    if (good)
        return 0;
    error_set(err, EBADMSG, "`%s` is not signed by the key in `%s`", archive->path, key_path);
    return error_remedy(err, "fetch the archive again, or give the key of whoever made it: --release-key FILE");
}

int release_archive_open(const char *path, const char *key_path, struct release_archive *ret, struct error *err) {
    cleanup_buf struct buf signature = BUF_INIT(SIGNATURE_SIZE + 1);
    *ret = (struct release_archive){
        .path = path, .pins = BUF_INIT(RELEASE_DOCUMENT_MAX), .layers = BUF_INIT(RELEASE_DOCUMENT_MAX)};
    if (access(path, R_OK) < 0)
        return error_errno(err, errno, "`%s`", path);
    if (read_member(path, "signature", &signature, err) < 0 || read_member(path, "release.json", &ret->pins, err) < 0 ||
        read_member(path, "layers.json", &ret->layers, err) < 0 || check_signature(ret, &signature, key_path, err) < 0)
        return -1;
    return release_parse(buf_text(&ret->pins), ret->pins.length, buf_text(&ret->layers), ret->layers.length,
                         &ret->release, err) < 0
               ? error_wrap(err, "`%s`", path)
               : 0;
}

void release_archive_free(struct release_archive *archive) {
    buf_free(&archive->pins);
    buf_free(&archive->layers);
    release_free(archive->release);
}

/* --- layers --- */

static bool hash_is(EVP_MD_CTX *context, const char *wanted) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned length = 0;
    if (EVP_DigestFinal_ex(context, hash, &length) != 1)
        return false;
    hex_encode(hash, length, hex);
    return !strcmp(hex, wanted);
}

/* Copies what comes from `from`, up to layer->size bytes, to `to` (-1: nowhere). Whether it is the layer, byte for
 * byte.
 */
static bool copy_hashed(int from, int to, const struct release_layer *layer) {
    unsigned char block[65536];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    uint64_t size = 0;
    ssize_t n = 0;
    while (good && (n = read(from, block, sizeof(block))) > 0) {
        size += (uint64_t)n;
        good = size <= layer->size && EVP_DigestUpdate(context, block, (size_t)n) == 1;
        for (ssize_t written = 0, now; good && to >= 0 && written < n; written += now)
            good = (now = write(to, block + written, (size_t)(n - written))) > 0;
    }
    good = good && n == 0 && size == layer->size && hash_is(context, layer->sha256);
    EVP_MD_CTX_free(context);
    return good;
}

static bool is_there(const char *folder, const struct release_layer *layer) {
    char path[PATH_MAX];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", folder, layer->sha256);
    cleanup_close int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == layer->size &&
           copy_hashed(fd, -1, layer);
}

static int check_room(const struct release *release, const bool *there, const char *folder, struct error *err) {
    struct statvfs st;
    uint64_t wanted = 0;
    for (size_t i = 0; i < release->n_layers; i++)
        wanted += there[i] ? 0 : release->layers[i].size;
    if (statvfs(folder, &st) < 0)
        return error_errno(err, errno, "`%s`", folder);
    uint64_t room = (uint64_t)st.f_bavail * st.f_frsize;
    if (wanted == 0 || wanted + ((uint64_t)SPARE_MIB << 20) <= room)
        return 0;
    error_set(err, ENOSPC, "`%s`: the layers need %llu MiB, and there is room for %llu", folder,
              (unsigned long long)(wanted >> 20) + SPARE_MIB, (unsigned long long)(room >> 20));
    return error_remedy(err, "seedctl release remove what no machine has, or give the folder more room");
}

/* tar with the member on its standard output. 0: it cannot be started. */
static pid_t start_tar(const char *archive, const char *member, int *ret_from) {
    const char *const argv[] = {"tar", "--extract", "--to-stdout", "--force-local", "--file", archive,
                                "--",  member,      NULL};
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

/* ".add-PID-HEX" of a process that was killed. */
static void remove_stale(const char *folder) {
    cleanup_closedir DIR *list = opendir(folder);
    const struct dirent *entry;
    while (list && (entry = readdir(list))) {
        long pid =
            strncmp(entry->d_name, PART, sizeof(PART) - 1) ? 0 : strtol(entry->d_name + sizeof(PART) - 1, NULL, 10);
        if (pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH)
            unlinkat(dirfd(list), entry->d_name, 0);
    }
}

static int unpack(const struct release_archive *archive, const struct release_layer *layer, const char *folder,
                  struct error *err) {
    char member[80], part[PATH_MAX], path[PATH_MAX];
    int from = -1, status = -1;
    snprintf(member, sizeof(member), "sha256/%s", layer->sha256);
    snprintf(part, sizeof(part), "%s/" PART "%ld-%s", folder, (long)getpid(), layer->sha256);
    snprintf(path, sizeof(path), "%s/%s", folder, layer->sha256);
    cleanup_close int to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (to < 0) {
        error_errno(err, errno, "`%s`", part);
        return error_remedy(err, "run it on the seed's machine, as who may write there");
    }
    pid_t tar = start_tar(archive->path, member, &from);
    bool good = tar > 0 && copy_hashed(from, to, layer);
    if (tar > 0) {
        close(from); /* a tar that goes on ends by it */
        while (waitpid(tar, &status, 0) < 0 && errno == EINTR)
            ;
    }
    if (good && status == 0 && fchmod(to, 0644) == 0 && fsync(to) == 0 && rename(part, path) == 0)
        return file_sync_folder(folder, err);
    int code = good ? errno : 0;
    unlink(part);
    if (code)
        return error_errno(err, code, "`%s`", path);
    error_set(err, EBADMSG, "`%s`: layer `%s`: its bytes are not those that the archive names", archive->path,
              layer->name);
    return error_remedy(err, "fetch the archive again");
}

int release_archive_unpack(const struct release_archive *archive, const char *artifacts, struct error *err) {
    const struct release *release = archive->release;
    bool there[ROLE_LAYERS_MAX];
    char folder[PATH_MAX - 128];
    if (snprintf(folder, sizeof(folder), "%s/sha256", artifacts) >= (int)sizeof(folder))
        return error_errno(err, ENAMETOOLONG, "`%.64s…`", artifacts);
    remove_stale(folder);
    for (size_t i = 0; i < release->n_layers; i++)
        there[i] = is_there(folder, &release->layers[i]);
    if (check_room(release, there, folder, err) < 0)
        return -1;
    for (size_t i = 0; i < release->n_layers; i++)
        if (!there[i] && unpack(archive, &release->layers[i], folder, err) < 0)
            return -1;
    return 0;
}
