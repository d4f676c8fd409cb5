/* SPDX-License-Identifier: Apache-2.0
 * See carry.h. */
#include "carry.h"
#include "decide/generation.h"
#include "effects/identity.h"
#include "role_store.h"

#include "cleanup.h"
#include "file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The lowest generation that counts never goes down. */
static bool generation_may(const char *source, const char *target) {
    cleanup_buf struct buf ours = BUF_INIT(GENERATION_TEXT_SIZE), theirs = BUF_INIT(GENERATION_TEXT_SIZE);
    struct error none;
    return file_read(target, &theirs, &none) < 0 ||
           (file_read(source, &ours, &none) == 0 && generation_replaces(buf_text(&ours), buf_text(&theirs)));
}

static int carry_file(const char *from, const char *to, const char *name, struct error *err) {
    char source[512], target[512];
    struct stat st;
    cleanup_buf struct buf text = BUF_INIT(4 << 20);
    snprintf(source, sizeof(source), "%s/%s", from, name);
    snprintf(target, sizeof(target), "%s/%s", to, name);
    if (!strncmp(name, "role.", 5) && access(target, F_OK) == 0)
        snprintf(target, sizeof(target), "%s/%s" ROLE_NEXT, to, name);
    if (lstat(source, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    if (!strcmp(name, GENERATION_FILE) && !generation_may(source, target))
        return 0;
    return file_read(source, &text, err) < 0 ||
                   file_ensure(target, buf_text(&text), text.length, st.st_mode & 07777, err) < 0
               ? -1
               : 0;
}

/* A certificate is there only with its own key (effects/identity.h): before another key comes, the old certificate
 * goes. */
static int part_identity(const char *from, const char *to, struct error *err) {
    char source[512], target[512], certificate[512];
    cleanup_buf struct buf ours = BUF_INIT(65536), theirs = BUF_INIT(65536);
    struct error none;
    snprintf(source, sizeof(source), "%s/" IDENTITY_KEY, from);
    snprintf(target, sizeof(target), "%s/" IDENTITY_KEY, to);
    snprintf(certificate, sizeof(certificate), "%s/" IDENTITY_CERTIFICATE, to);
    if (file_read(source, &ours, &none) < 0 ||
        (file_read(target, &theirs, &none) == 0 && ours.length == theirs.length &&
         !memcmp(buf_text(&ours), buf_text(&theirs), ours.length)))
        return 0;
    if (unlink(certificate) < 0 && errno != ENOENT)
        return error_errno(err, errno, "`%s`", certificate);
    return file_sync_folder(to, err);
}

int carry_files(const char *from, const char *to, struct error *err) {
    cleanup_closedir DIR *folder = opendir(from);
    const struct dirent *entry;
    int more;
    if (!folder)
        return error_errno(err, errno, "`%s`", from);
    if (part_identity(from, to, err) < 0)
        return -1;
    while ((more = file_next_entry(folder, &entry, err)) > 0)
        if (strcmp(entry->d_name, IDENTITY_CERTIFICATE) != 0 && carry_file(from, to, entry->d_name, err) < 0)
            return -1;
    return more < 0 ? error_wrap(err, "`%s`", from) : carry_file(from, to, IDENTITY_CERTIFICATE, err);
}
