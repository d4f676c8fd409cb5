/* SPDX-License-Identifier: Apache-2.0
 * The layers on this machine: which are wanted, which are there, whether there is room; mounted, and forgotten. */
#pragma once
#include "buf.h"
#include "error.h"
#include "role.h"
#include <stdbool.h>

struct agent;

bool layer_wanted(const struct role_layer *layer); /* not one of another kernel */
bool role_installs(const struct role *role);       /* kernel and initramfs go onto its own disk */

/* A boot verifies what is kept. A machine that stands leaves that alone, its root is made of it, and fetches for its
 * next boot, which may be by the kernel that it installs. */
bool layers_to_fetch(const struct role *role, bool initramfs, const struct role_layer *layer);

/* Its disk, if it has one, holds all that the next boot wants. */
bool layers_kept(const struct role *role, bool initramfs);

/* ENOSPC: what is to be fetched does not fit. */
int layers_check_room(const struct role *role, bool initramfs, struct error *err);

/* Whether all are mounted; else the first one that is not is told in *why. */
int layers_mounted(const struct role *role, struct buf *why, struct error *err);
int layers_mount(const struct role *role, struct error *err);

/* How many bytes the wanted ones have. */
uint64_t layers_bytes(const struct agent *agent);
