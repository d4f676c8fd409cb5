/* SPDX-License-Identifier: Apache-2.0
 * The boot medium, if it has layers and role documents on it (`make iso OFFLINE=1`). It is found by its label. */
#pragma once
#include "buf.h"
#include "error.h"

/* Mounts it read-only at USB. Waits for it in the first 20 s after the kernel's start, because USB devices appear late.
 * ENOENT when there is none. 0 also when it is mounted already. */
int usb_mount(struct error *err);

/* Appends USB/roles/<mac>.json (dashes in the MAC) of one of this machine's cards; only of the card `mac` if that is
 * not "". */
int usb_role(const char *mac, struct buf *ret_text, struct error *err);
