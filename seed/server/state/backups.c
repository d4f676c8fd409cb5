/* SPDX-License-Identifier: Apache-2.0
 * See backups.h. */
#include "backups.h"

#include "buf.h"
#include "clock.h"
#include "file.h"
#include "hex.h"
#include "json.h"
#include "log.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_NAME_SIZE = BACKUP_NAME_SIZE + 8, NOTE_MAX = 8192 };

static void file_of(const char *name, const char *suffix, char ret[static FILE_NAME_SIZE]) {
    snprintf(ret, FILE_NAME_SIZE, "%.95s%s", name, suffix);
}

static const char *const place_names[BACKUP_PLACES] = {"folder", "s3"};

static bool read_text(const cJSON *tree, const char *key, char *ret, size_t size) {
    const char *text = json_text(tree, key);
    snprintf(ret, size, "%s", text);
    return text[0] && strlen(text) < size;
}

static cJSON *note_of(int folder, const char *name) {
    char path[FILE_NAME_SIZE], text[NOTE_MAX];
    struct error none;
    cJSON *tree = NULL;
    file_of(name, ".json", path);
    cleanup_close int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text));
    return length > 0 && json_parse(text, (size_t)length, &tree, &none) == 0 ? tree : NULL;
}

/* NAME.json, and whether NAME.age has that size. */
static bool read_note(int folder, const char *name, struct backup *ret) {
    char path[FILE_NAME_SIZE];
    struct stat st;
    cleanup_json cJSON *tree = note_of(folder, name);
    file_of(name, ".age", path);
    if (!tree || fstatat(folder, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    *ret = (struct backup){.size = (uint64_t)json_number(tree, "size", 0),
                           .at_ms = (int64_t)json_number(tree, "at_ms", 0),
                           .revision = (int64_t)json_number(tree, "revision", 0)};
    for (int i = 0; i < BACKUP_PLACES; i++)
        read_text(tree, place_names[i], ret->places[i], sizeof(ret->places[i]));
    return read_text(tree, "name", ret->name, sizeof(ret->name)) && !strcmp(ret->name, name) &&
           read_text(tree, "hostname", ret->hostname, sizeof(ret->hostname)) &&
           read_text(tree, "sha256", ret->sha256, sizeof(ret->sha256)) &&
           read_text(tree, "ca_hash", ret->ca_hash, sizeof(ret->ca_hash)) && ret->at_ms > 0 &&
           (uint64_t)st.st_size == ret->size;
}

static int by_age(const void *a, const void *b) {
    const struct backup *one = a, *other = b;
    return one->at_ms < other->at_ms ? -1 : one->at_ms > other->at_ms ? 1 : strcmp(one->name, other->name);
}

/* `.…`: of an upload that ended; *.json: a backup. */
static void take_entry(struct backups *backups, const char *entry) {
    char name[FILE_NAME_SIZE];
    size_t length = strlen(entry);
    if (entry[0] == '.' && strcmp(entry, ".") != 0 && strcmp(entry, "..") != 0) {
        unlinkat(backups->folder, entry, 0);
        return;
    }
    if (length < 6 || length >= FILE_NAME_SIZE || strcmp(entry + length - 5, ".json") != 0)
        return;
    snprintf(name, sizeof(name), "%.*s", (int)(length - 5), entry);
    if (backups->n == BACKUPS_MAX || !backup_name_valid(name) ||
        !read_note(backups->folder, name, &backups->list[backups->n]))
        log_warning("backups: `%s` is left alone: it is no backup, or not whole", entry);
    else
        backups->n++;
}

/* Archives without a note: the seed lost power before it was written, or while one was removed. */
static int remove_orphans(const struct backups *backups, const char *path, struct error *err) {
    cleanup_closedir DIR *folder = opendir(path);
    const struct dirent *entry;
    int more = folder ? 0 : error_errno(err, errno, "open `%s`", path);
    while (folder && (more = file_next_entry(folder, &entry, err)) > 0) {
        char note[FILE_NAME_SIZE];
        size_t length = strlen(entry->d_name);
        if (length < 5 || length >= BACKUP_NAME_SIZE + 4 || strcmp(entry->d_name + length - 4, ".age") != 0)
            continue;
        snprintf(note, sizeof(note), "%.*s.json", (int)(length - 4), entry->d_name);
        if (faccessat(backups->folder, note, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT) {
            log_warning("backups: `%s` is removed: it was not whole", entry->d_name);
            unlinkat(backups->folder, entry->d_name, 0);
        }
    }
    return more < 0 ? -1 : 0;
}

int backups_open(struct backups *backups, const char *state, struct error *err) {
    char path[PATH_MAX];
    const struct dirent *entry;
    *backups = (struct backups){.folder = -1};
    if (snprintf(path, sizeof(path), "%s/backups", state) >= (int)sizeof(path))
        return error_errno(err, ENAMETOOLONG, "backups");
    if (file_mkdirs(path, 0700, err) < 0)
        return -1;
    backups->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_closedir DIR *folder = opendir(path);
    if (backups->folder < 0 || !folder)
        return error_errno(err, errno, "open `%s`", path);
    int more;
    while ((more = file_next_entry(folder, &entry, err)) > 0)
        take_entry(backups, entry->d_name);
    if (more < 0)
        return error_wrap(err, "`%s`", path);
    qsort(backups->list, backups->n, sizeof(backups->list[0]), by_age);
    for (size_t i = 0; i < backups->n; i++)
        if (backups->list[i].at_ms <= clock_wall_ms())
            backup_duty_done(&backups->duty, backups->list[i].at_ms);
    return remove_orphans(backups, path, err);
}

void backups_close(struct backups *backups) {
    if (backups->folder >= 0)
        close(backups->folder);
    backups->folder = -1;
}

const struct backup *backups_find(const struct backups *backups, const char *name) {
    for (size_t i = 0; i < backups->n; i++)
        if (!strcmp(backups->list[i].name, name))
            return &backups->list[i];
    return NULL;
}

/* --- one that arrives --- */

struct upload *upload_new(struct backups *backups, const char *name, struct error *err) {
    struct upload *upload = calloc(1, sizeof(*upload));
    gnutls_hash_hd_t hash = NULL;
    if (!upload || gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) < 0) {
        free(upload);
        error_errno(err, ENOMEM, "backup");
        return NULL;
    }
    upload->hash = hash;
    upload->backups = backups;
    upload->fd = -1;
    if (backups->arriving == BACKUPS_ARRIVING_MAX) {
        error_set(&upload->problem, EBUSY, "%d other backups arrive", BACKUPS_ARRIVING_MAX);
        return upload;
    }
    snprintf(upload->part, sizeof(upload->part), ".%.95s.%u", name, ++backups->arrived);
    upload->fd = openat(backups->folder, upload->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (upload->fd < 0)
        error_errno(&upload->problem, errno, "backup `%s`", name);
    else
        backups->arriving++;
    return upload;
}

/* What is of no use takes no room. */
static int give_up(struct upload *upload) {
    return ftruncate(upload->fd, 0);
}

void upload_add(struct upload *upload, const char *data, size_t length) {
    if (upload->problem.message[0])
        return;
    if (upload->size + length > BACKUP_BYTES_MAX) {
        give_up(upload);
        error_set(&upload->problem, E2BIG, "the backup is larger than %llu bytes",
                  (unsigned long long)BACKUP_BYTES_MAX);
        return;
    }
    gnutls_hash(upload->hash, data, length);
    upload->size += length;
    while (length > 0) {
        ssize_t n = write(upload->fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_errno(&upload->problem, errno, "write the backup");
            give_up(upload);
            return;
        }
        sync_file_range(upload->fd, 0, 0, SYNC_FILE_RANGE_WRITE); /* in the background: fsync at the end is short */
        data += n;
        length -= (size_t)n;
    }
}

void upload_free(struct upload *upload) {
    if (!upload)
        return;
    if (upload->fd >= 0) {
        close(upload->fd);
        upload->backups->arriving--;
    }
    if (upload->part[0])
        unlinkat(upload->backups->folder, upload->part, 0);
    gnutls_hash_deinit(upload->hash, NULL);
    free(upload);
}

static bool has_hash(const struct upload *upload, const char *sha256) {
    unsigned char digest[32];
    char text[65];
    gnutls_hash_output(upload->hash, digest);
    hex_encode(digest, sizeof(digest), text);
    return !strcmp(text, sha256);
}

static int put_note(const struct backups *backups, const char *name, const char *text, struct error *err) {
    char part[FILE_NAME_SIZE + 1], path[FILE_NAME_SIZE];
    snprintf(part, sizeof(part), ".%.95s.json", name);
    file_of(name, ".json", path);
    cleanup_close int fd = openat(backups->folder, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fsync(fd) < 0 ||
        renameat(backups->folder, part, backups->folder, path) < 0 || fsync(backups->folder) < 0)
        return error_errno(err, errno, "write `%s`", path);
    return 0;
}

static int write_note(const struct backups *backups, const struct backup *backup, const char *signature,
                      const char *public_key, struct error *err) {
    cleanup_json cJSON *tree = cJSON_CreateObject();
    cJSON_AddStringToObject(tree, "name", backup->name);
    cJSON_AddStringToObject(tree, "hostname", backup->hostname);
    cJSON_AddStringToObject(tree, "sha256", backup->sha256);
    cJSON_AddNumberToObject(tree, "size", (double)backup->size);
    cJSON_AddNumberToObject(tree, "at_ms", (double)backup->at_ms);
    cJSON_AddNumberToObject(tree, "revision", (double)backup->revision);
    cJSON_AddStringToObject(tree, "ca_hash", backup->ca_hash);
    cJSON_AddStringToObject(tree, "public_key", public_key);
    cJSON_AddStringToObject(tree, "signature", signature);
    cleanup_free char *text = cJSON_PrintUnformatted(tree);
    if (!text)
        return error_errno(err, ENOMEM, "backup");
    return put_note(backups, backup->name, text, err);
}

/* First one that is of the future: a clock that was ahead made it. */
static void remove_oldest(struct backups *backups) {
    char path[FILE_NAME_SIZE];
    size_t i = backups->list[backups->n - 1].at_ms > clock_wall_ms() ? backups->n - 1 : 0;
    file_of(backups->list[i].name, ".json", path); /* without it the archive is no backup */
    unlinkat(backups->folder, path, 0);
    file_of(backups->list[i].name, ".age", path);
    unlinkat(backups->folder, path, 0);
    memmove(&backups->list[i], &backups->list[i + 1], (--backups->n - i) * sizeof(backups->list[0]));
}

int backups_place(const struct backups *backups, struct upload *upload, const char *sha256, const char *file,
                  struct error *err) {
    if (upload->problem.message[0]) {
        *err = upload->problem;
        return -1;
    }
    if (!has_hash(upload, sha256))
        return error_set(err, EINVAL, "the bytes of `%s` have another hash", file);
    if (fsync(upload->fd) < 0 || renameat(backups->folder, upload->part, backups->folder, file) < 0 ||
        fsync(backups->folder) < 0)
        return error_errno(err, errno, "keep `%s`", file);
    upload->part[0] = '\0';
    return 0;
}

int backups_keep(struct backups *backups, struct upload *upload, struct backup *backup, const char *signature,
                 const char *public_key, unsigned most, struct error *err) {
    char path[FILE_NAME_SIZE];
    file_of(backup->name, ".age", path);
    backup->size = upload->size;
    if (backups_place(backups, upload, backup->sha256, path, err) < 0)
        return -1;
    if (write_note(backups, backup, signature, public_key, err) < 0) {
        unlinkat(backups->folder, path, 0);
        return -1;
    }
    while (backups->n && (backups->n >= most || backups->n == BACKUPS_MAX))
        remove_oldest(backups);
    backups->list[backups->n++] = *backup;
    qsort(backups->list, backups->n, sizeof(backups->list[0]), by_age);
    backup_duty_done(&backups->duty, backup->at_ms);
    return 0;
}

struct backup *backups_newest(struct backups *backups) {
    return backups->n ? &backups->list[backups->n - 1] : NULL;
}

int backups_arrived(const struct backups *backups, struct backup *backup, enum backup_place place, const char *where,
                    struct error *err) {
    cleanup_json cJSON *tree = note_of(backups->folder, backup->name);
    cJSON_DeleteItemFromObjectCaseSensitive(tree, place_names[place]);
    cJSON_AddStringToObject(tree, place_names[place], where);
    cleanup_free char *text = tree ? cJSON_PrintUnformatted(tree) : NULL;
    if (!text)
        return error_set(err, EIO, "`%s.json` cannot be read", backup->name);
    if (put_note(backups, backup->name, text, err) < 0)
        return -1;
    snprintf(backup->places[place], sizeof(backup->places[place]), "%s", where);
    return 0;
}
