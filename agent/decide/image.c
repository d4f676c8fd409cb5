/* SPDX-License-Identifier: Apache-2.0
 * See image.h. */
#include "image.h"

#include <stdio.h>
#include <string.h>

const char *image_tag(const struct role *role, const char *part) {
    for (size_t i = 0; i < role->n_images; i++) {
        const char *at = strstr(role->images[i], part);
        if (at)
            return at + strlen(part);
    }
    return NULL;
}

bool image_is_of(const struct role *role, const char *image) {
    for (size_t i = 0; i < role->n_images; i++)
        if (!strcmp(role->images[i], image))
            return true;
    return false;
}

void image_folder(const char *root, const char *image, char *ret, size_t size) {
    int prefix = snprintf(ret, size, "%s/usr/lib/seedrack/images/", root);
    if (prefix < 0 || (size_t)prefix >= size)
        return;
    snprintf(ret + prefix, size - (size_t)prefix, "%s", image);
    for (char *c = ret + prefix; *c; c++)
        if (*c == '/' || *c == ':')
            *c = '_';
}
