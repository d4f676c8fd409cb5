/* SPDX-License-Identifier: Apache-2.0
 * Reading a Node object: whether its machine is well, and who keeps new pods off it. Pure. */
#pragma once
#include "error.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define NODE_CORDONED_BY_US "seedrack/cordoned" /* annotation: the token of the turn for which it was cordoned */

enum { NODE_NAME_SIZE = 64, NODE_BOOT_SIZE = 37, NODE_VERSION_SIZE = 24 };

struct node_view {
    char name[NODE_NAME_SIZE];       /* "": it is no name of a machine of ours */
    bool ready;                      /* condition Ready=True */
    bool cordoned, ours;             /* no new pod is bound to it; by us */
    char boot[NODE_BOOT_SIZE];       /* nodeInfo.bootID: of the boot from which kubelet reported last; "": none */
    char version[NODE_VERSION_SIZE]; /* metadata.resourceVersion; "": none */
    char kubelet[NODE_VERSION_SIZE]; /* nodeInfo.kubeletVersion, "v1.37.2"; "": none */
};
struct node_view node_view(const cJSON *node);

/* Whether it is Ready and takes pods; else -1 with EBUSY, and the error says what to do. */
int node_check_well(const struct node_view *node, struct error *err);

/* Of kubelet's metrics (Prometheus text): whether it has mounted, or found mounted, every volume that its pods want.
 * False also while it wants none, as after its start. */
bool node_has_its_volumes(const char *metrics);

/* The merge patch (RFC 7386) that cordons the node in the turn `token`, or, 0, takes that back; of this version of the
 * object alone. */
cJSON *node_patch(const struct node_view *node, long long token);
