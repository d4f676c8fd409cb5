/* SPDX-License-Identifier: Apache-2.0
 * What tests share: cmocka's own includes in their order, and files of the source tree. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "file.h"
#include <stdio.h>

/* Appends the file SOURCE_ROOT/`path` to *ret; the test fails when it cannot. */
static inline void source_read(const char *path, struct buf *ret) {
    char full[1024];
    struct error err = {0};
    snprintf(full, sizeof(full), "%s/%s", SOURCE_ROOT, path);
    if (file_read(full, ret, &err) < 0)
        fail_msg("%s", err.message);
}
