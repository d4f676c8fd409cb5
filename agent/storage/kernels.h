/* SPDX-License-Identifier: Apache-2.0
 * The modules of the kernel that this machine booted: the role document names them by `uname -r`, and an installed
 * machine remembers those of each kernel that it has (AGENT_STATE/kernels/<uname -r>). */
#pragma once
#include "buf.h"
#include "error.h"
#include "role.h"

/* Checks that a layer has the modules of the running kernel; without them there are no bridges and no netfilter. If the
 * role document has none and one is remembered, adds that to *role. Else ENOEXEC. */
int kernels_check(struct role *role, struct error *err);

/* Remembers the layer with the modules of the running kernel, for a machine that boots this kernel again later. Errors
 * are only logged. */
void kernels_keep(const struct role *role);

/* Appends what is remembered of the running kernel to *ret. */
int kernels_list(struct buf *ret, struct error *err);

/* Forgets what is remembered of all other kernels. */
void kernels_forget(void);
