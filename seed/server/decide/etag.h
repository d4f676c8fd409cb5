/* SPDX-License-Identifier: Apache-2.0
 * Reads the header `If-None-Match` (RFC 9110, 13.1.2). Pure. The text is whatever a client sent. */
#pragma once
#include <stdbool.h>

/* Whether one of the entity tags of the header is `etag` (with its quotes), weak ones too, or the header is `*`. */
bool etag_matches(const char *header, const char *etag);
