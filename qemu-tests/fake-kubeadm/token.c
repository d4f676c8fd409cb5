/* SPDX-License-Identifier: Apache-2.0
 * See token.h. */
#include "token.h"

#include "file.h"
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum { ID_LENGTH = 6 };

int token_create(const struct place *place, char ret[TOKEN_SIZE], struct error *err) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345"; /* 32: no letter is likelier than another */
    unsigned char random[TOKEN_SIZE - 1];
    char path[PATH_MAX], name[sizeof(TOKENS) + ID_LENGTH + 1] = TOKENS "/";
    if (token_list(place, NULL) >= TOKENS_MAX)
        return error_set(err, ENOSPC, "more than %d tokens", TOKENS_MAX);
    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return error_errno(err, errno, "getrandom");
    for (size_t i = 0; i < sizeof(random); i++)
        ret[i] = letters[random[i] % 32];
    ret[ID_LENGTH] = '.';
    ret[TOKEN_SIZE - 1] = '\0';
    memcpy(name + sizeof(TOKENS), ret, ID_LENGTH);
    name[sizeof(TOKENS) + ID_LENGTH] = '\0';
    place_path(place, name, path);
    return file_write(path, "", 0, 0600, err);
}

size_t token_list(const struct place *place, struct buf *ret) {
    char path[PATH_MAX];
    size_t count = 0;
    place_path(place, TOKENS, path);
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder && count < TOKENS_MAX && (entry = readdir(folder))) {
        if (strlen(entry->d_name) != ID_LENGTH || entry->d_name[0] == '.')
            continue;
        if (ret)
            buf_addf(ret, "%s\"jws-kubeconfig-%s\":\"" DOUBLE "\"", count ? "," : "", entry->d_name);
        count++;
    }
    if (folder)
        closedir(folder);
    return count;
}
