/* SPDX-License-Identifier: Apache-2.0
 * See sysctl.h. */
#include "sysctl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

int sysctl_write(const char *path, const char *value, struct error *err) {
    char full[192];
    snprintf(full, sizeof(full), "/proc/sys/%s", path);
    FILE *file = fopen(full, "we");
    bool written = file && fputs(value, file) >= 0;
    return !file || fclose(file) != 0 || !written ? error_errno(err, errno, "sysctl `%s`", full) : 0;
}
