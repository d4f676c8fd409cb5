/* SPDX-License-Identifier: Apache-2.0
 * What kubelet is told: the cluster's one KubeletConfiguration, and the flags of what one machine has alone. */
#pragma once
#include "buf.h"
#include "role.h"

enum { KUBELET_FLAG_MAX = 1024 };

/* Appends the document that kubeadm keeps for every machine of the cluster. */
void kubelet_configuration(const struct role *role, struct buf *ret);

/* The flag of a setting in role->kubelet, without its dashes; its value is appended. */
const char *kubelet_flag(const struct role *role, const cJSON *setting, struct buf *ret_value);
