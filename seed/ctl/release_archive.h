/* SPDX-License-Identifier: Apache-2.0
 * The archive of a release (scripts/release-archive): a tar file with `release.json`, `layers.json`, `signature` and
 * sha256/HEX for each layer; and, since 0.10, `boot.json`, `boot.signature` and boot/NAME for each file that iPXE
 * boots. `signature` (Ed25519, RFC 8032) is over the first two documents, one after the other, `boot.signature` over
 * all three; the documents name every file by its hash. */
#pragma once
#include "buf.h"
#include "error.h"
#include "site/release.h"

enum { RELEASE_DOCUMENT_MAX = 32 * 1024, RELEASE_BOOT_FILES_MAX = 32 };

struct release_archive {
    const char *path;
    struct buf pins, layers, boot; /* the documents, verified; boot: empty when the archive has none */
    struct release *release;       /* what the first two say */
    cJSON *boot_tree;              /* NULL: no boot files */
};

/* Reads the documents of the archive and checks them with the public key in `key_path` (PEM). The archive says nothing
 * of its key. The caller frees *ret either way. */
int release_archive_open(const char *path, const char *key_path, struct release_archive *ret, struct error *err);
void release_archive_free(struct release_archive *archive);

/* Puts every layer that is not there yet into ARTIFACTS/sha256: hashed, durable, under its name only when it is whole;
 * and so the boot files into ARTIFACTS/boot. Where other boot files are, those stay unless `replace_boot`
 * (*ret_boot_stays): the layers of the releases that the seed has were made for their kernel. ENOSPC: the files do not
 * fit, and none was unpacked. */
int release_archive_unpack(const struct release_archive *archive, const char *artifacts, bool replace_boot,
                           bool *ret_boot_stays, struct error *err);
