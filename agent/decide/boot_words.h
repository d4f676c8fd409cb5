/* SPDX-License-Identifier: Apache-2.0
 * The kernel's words for the next boot from the machine's own disk: those of this boot, and how its link is made. Pure.
 */
#pragma once
#include "buf.h"
#include "error.h"
#include "network.h"
#include <stdbool.h>

/* Appends the words of `cmdline`, a blank after each, without those that say where this kernel came from. Bond and VLAN
 * are those of `network`. Where it says neither, those of the running kernel stay if the machine's own link is still
 * one (`stacked`). An initramfs of an older version does not start with seedrack.bond_mode: no `with_mode`. EINVAL: a
 * single quote, which GRUB's configuration does not take. */
int boot_words_render(const char *cmdline, const struct network *network, const char *mac, bool stacked, bool with_mode,
                      struct buf *ret, struct error *err);

/* Whether the initramfs beside these words, which were written for it, takes seedrack.bond_mode. */
bool boot_words_have_mode(const char *words);
