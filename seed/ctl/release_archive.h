/* SPDX-License-Identifier: Apache-2.0
 * The archive of a release (scripts/release-archive): a tar file with `release.json`, `layers.json`, `signature` and
 * sha256/HEX for each layer. The signature (Ed25519, RFC 8032) is over the two documents, one after the other; the
 * documents name every layer by its hash. */
#pragma once
#include "buf.h"
#include "error.h"
#include "site/release.h"

enum { RELEASE_DOCUMENT_MAX = 32 * 1024 };

struct release_archive {
    const char *path;
    struct buf pins, layers; /* the two documents, verified */
    struct release *release; /* what they say */
};

/* Reads the documents of the archive and checks them with the public key in `key_path` (PEM). The archive says nothing
 * of its key. The caller frees *ret either way. */
int release_archive_open(const char *path, const char *key_path, struct release_archive *ret, struct error *err);
void release_archive_free(struct release_archive *archive);

/* Puts every layer that is not there yet into ARTIFACTS/sha256: hashed, durable, under its name only when it is whole.
 * ENOSPC: they do not fit, and none was unpacked. */
int release_archive_unpack(const struct release_archive *archive, const char *artifacts, struct error *err);
