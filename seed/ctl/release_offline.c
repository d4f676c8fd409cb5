/* SPDX-License-Identifier: Apache-2.0
 * See release_offline.h. */
#include "release_offline.h"

#include "check.h"
#include "cleanup.h"
#include "file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RELEASES RELEASE_OFFLINE_STATE "/releases"

bool release_offline_here(void) {
    return access("/etc/seedrack", F_OK) == 0;
}

/* NAME.json, as release_offline_keep() and the seed write it. */
static bool release_name(const char *file, char ret[RELEASE_OFFLINE_NAME_SIZE]) {
    const char *end = strstr(file, ".json");
    if (!end || end[5] || end - file >= RELEASE_OFFLINE_NAME_SIZE)
        return false;
    snprintf(ret, RELEASE_OFFLINE_NAME_SIZE, "%.*s", (int)(end - file), file);
    return !check_release(ret);
}

bool release_offline_newest(char ret[RELEASE_OFFLINE_NAME_SIZE]) {
    cleanup_closedir DIR *folder = opendir(RELEASES);
    const struct dirent *entry;
    struct error ignored;
    char name[RELEASE_OFFLINE_NAME_SIZE];
    ret[0] = '\0';
    while (folder && file_next_entry(folder, &entry, &ignored) > 0)
        if (release_name(entry->d_name, name) && strverscmp(name, ret) > 0)
            snprintf(ret, RELEASE_OFFLINE_NAME_SIZE, "%s", name);
    return ret[0];
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
