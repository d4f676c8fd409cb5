/* SPDX-License-Identifier: Apache-2.0
 * The folder that holds what this machine keeps (docs/disks.md): the data partition, or RAM; the same paths before and
 * after the pivot. */
#pragma once

#define DATA "/data"
#define DATA_LAYERS DATA "/layers"     /* <sha256>, verified */
#define DATA_ROOT DATA "/root"         /* what the root writes beside its state; RAM always */
#define DATA_STATE DATA "/state"       /* agent/, etc-kubernetes/, var-lib/ */
#define MOUNTED "/run/seedrack/layers" /* <sha256>/: the layers, mounted */
#define SYSROOT "/sysroot"
