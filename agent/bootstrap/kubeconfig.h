/* SPDX-License-Identifier: Apache-2.0
 * root's kubeconfig on a master (article row R14). */
#pragma once
#include "error.h"
#include <stdbool.h>

struct world;

#define KUBECONFIG "/root/.kube/config"

/* Copies ADMIN_CONF, which kubeadm has made. */
int kubeconfig_lay(const struct world *world, struct error *err);

/* True when there is no kubeconfig, as after every power cycle: root's home is in RAM. A kubeconfig that somebody
 * changed is theirs and is not missing. */
bool kubeconfig_is_missing(void);
