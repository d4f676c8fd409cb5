/* SPDX-License-Identifier: Apache-2.0
 * The kernel command line of a site's machines, for iPXE (seed/server/handlers/route_boot.c) and for boot media.
 * Pure. */
#pragma once
#include "buf.h"
#include "error.h"
#include "site.h"

enum { CMDLINE_MAX = 2047 }; /* x86: COMMAND_LINE_SIZE is 2048 with the NUL (kernel: arch/x86/include/asm/setup.h) */

/* Appends one line without a newline. `node` NULL: for a medium that serves any machine of the site, which then finds
 * itself by its MAC addresses. `words`: the seedrack. words that its initramfs knows, a line each, as `seed-agent
 * words` prints them (an unknown one stops a boot); "": those of a version that had no such list; NULL: all. Errors:
 * *ret is too small; a valid site's line always fits CMDLINE_MAX. */
int cmdline_render(const struct site *site, const struct site_node *node, const char *words, struct buf *ret,
                   struct error *err);

/* For a medium that serves every machine of the site: a line for each whose own link is a bond or VLAN, its MAC and its
 * words. The initramfs looks its own card up (agent/decide/cmdline.h). */
void cmdline_render_table(const struct site *site, struct buf *ret);
