/* SPDX-License-Identifier: Apache-2.0
 * See boot.h. */
#include "boot.h"

#include <stdio.h>
#include <string.h>

static int take(const char *word, size_t length, const char *key, char *ret, size_t size, struct error *err) {
    size_t prefix = strlen(key);
    if (length <= prefix || strncmp(word, key, prefix) != 0)
        return 0;
    if (length - prefix >= size)
        return error_set(err, -1, "kernel command line: %.*s: longer than %zu bytes", (int)prefix - 1, key, size - 1);
    memcpy(ret, word + prefix, length - prefix);
    ret[length - prefix] = '\0';
    return 0;
}

int boot_parse(const char *cmdline, struct boot *ret, struct error *err) {
    struct boot boot = {0};
    for (const char *at = cmdline; *at;) {
        at += strspn(at, " \t\n");
        size_t length = strcspn(at, " \t\n");
        if (take(at, length, "seedrack.seed=", boot.seed, sizeof(boot.seed), err) < 0 ||
            take(at, length, "seedrack.mac=", boot.mac, sizeof(boot.mac), err) < 0)
            return -1;
        at += length;
    }
    size_t end = strlen(boot.seed);
    if (end && boot.seed[end - 1] == '/')
        boot.seed[end - 1] = '\0';
    if (strncmp(boot.seed, "http://", 7) != 0 && strncmp(boot.seed, "https://", 8) != 0) {
        error_set(err, -1, "kernel command line: seedrack.seed: %s", boot.seed[0] ? "not an http:// or https:// URL" : "missing");
        return error_remedy(err, "boot with seedrack.seed=http://ADDRESS:8080");
    }
    *ret = boot;
    return 0;
}
