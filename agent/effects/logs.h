/* SPDX-License-Identifier: Apache-2.0
 * Reading the end of a log. */
#pragma once
#include "buf.h"
#include "error.h"

/* The last bytes of `source`, a file or TAIL_DMESG, as many as `ret` takes; *ret_whole: that is all of it. */
int logs_end(const char *source, struct buf *ret, bool *ret_whole, struct error *err);
