/* SPDX-License-Identifier: Apache-2.0
 * Taking swap out of fstab(5) without touching any other byte. Pure. */
#pragma once
#include "buf.h"
#include <stdbool.h>

/* Copies `text` to *ret, each active swap entry turned into a comment. An entry is swap when its type field says so or
 * when is_swap(spec) does (the device carries a swap signature). Returns how many entries were changed. */
int fstab_without_swap(const char *text, bool (*is_swap)(const char *spec), struct buf *ret);
