/* SPDX-License-Identifier: Apache-2.0
 * The Node of another machine, and the pods on it: what a master asks and changes while that machine is worked on. By
 * the API server of this machine. */
#pragma once
#include "decide/node.h"
#include "decide/pod.h"
#include "role.h"

/* ENOENT: the cluster has no such node. */
int node_look(const struct role *role, const char *hostname, struct node_view *ret, struct error *err);

/* Calls `each` for every node; stops with -1 when it returns -1. */
int node_each(const struct role *role, int (*each)(const struct node_view *node, void *context, struct error *err),
              void *context, struct error *err);

/* Whether all nodes besides `but` are Ready and take pods; else -1 with EBUSY, and the error names one. */
int node_others_well(const struct role *role, const char *but, struct error *err);

/* The same with the objects, as the API server has them. */
int node_each_object(const struct role *role, int (*each)(const cJSON *node, void *context, struct error *err),
                     void *context, struct error *err);

/* Applies a merge patch (RFC 7386) to the Node. EAGAIN: somebody changed it since the version in the patch. */
int node_patch_with(const struct role *role, const char *hostname, const cJSON *patch, struct error *err);

/* Keeps new pods off the node in the turn `token`, or, 0, takes that back. EAGAIN: somebody changed it since it was
 * looked at. */
int node_set_cordon(const struct role *role, const struct node_view *node, long long token, struct error *err);

/* Calls `each` for every pod that is bound to the node; stops with -1 when it returns -1. */
int node_each_pod(const struct role *role, const char *hostname,
                  int (*each)(const struct pod_view *pod, void *context, struct error *err), void *context,
                  struct error *err);

/* Calls `each` with the name of every PersistentVolume that no other machine can use; stops with -1 when it returns
 * -1. */
int node_each_volume(const struct role *role, const char *hostname,
                     int (*each)(const char *name, void *context, struct error *err), void *context, struct error *err);

/* Whether kubelet of this machine has all volumes that its pods want (decide/node.h): asked through the API server. */
int node_is_settled(const struct role *role, bool *ret, struct error *err);

/* Whether the cluster has no Node of this machine: asked with kubelet's certificate, of the other masters' API servers.
 * -1: nobody says. */
int node_is_gone(const struct role *role, bool *ret, struct error *err);

/* Asks the Eviction API to end the pod, within what its PodDisruptionBudget allows. 0: it ends, or is gone. EBUSY: not
 * now; the error has the budget's words. */
int node_evict(const struct role *role, const struct pod_view *pod, struct error *err);
