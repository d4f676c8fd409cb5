/* SPDX-License-Identifier: Apache-2.0
 * Layers of both releases of an upgrade: whichever the machine boots, it must have the images of both until the upgrade
 * is over. A list on its disk (AGENT_STATE/beside), a sha256 a line. */
#pragma once
#include "buf.h"
#include "error.h"
#include "role.h"

/* Remembers the layers of both, but for those of a kernel. Durable on return. */
int beside_keep(const struct role *role, const struct role *other, struct error *err);

/* Mounts what is remembered and lies on the disk. What is missing is only logged: the machine runs without it. */
int beside_mount(struct error *err);

/* Appends what is remembered to *ret. */
int beside_list(struct buf *ret, struct error *err);

/* All machines are of one release: nothing is remembered any more. */
void beside_drop(void);
