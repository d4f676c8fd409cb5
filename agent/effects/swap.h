/* SPDX-License-Identifier: Apache-2.0
 * Swap: what is active, what fstab would activate at the next boot, and switching both off (article row R5). */
#pragma once
#include "error.h"

/* Number of active swaps (/proc/swaps; zram counts) and of fstab entries that are swap by type, or by the signature
 * libblkid finds behind a path, UUID= or LABEL=. */
int swap_count(int *ret_active, int *ret_fstab, struct error *err);

/* swapoff(2) on each active swap; fstab entries become comments. */
int swap_off(struct error *err);
