/* SPDX-License-Identifier: Apache-2.0
 * See release_archive.h. */
#include "release_archive.h"

#include "archive_member.h"
#include "check.h"
#include "cleanup.h"
#include "file.h"
#include "json.h"
#include "reader.h"
#include "role.h"
#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { SIGNATURE_SIZE = 64, SPARE_MIB = 64, MEMBERS_MAX = ROLE_LAYERS_MAX + RELEASE_BOOT_FILES_MAX };

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
    cleanup_buf struct buf signed_text = BUF_INIT(3 * RELEASE_DOCUMENT_MAX);
    EVP_PKEY *key = read_key(key_path, err);
    if (!key)
        return -1;
    buf_add(&signed_text, buf_text(&archive->pins), archive->pins.length);
    buf_add(&signed_text, buf_text(&archive->layers), archive->layers.length);
    buf_add(&signed_text, buf_text(&archive->boot), archive->boot.length);
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

/* --- boot files --- */

/* As /boot/NAME of the seed takes them. */
static const char *check_boot_file(const char *text) {
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = strlen(text);
    return length > 0 && length <= 64 && text[0] != '.' && strspn(text, alphabet) == length
               ? NULL
               : "a file's name: letters, digits and `._-`, and no dot in front";
}

static void read_boot(const cJSON *tree, const char *release, struct archive_member *ret_members, size_t *ret_n,
                      struct reader *reader) {
    static const char *const root_keys[] = {"release", "boot", NULL};
    static const char *const keys[] = {"name", "sha256", "size", NULL};
    struct cursor root = cursor_root(reader, (cJSON *)tree), list = cursor_key(&root, "boot");
    *ret_n = 0;
    if (!cursor_object(&root, root_keys))
        return;
    const char *name = cursor_string(&root, "release", check_release, reader_required);
    if (name && strcmp(name, release) != 0)
        reader_fail(reader, "/release", "boot files of `%s`, pins of `%s`; make the archive again", name, release);
    cursor_array(&list, RELEASE_BOOT_FILES_MAX, ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        struct cursor at = cursor_index(&list, i);
        struct archive_member *member = &ret_members[i];
        *member = (struct archive_member){0};
        if (!cursor_object(&at, keys))
            continue;
        const char *file = cursor_string(&at, "name", check_boot_file, reader_required);
        snprintf(member->name, sizeof(member->name), "boot/%.64s", file ? file : "");
        snprintf(member->title, sizeof(member->title), "boot file `%.64s`", file ? file : "");
        member->sha256 = cursor_string(&at, "sha256", check_sha256, reader_required);
        member->size = (uint64_t)cursor_number(&at, "size", 1, ROLE_LAYER_SIZE_MAX, READER_REQUIRED);
    }
}

static int check_boot(const struct release_archive *archive, struct archive_member *ret_members, size_t *ret_n,
                      struct error *err) {
    struct problem problem;
    struct reader reader = {.list = &problem, .capacity = 1};
    *ret_n = 0;
    if (!archive->boot_tree)
        return 0;
    read_boot(archive->boot_tree, archive->release->name, ret_members, ret_n, &reader);
    if (reader.n == 0)
        return 0;
    error_set(err, EINVAL, "boot files: %s: %s", problem.pointer, problem.cause);
    return error_remedy(err, "%s", problem.remedy);
}

/* An archive of an older version has none. */
static int open_boot(struct release_archive *archive, const char *key_path, struct error *err) {
    cleanup_buf struct buf signature = BUF_INIT(SIGNATURE_SIZE + 1);
    struct archive_member members[RELEASE_BOOT_FILES_MAX];
    struct error none = {0};
    size_t n;
    if (archive_member_read(archive->path, "boot.json", &archive->boot, &none) < 0) {
        buf_clear(&archive->boot);
        return 0;
    }
    if (archive_member_read(archive->path, "boot.signature", &signature, err) < 0 ||
        check_signature(archive, &signature, key_path, err) < 0)
        return -1;
    return json_parse(buf_text(&archive->boot), archive->boot.length, &archive->boot_tree, err) < 0 ||
                   check_boot(archive, members, &n, err) < 0
               ? error_wrap(err, "`%s`", archive->path)
               : 0;
}

/* --- the archive --- */

