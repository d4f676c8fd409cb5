/* SPDX-License-Identifier: Apache-2.0
 * The role document that this machine keeps on its disk: the last one with which it can start alone, and its ETag. */
#pragma once
#include "buf.h"
#include "decide/paths.h"
#include "error.h"

#define ROLE_NEXT                                                                                                      \
    ".next" /* suffix of role.json and role.etag while not all layers of that document are on the disk                 \
             */

int role_store_keep(const struct buf *text, const char *etag, struct error *err);

/* Appends the document to *ret_text; `etag` has `size` bytes and becomes "" where there is none. ENOENT: nothing is
 * kept. */
int role_store_load(struct buf *ret_text, char *ret_etag, size_t size, struct error *err);

/* Makes the document of this boot the kept one. To be called when its layers are on the disk. */
int role_store_take_next(struct error *err);
