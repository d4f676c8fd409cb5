/* SPDX-License-Identifier: Apache-2.0
 * root's kubeconfig on a master (article row R14). */
#pragma once
#include "error.h"
#include <stdbool.h>

struct world;

#define ADMIN_CONF "/etc/kubernetes/admin.conf"
#define KUBECONFIG "/root/.kube/config"

/* Copies ADMIN_CONF, which kubeadm has made. */
int kubeconfig_lay(const struct world *world, struct error *err);

/* What the root wrote beside its state ends with the power. One that somebody changed belongs to them and counts. */
bool kubeconfig_is_missing(void);
