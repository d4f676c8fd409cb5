/* SPDX-License-Identifier: Apache-2.0
 * See place.h. */
#include "place.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct place place_of_environment(void) {
    const char *root = getenv("FAKE_KUBEADM_ROOT"), *real = getenv("FAKE_KUBEADM_REAL");
    return (struct place){.root = root ? root : "", .real = real ? real : "/usr/bin/kubeadm"};
}

void place_path(const struct place *place, const char *path, char ret[PATH_MAX]) {
    snprintf(ret, PATH_MAX, "%s%s", place->root, path);
}

bool place_has(const struct place *place, const char *path) {
    char full[PATH_MAX];
    place_path(place, path, full);
    return access(full, F_OK) == 0;
}

void say(const char *format, ...) {
    char line[1024];
    va_list ap;
    va_start(ap, format);
    vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    fprintf(stderr, DOUBLE ": %s\n", line);
}
