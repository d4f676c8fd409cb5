/* SPDX-License-Identifier: Apache-2.0
 * See fetch.h. The hash is OpenSSL's SHA256 (FIPS 180-4) for its SHA-NI and AVX2 code: mbedTLS has portable C only, at
 * a quarter of the speed. Its low-level call links 20 kB where EVP would link all of libcrypto. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "fetch.h"
#include "effects/http.h"

#include "cleanup.h"
#include "hex.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 1 << 20, PAUSE_S = 2 };

struct writing {
    const struct fetch *fetch;
    int fd;
    uint64_t bytes;
    SHA256_CTX hash;
    int code; /* errno of a failed write; EFBIG: more than the layer has */
};

static bool fetch_take(void *context, const void *data, size_t length) {
    struct writing *writing = context;
    if (writing->bytes + length > writing->fetch->layer->size) {
        writing->code = EFBIG;
        return false;
    }
    for (size_t done = 0; done < length;) {
        ssize_t n = write(writing->fd, (const char *)data + done, length - done);
        if (n < 0 && errno != EINTR) {
            writing->code = errno;
            return false;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    SHA256_Update(&writing->hash, data, length);
    writing->bytes += length;
    if (writing->fetch->progress)
        writing->fetch->progress(writing->fetch->context, writing->bytes);
    return true;
}

static int restart(struct writing *writing, struct error *err) {
    SHA256_Init(&writing->hash);
    writing->bytes = 0;
    writing->code = 0;
    return ftruncate(writing->fd, 0) < 0 || lseek(writing->fd, 0, SEEK_SET) < 0 ? error_errno(err, errno, "start over")
                                                                                : 0;
}

/* Resumes what an earlier process fetched. Its bytes are hashed again, since they may have changed on the disk. */
static int fetch_resume(struct writing *writing, struct error *err) {
    cleanup_free char *piece = malloc(PIECE);
    ssize_t n = 0;
    if (!piece)
        return error_errno(err, ENOMEM, "read again");
    SHA256_Init(&writing->hash);
    while (writing->bytes < writing->fetch->layer->size && (n = read(writing->fd, piece, PIECE)) > 0) {
        SHA256_Update(&writing->hash, piece, (size_t)n);
        writing->bytes += (uint64_t)n;
    }
    if (n < 0 || writing->bytes > writing->fetch->layer->size)
        return restart(writing, err);
    return 0;
}

static int from_usb(struct writing *writing, const char *path, struct error *err) {
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    cleanup_free char *piece = malloc(PIECE);
    ssize_t n = 0;
    if (fd < 0 || !piece || lseek(fd, (off_t)writing->bytes, SEEK_SET) < 0)
        return error_errno(err, fd < 0 ? errno : ENOMEM, "`%s`", path);
    while ((n = read(fd, piece, PIECE)) > 0)
        if (!fetch_take(writing, piece, (size_t)n))
            return error_errno(err, ECANCELED, "`%s`", path);
    return n < 0 ? error_errno(err, errno, "read `%s`", path) : 0;
}

static int once(struct writing *writing, struct error *err) {
    const struct fetch *fetch = writing->fetch;
    char path[512];
    if (writing->bytes == fetch->layer->size)
        return 0;
    snprintf(path, sizeof(path), "%s/%s", fetch->usb ? fetch->usb : "", fetch->layer->sha256);
    if (fetch->usb && access(path, R_OK) == 0)
        return from_usb(writing, path, err);
    snprintf(path, sizeof(path), "%s/artifacts/sha256/%s", fetch->seed, fetch->layer->sha256);
    return http_fetch(path, writing->bytes, fetch_take, writing, err);
}

/* Fetches until the size is reached. The connection may break any number of times, as long as it brings new bytes. */
static int all_bytes(struct writing *writing, struct error *err) {
    uint64_t before = writing->bytes;
    for (unsigned failed = 0; writing->bytes < writing->fetch->layer->size; before = writing->bytes) {
        int result = once(writing, err);
        if (writing->code == EFBIG)
            return error_errno(err, EBADMSG, "longer than the %llu bytes of the role document",
                               (unsigned long long)writing->fetch->layer->size),
                   error_code(err, SR_LAYER_SIZE);
        if (writing->code)
            return error_errno(err, writing->code, "write"),
                   error_code(err, writing->code == ENOSPC ? SR_LAYERS_ROOM : SR_DISK_BAD);
        if (result < 0 && err->errnum != EHOSTUNREACH && err->errnum != ETIMEDOUT)
            return -1;
        failed = writing->bytes > before ? 0 : failed + 1;
        if (failed == FETCH_TRIES)
            return result < 0
                       ? -1
                       : error_set(err, EBADMSG, "ends after %llu of %llu bytes", (unsigned long long)writing->bytes,
                                   (unsigned long long)writing->fetch->layer->size);
        if (failed)
            nanosleep(&(struct timespec){.tv_sec = PAUSE_S}, NULL);
    }
    return 0;
}

static int verified(struct writing *writing, struct error *err) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1];
    if (all_bytes(writing, err) < 0)
        return -1;
    SHA256_Final(digest, &writing->hash);
    hex_encode(digest, sizeof(digest), hex);
    if (!strcmp(hex, writing->fetch->layer->sha256))
        return 0;
    error_fail(err, SR_LAYER_HASH, EBADMSG, "its bytes have the sha256 %.12s…, the role document says %.12s…", hex,
               writing->fetch->layer->sha256);
    return error_remedy(err,
                        "build the layers again (make layers) on the seed, or the USB medium (make iso); the file was "
                        "damaged there or on the way");
}

int fetch_layer(const struct fetch *fetch, struct error *err) {
    char part[512], final[512];
    snprintf(final, sizeof(final), "%s/%s", fetch->folder, fetch->layer->sha256);
    snprintf(part, sizeof(part), "%s/.%s.part", fetch->folder, fetch->layer->sha256);
    if (rename(final, part) < 0 &&
        errno != ENOENT) /* complete from an earlier boot: treated as a part, so that it is hashed again */
        return error_errno(err, errno, "layer `%s`: `%s`", fetch->layer->name, final);
    cleanup_close int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    struct writing writing = {.fetch = fetch, .fd = fd};
    if (fd < 0)
        return error_errno(err, errno, "layer `%s`: `%s`", fetch->layer->name, part);
    int result = fetch_resume(&writing, err) < 0 ? -1 : verified(&writing, err);
    if (result < 0 && err->errnum == EBADMSG) {
        log_warning("layer `%s`: %s; fetching it once more", fetch->layer->name, err->message);
        result = restart(&writing, err) < 0 ? -1 : verified(&writing, err);
        if (result < 0 && err->errnum == EBADMSG)
            unlink(part);
    }
    if (result < 0)
        return error_code(err, SR_LAYER_FETCH), error_wrap(err, "layer `%s`", fetch->layer->name);
    if (fsync(fd) < 0 || rename(part, final) < 0)
        return error_errno(err, errno, "layer `%s`: `%s`", fetch->layer->name, final);
    return 0;
}
