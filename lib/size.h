/* SPDX-License-Identifier: Apache-2.0
 * Sizes of disks as people write them. Pure. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* "480G": decimal units as on a disk's label (10^9); M, G and T. "447GiB": binary units (2^30); MiB, GiB and TiB. At
 * most six digits. False: another form. */
bool size_parse(const char *text, uint64_t *ret_bytes);
