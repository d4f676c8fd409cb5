/* SPDX-License-Identifier: Apache-2.0
 * GET /artifacts/sha256/{hex} and /boot/{name}: files by sendfile, whole or one range (RFC 9110, section 14). */
#include "handlers.h"

#include "cleanup.h"
#include "server/decide/fields.h"
#include "server/decide/range.h"
#include "server/context/reply.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum MHD_Result reply_unsatisfiable(struct request *request, uint64_t size) {
    char text[64];
    snprintf(text, sizeof(text), "bytes */%" PRIu64, size);
    struct MHD_Response *response = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    if (response)
        MHD_add_response_header(response, "Content-Range", text);
    return reply_send(request, MHD_HTTP_RANGE_NOT_SATISFIABLE, response);
}

/* A part of a file for TLS, which encrypts it in this process: libmicrohttpd would read and send 4 KiB at a time. */
struct part {
    int fd;
    uint64_t first, length;
};
enum { PART_BLOCK = 128 * 1024 };

static ssize_t part_read(void *context, uint64_t position, char *ret_data, size_t max) {
    const struct part *part = context;
    size_t n = part->length - position < max ? (size_t)(part->length - position) : max;
    ssize_t got = pread(part->fd, ret_data, n, (off_t)(part->first + position));
    return got > 0 ? got : MHD_CONTENT_READER_END_WITH_ERROR; /* the file became shorter */
}

static void part_free(void *context) {
    struct part *part = context;
    close(part->fd);
    free(part);
}

static struct MHD_Response *part_response(int fd, const struct range *range) {
    struct part *part = malloc(sizeof(*part));
    if (!part)
        return NULL;
    *part = (struct part){.fd = fd, .first = range->first, .length = range->length};
    struct MHD_Response *response =
        MHD_create_response_from_callback(range->length, PART_BLOCK, part_read, part, part_free);
    if (!response)
        free(part);
    return response;
}

/* Takes the descriptor over. */
static enum MHD_Result reply_range(struct request *request, int fd, uint64_t size, const char *etag, const char *cache,
                                   const struct range *range) {
    struct MHD_Response *response = request->channel == CHANNEL_TLS
                                        ? part_response(fd, range)
                                        : MHD_create_response_from_fd_at_offset64(range->length, fd, range->first);
    char text[96];
    if (!response) {
        close(fd);
        return MHD_NO;
    }
    if (range->wanted) {
        snprintf(text, sizeof(text), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, range->first,
                 range->first + range->length - 1, size);
        MHD_add_response_header(response, "Content-Range", text);
    }
    MHD_add_response_header(response, "Content-Type", "application/octet-stream");
    MHD_add_response_header(response, "Accept-Ranges", "bytes");
    MHD_add_response_header(response, "Cache-Control", cache);
    if (etag)
        MHD_add_response_header(response, "ETag", etag);
    if (strcmp(request->method, "HEAD"))
        request->server->counters.artifact_bytes += range->length;
    return reply_send(request, range->wanted ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, response);
}

enum MHD_Result reply_open_file(struct request *request, int fd, uint64_t size) {
    return reply_range(request, fd, size, NULL, "no-store", &(struct range){.satisfiable = true, .length = size});
}

static enum MHD_Result reply_file(struct request *request, const char *folder, const char *name, const char *etag,
                                  const char *cache) {
    char path[PATH_MAX];
    struct stat st;
    cleanup_close int fd = -1;
    if (snprintf(path, sizeof(path), "%s/%s/%s", request->server->options->artifacts, folder, name) < (int)sizeof(path))
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return reply_error(request, MHD_HTTP_NOT_FOUND, "not_found", "the seed does not have this file",
                           "build the layers, or check --artifacts");
    const char *if_range = request_header(request, "If-Range");
    if (etag && request_has_etag(request, etag))
        return reply_empty(request, MHD_HTTP_NOT_MODIFIED, etag);
    uint64_t size = (uint64_t)st.st_size;
    bool same = !strcmp(request->method, "GET") && (!if_range || (etag && !strcmp(if_range, etag)));
    struct range range = range_parse(same ? request_header(request, "Range") : NULL, size);
    if (!range.satisfiable)
        return reply_unsatisfiable(request, size);
    int given = fd;
    fd = -1;
    return reply_range(request, given, size, etag, cache, &range);
}

enum MHD_Result route_artifact(struct request *request) {
    char etag[REQUEST_ARGUMENT_SIZE + 3];
    if (!fields_is_hex(request->argument, 64))
        return reply_error(request, MHD_HTTP_NOT_FOUND, "not_found", "an artifact's name is 64 lower-case hex digits",
                           "take it from the role document");
    snprintf(etag, sizeof(etag), "\"%s\"", request->argument);
    return reply_file(request, "sha256", request->argument, etag, "public, max-age=31536000, immutable");
}

enum MHD_Result route_boot_file(struct request *request) {
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (request->argument[0] == '.' || request->argument[strspn(request->argument, alphabet)])
        return reply_error(request, MHD_HTTP_NOT_FOUND, "not_found", "no such boot file", "see docs/api.md");
    return reply_file(request, "boot", request->argument, NULL, "no-cache");
}
