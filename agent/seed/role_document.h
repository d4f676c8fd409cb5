/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/role: the role document as the seed has it now. */
#pragma once
#include "buf.h"
#include "client.h"

enum { ROLE_ETAG_SIZE = 96, ROLE_DOCUMENT_MAX = 1 << 20 };

/* Appends the machine's document with the release to which the cluster is being upgraded, and its ETag. */
int role_document_of_target(struct seed_client *client, const char *release, char ret_etag[static ROLE_ETAG_SIZE],
                            struct buf *ret_text, struct error *err);

/* *ret_changed is false when the seed's document has `etag`. Long-polls for wait_s seconds. A new document is appended
 * to *ret_text, its ETag takes the place of `etag`. */
int role_document_fetch(struct seed_client *client, char etag[static ROLE_ETAG_SIZE], unsigned wait_s,
                        bool *ret_changed, struct buf *ret_text, struct error *err);
