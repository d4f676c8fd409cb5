/* SPDX-License-Identifier: Apache-2.0
 * See backup_archive.h. */
#include "backup_archive.h"

#include "cleanup.h"
#include "effects/ca_hash.h"
#include "effects/child.h"
#include "file.h"
#include "hex.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROGRAM_S = 3600, KEY_MAX = 4096, NOTE_MAX = 8192 };
#define CA_CERTIFICATE "etc/kubernetes/pki/ca.crt"
#define CA_KEY "etc/kubernetes/pki/ca.key"
#define JOURNAL "var/lib/seedrack/journal.json"

static int hash_file(const char *path, char ret[static BACKUP_SHA256_SIZE], struct error *err) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    char block[65536];
    size_t n;
    FILE *file = fopen(path, "re");
    if (!file)
        return error_errno(err, errno, "`%s`", path);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    while (good && (n = fread(block, 1, sizeof(block), file)) > 0)
        good = EVP_DigestUpdate(context, block, n) == 1;
    good = good && !ferror(file) && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    fclose(file);
    if (!good)
        return error_errno(err, EIO, "read `%s`", path);
    hex_encode(digest, 32, ret);
    return 0;
}

/* The length, or -1. */
static int from_base64(const char *text, unsigned char ret[static KEY_MAX]) {
    size_t length = strlen(text), padding = length - strcspn(text, "=");
    if (!length || length % 4 || length / 4 * 3 > KEY_MAX || padding > 2)
        return -1;
    int n = EVP_DecodeBlock(ret, (const unsigned char *)text, (int)length);
    return n < 0 ? -1 : n - (int)padding;
}

static bool has_hash(const unsigned char *der, size_t length, const char *hash) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    char text[BACKUP_SHA256_SIZE];
    if (EVP_Digest(der, length, digest, NULL, EVP_sha256(), NULL) != 1)
        return false;
    hex_encode(digest, 32, text);
    return !strcmp(text, hash);
}

bool backup_archive_signed(const char *text, const char *hash, const char *public_key, const char *signature) {
    unsigned char der[KEY_MAX], mark[KEY_MAX];
    const unsigned char *at = der;
    int der_length = from_base64(public_key, der), mark_length = from_base64(signature, mark);
    if (der_length < 1 || mark_length < 1 || !has_hash(der, (size_t)der_length, hash))
        return false;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, der_length);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = key && context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerify(context, mark, (size_t)mark_length, (const unsigned char *)text, strlen(text)) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return good;
}

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* NAME.age: without the suffix. */
static int read_name(const char *path, char ret[static BACKUP_NAME_SIZE], struct error *err) {
    const char *base = base_of(path);
    size_t length = strlen(base);
    if (length > 4 && length - 4 < BACKUP_NAME_SIZE && !strcmp(base + length - 4, ".age")) {
        snprintf(ret, BACKUP_NAME_SIZE, "%.*s", (int)(length - 4), base);
        if (backup_name_valid(ret))
            return 0;
    }
    error_set(err, EINVAL, "`%s` is not named as a backup is", path);
    return error_remedy(err, "give it its name again, TIMEZ-HOSTNAME.age: it says which master the backup is of");
}

/* *ret NULL: there is no note beside the archive. */
static int read_note(const char *path, cJSON **ret, struct error *err) {
    char note[PATH_MAX];
    cleanup_buf struct buf text = BUF_INIT(NOTE_MAX);
    if (snprintf(note, sizeof(note), "%.*s.json", (int)(strlen(path) - 4), path) >= (int)sizeof(note))
        return error_errno(err, ENAMETOOLONG, "`%s`", path);
    *ret = NULL;
    if (file_read(note, &text, err) < 0)
        return err->errnum == ENOENT ? 0 : -1;
    return json_parse(buf_text(&text), text.length, ret, err) < 0 ? error_wrap(err, "`%s`", note) : 0;
}

/* Whether the bytes are those that the seed, or the operator, knows. */
static int check_hash(const struct backup_archive *archive, const cJSON *note, const char *sha256, struct error *err) {
    if (!note && !sha256) {
        error_set(err, ENOENT, "`%s`: nothing attests it: there is no note of the seed beside it", archive->path);
        return error_remedy(err,
                            "copy NAME.json of the seed's STATE/backups to it; or, when that is lost and you know "
                            "the archive's hash, --hash %s",
                            archive->sha256);
    }
    const char *wanted = sha256 ? sha256 : json_text(note, "sha256");
    if (!strcmp(archive->sha256, wanted) && (!note || !strcmp(archive->sha256, json_text(note, "sha256"))))
        return 0;
    error_set(err, EINVAL, "`%s` has the hash %s, and %s says %.64s", archive->path, archive->sha256,
              sha256 && !strcmp(archive->sha256, json_text(note, "sha256")) ? "--hash"
              : sha256                                                      ? "--hash or its note"
                                                                            : "its note",
              wanted);
    return error_remedy(err, "it is cut off or was changed: take another copy, or an older backup");
}

/* The note is by whoever has the CA's key that is in the archive. */
static int check_note(const struct backup_archive *archive, const char *name, const cJSON *note, struct error *err) {
    char text[BACKUP_TEXT_SIZE];
    if (!note)
        return 0;
    backup_text(name, archive->sha256, (int64_t)json_number(note, "revision", 0), text);
    if (backup_archive_signed(text, archive->seen.ca_hash + strlen("sha256:"), json_text(note, "public_key"),
                              json_text(note, "signature")))
        return 0;
    error_set(err, EINVAL, "the note of `%s` is not signed by the CA that is in the archive", archive->path);
    return error_remedy(err, "take another copy of both, or an older backup");
}

