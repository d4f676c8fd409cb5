/* SPDX-License-Identifier: Apache-2.0
 * The layers on this machine: which ones it needs, which ones it has, whether there is room, and mounting them. */
#pragma once
#include "buf.h"
#include "error.h"
#include "role.h"
#include <stdbool.h>

struct agent;

bool layer_wanted(const struct role_layer *layer); /* false: it is for another kernel */
bool role_installs(const struct role *role);       /* kernel and initramfs go onto its own disk */

/* Whether the layer must be fetched. In the initramfs also one that is on the disk, so that it is verified. A running
 * machine fetches only what is missing for its next boot, also layers for the kernel that it installs. */
bool layers_to_fetch(const struct role *role, bool initramfs, const struct role_layer *layer);

/* Whether the machine's disk, if it has one, has every layer that the next boot needs. */
bool layers_kept(const struct role *role, bool initramfs);

/* ENOSPC: what is to be fetched does not fit. */
int layers_check_room(const struct role *role, bool initramfs, struct error *err);

/* Whether all are mounted: 1; 0 with the first one that is not in *why; -1. */
int layers_mounted(const struct role *role, struct buf *why, struct error *err);
int layers_mount(const struct role *role, struct error *err);

/* Where `path` ("/usr/bin/kubeadm") lies in a mounted layer of the role; false: no layer has it. */
bool layers_find(const struct role *role, const char *path, char *ret, size_t size);

/* The size of the layers that this machine needs, in bytes. */
uint64_t layers_bytes(const struct agent *agent);
