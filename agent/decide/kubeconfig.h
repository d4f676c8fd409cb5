/* SPDX-License-Identifier: Apache-2.0
 * Text of a kubeconfig. Pure. */
#pragma once
#include "buf.h"
#include "error.h"

/* Appends `text`, a kubeconfig of kubeadm's with one cluster, with the API server of `address` in it. */
int kubeconfig_with_server(const char *text, const char *address, struct buf *ret, struct error *err);
