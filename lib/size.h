/* SPDX-License-Identifier: Apache-2.0
 * Sizes of disks as people write them. Pure. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* "480G": as on a disk's label, 10^9 each; M, G and T. "447GiB": as an operating system counts, 2^30 each; MiB, GiB and
 * TiB. At most six digits. False when it is not that. */
bool size_parse(const char *text, uint64_t *ret_bytes);
