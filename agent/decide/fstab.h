/* SPDX-License-Identifier: Apache-2.0
 * Taking swap out of fstab(5) without touching any other byte. Pure. */
#pragma once
#include "buf.h"
#include <stdbool.h>

/* Copies `text` to *ret, each active swap entry turned into a comment. An entry is swap when its type field says so or
 * when is_swap(spec) does (the device carries a swap signature); spec is without escapes. A line may have any length.
 * Returns how many entries were changed, or -1: no memory. */
int fstab_without_swap(const char *text, bool (*is_swap)(const char *spec), struct buf *ret);

/* Undoes the octal escapes of fstab(5) and of the kernel's tables in /proc (`\040` is a blank), in place. */
void fstab_unescape(char *text);
