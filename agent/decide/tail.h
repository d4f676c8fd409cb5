/* SPDX-License-Identifier: Apache-2.0
 * The end of the log that explains a failure, made safe to leave the machine: bounded, printable, and without secrets.
 * Pure; effects/logs.h reads the log. */
#pragma once
#include "buf.h"
#include "codes.h"

enum { TAIL_SIZE = 4096 + 1, TAIL_READ = 16384 /* of the log, from its end */ };

#define TAIL_DMESG "dmesg"     /* the kernel's ring buffer */
#define TAIL_RUNTIME "runtime" /* the container runtime's */

/* TAIL_DMESG, TAIL_RUNTIME, a file's path, or NULL: nothing says more than the failure itself. */
const char *tail_source(enum code code);

/* The last lines of `text` into ret: PEM private keys, kubeadm tokens, web tokens and runs of 64 hex digits
 * (certificate keys; not after "sha256:") become words in brackets, bytes that are not printable ASCII `\xNN`. `whole`:
 * the text begins where the log begins; otherwise its first line may be cut and is left out. Returns the length. */
size_t tail_clean(const char *text, size_t length, bool whole, char ret[static TAIL_SIZE]);
