/* SPDX-License-Identifier: Apache-2.0
 * Removes secrets of clusters and machines from texts that are passed on. Pure. */
#pragma once
#include "buf.h"

/* Appends `text` to *ret: PEM private keys (also one whose beginning was cut off), kubeadm tokens, web tokens and, with
 * `keys`, runs of at least 64 hex digits (certificate keys, claim keys; not after "sha256:") become words in brackets.
 * Other bytes stay as they are. */
void redact(const char *text, size_t length, bool keys, struct buf *ret);

/* Appends `text` to *ret, without what identifies a machine's hardware: MAC addresses, UUIDs, and the word after
 * "serial " become words in brackets. */
void redact_hardware(const char *text, struct buf *ret);
