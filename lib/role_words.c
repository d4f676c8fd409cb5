/* SPDX-License-Identifier: Apache-2.0
 * The words of site and role documents, in the order of role.h's enums. */
#include "role.h"

const char *const node_role_names[] = {"master", "worker", NULL};
const char *const runtime_names[] = {"docker", "containerd", NULL};
const char *const vip_style_names[] = {"conf", "osixia-env", NULL};
const char *const style_names[] = {"seedrack", "article", NULL};
const char *const cni_names[] = {"bridge", "none", NULL};
