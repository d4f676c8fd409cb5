/* SPDX-License-Identifier: Apache-2.0
 * What a living cluster answers: lines of the API server's watches, etcd's members and its metrics. Pure;
 * effects/kube.c asks. */
#pragma once
#include "error.h"
#include "role.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* One event of a watch of a Node: whether it shows the condition Ready=True. */
bool cluster_node_ready(const char *event, size_t length);

/* One event of a watch of the ConfigMap cluster-info: whether it is signed for the bootstrap token `token_id` (six
 * characters). */
bool cluster_is_signed(const char *event, size_t length, const char *token_id);

/* One of etcd's members (/v3/cluster/member/list). Texts are the tree's own, "" where there is none: one that is only
 * announced has neither name nor client URL. */
struct cluster_member {
    const char *id /* decimal digits */, *name, *client_url, *peer_url;
};
struct cluster_member cluster_member(const cJSON *item);

/* Whether it is that of the machine `hostname`: by its name, or before its etcd started by the URL that kubeadm gave
 * for it. */
bool cluster_member_is_of(const struct cluster_member *member, const struct role *role, const char *hostname);

/* The machine's row in the role document, or NULL. */
const struct role_peer *cluster_peer(const struct role *role, const char *hostname);

/* The local etcd's metrics, Prometheus text, which it serves also when it serves no client: after a start, until there
 * is a leader. */
/* It has no leader, and exactly one other member that it knows of. */
bool cluster_waits_for_one(const char *metrics);
/* How many changes of leader it saw. */
int cluster_leader_changes(const char *metrics, unsigned long *ret, struct error *err);
