/* SPDX-License-Identifier: Apache-2.0
 * The text of an addon's manifest. Pure. */
#pragma once
#include "buf.h"

enum { ADDON_TEXT_MAX = 4 << 20 };

/* Replaces every `from` in the text by `to`, as sed s/from/to/g does (article row R15). `from` is not empty. Returns
 * whether there was one. Too long a text fails the buffer (buf_failed). */
bool addon_replace(struct buf *text, const char *from, const char *to);
