/* SPDX-License-Identifier: Apache-2.0
 * The medium that this machine booted from, where it carries layers and role documents (`make iso OFFLINE=1`): found by
 * its label. */
#pragma once
#include "buf.h"
#include "error.h"

/* Mounts it read-only at USB. Waits for it in the first 20 s after the kernel's start: USB takes seconds. ENOENT when
 * there is none. Mounted already: success. */
int usb_mount(struct error *err);

/* USB/roles/<mac>.json of one of our cards, with dashes in the MAC; of the card `mac` alone where it is not "". */
int usb_role(const char *mac, struct buf *ret_text, struct error *err);
