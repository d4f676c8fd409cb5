/* SPDX-License-Identifier: Apache-2.0
 * The modules of the kernel that this machine booted: the role document names them by `uname -r`, and an installed
 * machine remembers those of each kernel that it has (AGENT_STATE/kernels/<uname -r>). */
#pragma once
#include "buf.h"
#include "error.h"
#include "role.h"

/* A kernel whose modules no layer has would leave the machine without bridges and netfilter: ENOEXEC, unless they are
 * remembered; then *role gets their layer. */
int kernels_check(struct role *role, struct error *err);

/* Remembers the modules of the running kernel; one that boots its old kernel again has them, whatever the role document
 * names since. Trouble is logged. */
void kernels_keep(const struct role *role);

/* Appends what is remembered of the running kernel to *ret. */
int kernels_list(struct buf *ret, struct error *err);

/* Forgets what is remembered of all other kernels. */
void kernels_forget(void);
