/* SPDX-License-Identifier: Apache-2.0
 * Removes the secrets from a JSON document, so that somebody who helps may read it. Pure. */
#pragma once
#include <cjson/cJSON.h>

/* Changes the tree in place. Texts under keys that name a secret (password, stats_auth, ...), manifests and their
 * replacements become words in brackets. Every other text goes through redact(), with 64 hex digits; only hashes
 * (`hash`, `previous`, `sha256`, `etag`) keep theirs. */
void sanitize(cJSON *tree);
