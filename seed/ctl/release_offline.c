/* SPDX-License-Identifier: Apache-2.0
 * See release_offline.h. */
#include "release_offline.h"

#include "cleanup.h"
#include "file.h"
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define RELEASES RELEASE_OFFLINE_STATE "/releases"

bool release_offline_here(void) {
    return access("/etc/seedrack", F_OK) == 0;
}

int release_offline_check(struct error *err) {
    if (access(RELEASES, F_OK) == 0 || access(RELEASE_OFFLINE_STATE "/seed.sqlite", F_OK) < 0)
        return 0;
    error_set(err, EEXIST, "`%s` is the state of an older version", RELEASE_OFFLINE_STATE);
    return error_remedy(err, "start seed-server of this version once, with --release and --layers as before");
}

/* The folder is the service's, once that ran. Before its first start systemd gives it the folder with all that is in
 * it. */
static int give_to_owner(const char *path, struct error *err) {
    struct stat st;
    return stat(RELEASES, &st) < 0 || lchown(path, st.st_uid, st.st_gid) < 0 ? error_errno(err, errno, "`%s`", path)
                                                                             : 0;
}

int release_offline_keep(const struct release_archive *archive, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(2 * RELEASE_DOCUMENT_MAX + 64);
    char path[sizeof(RELEASES) + 96];
    snprintf(path, sizeof(path), RELEASES "/%.64s.json", archive->release->name);
    buf_addf(&text, "{\"release\":%s,\"layers\":%s}", buf_text(&archive->pins), buf_text(&archive->layers));
    if (buf_failed(&text))
        return error_errno(err, ENOMEM, "`%s`", path);
    return file_mkdirs(RELEASES, 0700, err) < 0 || file_write(path, buf_text(&text), text.length, 0600, err) < 0 ||
                   give_to_owner(path, err) < 0
               ? -1
               : 0;
}
