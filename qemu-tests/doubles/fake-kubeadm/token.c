/* SPDX-License-Identifier: Apache-2.0
 * See token.h. */
#include "token.h"

#include "file.h"
#include <dirent.h>
#include <errno.h>
#include <mbedtls/base64.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { ID_LENGTH = 6, DESCRIPTION_MAXIMUM = 256 };

static void path_of(const struct place *place, const char *id, char ret[PATH_MAX]) {
    char name[sizeof(TOKENS) + ID_LENGTH + 1];
    snprintf(name, sizeof(name), TOKENS "/%.*s", ID_LENGTH, id);
    place_path(place, name, ret);
}

int token_create(const struct place *place, const char *description, char ret[TOKEN_SIZE], struct error *err) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345"; /* 32: no letter is likelier than another */
    unsigned char random[TOKEN_SIZE - 1];
    char path[PATH_MAX];
    if (token_list(place, NULL) >= TOKENS_MAX)
        return error_set(err, ENOSPC, "more than %d tokens", TOKENS_MAX);
    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return error_errno(err, errno, "getrandom");
    for (size_t i = 0; i < sizeof(random); i++)
        ret[i] = letters[random[i] % 32];
    ret[ID_LENGTH] = '.';
    ret[TOKEN_SIZE - 1] = '\0';
    path_of(place, ret, path);
    return file_write(path, description, strlen(description), 0600, err);
}

/* Calls `each` for the id of every token and returns how many there are. */
static size_t walk(const struct place *place,
                   void (*each)(const struct place *place, const char *id, size_t before, struct buf *ret),
                   struct buf *ret) {
    char path[PATH_MAX];
    size_t count = 0;
    place_path(place, TOKENS, path);
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder && count < TOKENS_MAX && (entry = readdir(folder))) {
        if (strlen(entry->d_name) != ID_LENGTH || entry->d_name[0] == '.')
            continue;
        if (ret)
            each(place, entry->d_name, count, ret);
        count++;
    }
    if (folder)
        closedir(folder);
    return count;
}

static void add_signature(const struct place *place, const char *id, size_t before, struct buf *ret) {
    (void)place;
    buf_addf(ret, "%s\"jws-kubeconfig-%s\":\"" DOUBLE "\"", before ? "," : "", id);
}

static void add_secret(const struct place *place, const char *id, size_t before, struct buf *ret) {
    cleanup_buf struct buf text = BUF_INIT(DESCRIPTION_MAXIMUM);
    unsigned char description[DESCRIPTION_MAXIMUM * 4 / 3 + 8];
    struct error gone;
    char path[PATH_MAX];
    size_t length = 0;
    path_of(place, id, path);
    if (file_read(path, &text, &gone) < 0 ||
        mbedtls_base64_encode(description, sizeof(description), &length, (const unsigned char *)buf_text(&text),
                              text.length) != 0)
        length = 0;
    buf_addf(ret, "%s{\"metadata\":{\"name\":\"bootstrap-token-%s\"},\"data\":{\"description\":\"%.*s\"}}",
             before ? "," : "", id, (int)length, description);
}

size_t token_list(const struct place *place, struct buf *ret) {
    return walk(place, add_signature, ret);
}

void token_secrets(const struct place *place, struct buf *ret) {
    buf_adds(ret, "{\"kind\":\"SecretList\",\"items\":[");
    walk(place, add_secret, ret);
    buf_adds(ret, "]}\n");
}

bool token_remove(const struct place *place, const char *id) {
    char path[PATH_MAX];
    path_of(place, id, path);
    return strlen(id) == ID_LENGTH && !strchr(id, '/') && unlink(path) == 0;
}
