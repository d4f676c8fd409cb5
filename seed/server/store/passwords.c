/* SPDX-License-Identifier: Apache-2.0
 * See passwords.h. */
#include "passwords.h"

#include "buf.h"
#include "check.h"
#include "cleanup.h"
#include "file.h"
#include "json.h"
#include "reader.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { FILE_MAX = 4096, STATS_LETTERS = 24 /* 120 bits */ };
#define STATS_USER "seedrack:"

/* 32 letters, so that five bits of a byte choose one evenly; no two look alike. */
static int make_letters(char *ret, size_t n, struct error *err) {
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
    unsigned char bytes[64];
    if (n > sizeof(bytes) || getrandom(bytes, n, 0) != (ssize_t)n)
        return error_errno(err, errno, "getrandom");
    for (size_t i = 0; i < n; i++)
        ret[i] = letters[bytes[i] % 32];
    ret[n] = '\0';
    return 0;
}

static int passwords_make(const char *path, struct passwords *ret, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(FILE_MAX);
    memcpy(ret->stats, STATS_USER, sizeof(STATS_USER));
    if (make_letters(ret->vrrp, sizeof(ret->vrrp) - 1, err) < 0 ||
        make_letters(ret->stats + strlen(STATS_USER), STATS_LETTERS, err) < 0)
        return -1;
    buf_addf(&text, "{\"vrrp_password\":\"%s\",\"stats_auth\":\"%s\"}\n", ret->vrrp, ret->stats);
    int result = file_write(path, buf_text(&text), text.length, 0600, err);
    explicit_bzero(text.data, text.length);
    return result;
}

static int passwords_parse(const struct buf *text, struct passwords *ret, struct error *err) {
    static const char *const keys[] = {"vrrp_password", "stats_auth", NULL};
    struct problem problem;
    struct reader reader = {.list = &problem, .capacity = 1};
    cleanup_json cJSON *tree = NULL;
    if (json_parse(text->data, text->length, &tree, err) < 0)
        return -1;
    struct cursor root = cursor_root(&reader, tree);
    const char *vrrp = NULL, *stats = NULL;
    if (cursor_object(&root, keys)) {
        vrrp = cursor_string(&root, "vrrp_password", check_password, reader_required);
        stats = cursor_string(&root, "stats_auth", check_auth, reader_required);
    }
    if (reader.n > 0)
        return error_set(err, EBADMSG, "%s: %s", problem.pointer, problem.cause);
    snprintf(ret->vrrp, sizeof(ret->vrrp), "%s", vrrp);
    snprintf(ret->stats, sizeof(ret->stats), "%s", stats);
    return 0;
}

int passwords_load(const char *path, struct passwords *ret, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(FILE_MAX);
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return passwords_make(path, ret, err);
    int result = file_read(path, &text, err);
    if (result == 0 && passwords_parse(&text, ret, err) < 0) {
        error_wrap(err, "`%s`", path);
        result = error_remedy(
            err, "restore it from a backup; or remove it: the masters take new passwords when they start again");
    }
    if (text.data)
        explicit_bzero(text.data, text.length);
    return result;
}
