/* SPDX-License-Identifier: Apache-2.0
 * Labels and taints of a Node as the site wants them. What the site gave is written down in two annotations, so that
 * what it gives no more is taken away, and what others gave stays. Pure. */
#pragma once
#include <cjson/cJSON.h>

#define NODE_LABELS_BY_US "seedrack/labels" /* annotation: keys, a blank between them */
#define NODE_TAINTS_BY_US "seedrack/taints" /* annotation: "key=value:Effect", a blank between them */

/* The merge patch (RFC 7386), of this version of the object alone, that gives `node` the `labels` (an object of texts)
 * and `taints` (a list of "key=value:Effect"; NULL or null: kubeadm's, which nobody changes). NULL: it has them. */
cJSON *node_marks_patch(const cJSON *node, const cJSON *labels, const cJSON *taints);