int release_archive_open(const char *path, const char *key_path, struct release_archive *ret, struct error *err) {
    cleanup_buf struct buf signature = BUF_INIT(SIGNATURE_SIZE + 1);
    *ret = (struct release_archive){.path = path,
                                    .pins = BUF_INIT(RELEASE_DOCUMENT_MAX),
                                    .layers = BUF_INIT(RELEASE_DOCUMENT_MAX),
                                    .boot = BUF_INIT(RELEASE_DOCUMENT_MAX)};
    if (access(path, R_OK) < 0)
        return error_errno(err, errno, "`%s`", path);
    if (archive_member_read(path, "signature", &signature, err) < 0 ||
        archive_member_read(path, "release.json", &ret->pins, err) < 0 ||
        archive_member_read(path, "layers.json", &ret->layers, err) < 0 ||
        check_signature(ret, &signature, key_path, err) < 0)
        return -1;
    if (release_parse(buf_text(&ret->pins), ret->pins.length, buf_text(&ret->layers), ret->layers.length, &ret->release,
                      err) < 0)
        return error_wrap(err, "`%s`", path);
    return open_boot(ret, key_path, err);
}

void release_archive_free(struct release_archive *archive) {
    buf_free(&archive->pins);
    buf_free(&archive->layers);
    buf_free(&archive->boot);
    release_free(archive->release);
    cJSON_Delete(archive->boot_tree);
}

static size_t list_layers(const struct release *release, struct archive_member *ret) {
    for (size_t i = 0; i < release->n_layers; i++) {
        ret[i] = (struct archive_member){.sha256 = release->layers[i].sha256, .size = release->layers[i].size};
        snprintf(ret[i].name, sizeof(ret[i].name), "sha256/%s", ret[i].sha256);
        snprintf(ret[i].title, sizeof(ret[i].title), "layer `%s`", release->layers[i].name);
    }
    return release->n_layers;
}

static int check_room(const struct archive_member *members, size_t n, const bool *there, const char *artifacts,
                      struct error *err) {
    char folder[PATH_MAX];
    struct statvfs st;
    uint64_t wanted = 0;
    for (size_t i = 0; i < n; i++)
        wanted += there[i] ? 0 : members[i].size;
    snprintf(folder, sizeof(folder), "%s/sha256", artifacts);
    if (statvfs(folder, &st) < 0)
        return error_errno(err, errno, "`%s`", folder);
    uint64_t room = (uint64_t)st.f_bavail * st.f_frsize;
    if (wanted == 0 || wanted + ((uint64_t)SPARE_MIB << 20) <= room)
        return 0;
    error_set(err, ENOSPC, "`%s`: the layers need %llu MiB, and there is room for %llu", folder,
              (unsigned long long)(wanted >> 20) + SPARE_MIB, (unsigned long long)(room >> 20));
    return error_remedy(err, "seedctl release remove what no machine has, or give the folder more room");
}

static int make_folders(const char *artifacts, struct error *err) {
    static const char *const names[] = {"sha256", "boot"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char folder[PATH_MAX];
        if (snprintf(folder, sizeof(folder), "%s/%s", artifacts, names[i]) >= (int)sizeof(folder))
            return error_errno(err, ENAMETOOLONG, "`%.64s…`", artifacts);
        if (file_mkdirs(folder, 0755, err) < 0)
            return -1;
        archive_member_remove_stale(folder);
    }
    return 0;
}

int release_archive_unpack(const struct release_archive *archive, const char *artifacts, bool replace_boot,
                           bool *ret_boot_stays, struct error *err) {
    struct archive_member members[MEMBERS_MAX];
    bool there[MEMBERS_MAX], stays = false;
    size_t n_layers = list_layers(archive->release, members), n_boot;
    if (check_boot(archive, members + n_layers, &n_boot, err) < 0 || make_folders(artifacts, err) < 0)
        return -1;
    for (size_t i = 0; i < n_layers + n_boot; i++) {
        there[i] = archive_member_is_there(&members[i], artifacts);
        stays = stays ||
                (i >= n_layers && !replace_boot && !there[i] && archive_member_name_is_taken(&members[i], artifacts));
    }
    size_t n = stays ? n_layers : n_layers + n_boot;
    if (check_room(members, n, there, artifacts, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (!there[i] && archive_member_unpack(&members[i], archive->path, artifacts, err) < 0)
            return -1;
    *ret_boot_stays = stays;
    return 0;
}
