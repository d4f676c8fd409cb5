/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/backup/seed/{store,site,passwords}: what the seed itself must not lose, for the archive that a master makes
 * now, which only the operator can open (docs/restore.md). Its key and its secrets stay here. */
#include "handlers.h"

#include "server/context/reply.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The whole database as it is now, in a file that has no name any more. */
static int open_store(const struct server *server, struct error *err) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/backups/.store", server->options->state) >= (int)sizeof(path))
        return error_errno(err, ENAMETOOLONG, "copy of the store");
    unlink(path);
    if (server->store->ops->copy(server->store, path, err) < 0)
        return -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        error_errno(err, errno, "`%s`", path);
    unlink(path);
    return fd;
}

static int open_named(const char *path, struct error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? error_errno(err, errno, "`%s`", path) : fd;
}

static int open_passwords(const struct server *server, struct error *err) {
    char path[PATH_MAX];
    return snprintf(path, sizeof(path), "%s/passwords.json", server->options->state) >= (int)sizeof(path)
               ? error_errno(err, ENAMETOOLONG, "passwords")
               : open_named(path, err);
}

enum MHD_Result route_backup_seed(struct request *request) {
    const struct server *server = request->server;
    const char *name = request->argument;
    struct error err = {0};
    struct stat st;
    int fd;
    if (strcmp(server->backups.duty.holder, request->node->hostname) != 0)
        return reply_error(request, MHD_HTTP_CONFLICT, "not_wanted", "no backup is asked of this master now",
                           "nothing: the seed asks for another one");
    if (!strcmp(name, "store"))
        fd = open_store(server, &err);
    else if (!strcmp(name, "site"))
        fd = open_named(server->options->site, &err);
    else if (!strcmp(name, "passwords"))
        fd = open_passwords(server, &err);
    else
        return reply_error(request, MHD_HTTP_NOT_FOUND, "not_found", "the seed has no such part", "see docs/api.md");
    if (fd >= 0 && fstat(fd, &st) == 0)
        return reply_open_file(request, fd, (uint64_t)st.st_size);
    if (fd >= 0)
        close(fd);
    return err.errnum == ENOENT ? reply_empty(request, MHD_HTTP_NO_CONTENT, NULL) : reply_store(request, &err);
}