/* Not on a disk, where that can be. */
static int make_folder(char ret[static PATH_MAX], struct error *err) {
    const char *tmp = getenv("TMPDIR");
    snprintf(ret, PATH_MAX, "%s/seedctl.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm"
             : tmp && tmp[0]               ? tmp
                                           : "/tmp");
    if (mkdtemp(ret))
        return 0;
    ret[0] = '\0';
    return error_errno(err, errno, "a folder for the CA's key");
}

static int run(const char *const *argv, struct error *err) {
    return child_run(argv, &(struct child_options){.timeout_s = PROGRAM_S}, NULL, err);
}

static int unpack(const struct backup_archive *archive, const char *folder, struct error *err) {
    static const char script[] =
        "age --decrypt --identity \"$1\" \"$2\" | tar -x -C \"$3\" -f - -- " CA_CERTIFICATE " " CA_KEY " " JOURNAL;
    const char *const argv[] = {"sh", "-c", script, "sh", archive->key, archive->path, folder, NULL};
    if (run(argv, err) == 0)
        return 0;
    error_wrap(err, "`%s` does not open", archive->path);
    return error_remedy(err, "is `%s` the key of seedctl init --backup? The packages age and tar must be installed",
                        archive->key);
}

static int read_seen(struct backup_archive *archive, const char *folder, struct error *err) {
    char path[PATH_MAX + 64];
    cleanup_buf struct buf text = BUF_INIT(NOTE_MAX);
    cleanup_json cJSON *tree = NULL;
    snprintf(path, sizeof(path), "%s/" CA_CERTIFICATE, folder);
    if (ca_hash_of_file(path, archive->seen.ca_hash, err) < 0)
        return -1;
    snprintf(path, sizeof(path), "%s/" JOURNAL, folder);
    if (file_read(path, &text, err) < 0 || json_parse(buf_text(&text), text.length, &tree, err) < 0)
        return error_wrap(err, "`%s`", archive->path);
    const cJSON *seen = cJSON_GetObjectItemCaseSensitive(tree, "seen");
    double epoch = json_number(seen, "epoch", -1), token = json_number(seen, "token", -1);
    if (epoch < 0 || token < 0)
        return error_set(err, EINVAL, "`%s`: its journal makes no sense", archive->path);
    archive->seen.epoch = (uint64_t)epoch;
    archive->seen.token = (uint64_t)token;
    return 0;
}

static int sign(struct backup_archive *archive, const char *folder, struct error *err) {
    char text[BACKUP_TEXT_SIZE], certificate[PATH_MAX + 64], key[PATH_MAX + 64];
    snprintf(certificate, sizeof(certificate), "%s/" CA_CERTIFICATE, folder);
    snprintf(key, sizeof(key), "%s/" CA_KEY, folder);
    restore_order_text(archive->hostname, archive->sha256, &archive->seen, text);
    return ca_key_sign(certificate, key, text, &archive->order, err);
}

static int open_in_folder(struct backup_archive *archive, const char *name, const cJSON *note, struct error *err) {
    char folder[PATH_MAX];
    if (make_folder(folder, err) < 0)
        return -1;
    int result = unpack(archive, folder, err) < 0 || read_seen(archive, folder, err) < 0 ||
                         check_note(archive, name, note, err) < 0 || sign(archive, folder, err) < 0
                     ? -1
                     : 0;
    const char *const argv[] = {"rm", "-rf", folder, NULL};
    struct error unremoved;
    if (run(argv, &unremoved) < 0)
        log_warning("`%s` has the CA's key: remove it", folder);
    return result;
}

int backup_archive_open(const char *path, const char *key, const char *sha256, struct backup_archive *ret,
                        struct error *err) {
    char name[BACKUP_NAME_SIZE];
    cleanup_json cJSON *note = NULL;
    *ret = (struct backup_archive){.path = path, .key = key};
    if (access(key, R_OK) < 0)
        return error_errno(err, errno, "`%s`", key);
    if (read_name(path, name, err) < 0 || hash_file(path, ret->sha256, err) < 0 || read_note(path, &note, err) < 0 ||
        check_hash(ret, note, sha256, err) < 0)
        return -1;
    snprintf(ret->hostname, sizeof(ret->hostname), "%.63s", strchr(name, '-') + 1);
    sigset_t ends, before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &before); /* until the key is gone */
    int result = open_in_folder(ret, name, note, err);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result;
}
int backup_archive_encrypt(const struct backup_archive *archive, const char *recipient, const char *to,
                           char ret_sha256[static BACKUP_SHA256_SIZE], struct error *err) {
    static const char script[] = /* a pipe has the status of its end: what was cut off at its beginning is no archive */
        ": >\"$4.whole\"; { age --decrypt --identity \"$1\" \"$2\" || rm \"$4.whole\"; } | "
        "age --encrypt --recipient \"$3\" --output \"$4\" && rm \"$4.whole\"";
    const char *const argv[] = {"sh", "-c", script, "sh", archive->key, archive->path, recipient, to, NULL};
    return run(argv, err) < 0 ? error_wrap(err, "encrypt `%s`", archive->path) : hash_file(to, ret_sha256, err);
}
