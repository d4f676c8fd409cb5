/* SPDX-License-Identifier: Apache-2.0
 * A JSON document without its secrets: what a stranger who helps may read. Pure. */
#pragma once
#include <cjson/cJSON.h>

/* In place: texts of keys that name a secret (password, stats_auth, ...), manifests and their replacements become words
 * in brackets; every other text goes through redact(), 64 hex digits included but for those of hashes (`hash`,
 * `previous`, `sha256`, `etag`). */
void sanitize(cJSON *tree);
