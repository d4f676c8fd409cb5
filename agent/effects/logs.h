/* SPDX-License-Identifier: Apache-2.0
 * Reading the end of a log. */
#pragma once
#include "buf.h"
#include "error.h"

/* Appends the last bytes of `source`, a file or TAIL_DMESG, as many as `ret` takes. *ret_whole: that is the whole
 * log. */
int logs_end(const char *source, struct buf *ret, bool *ret_whole, struct error *err);
