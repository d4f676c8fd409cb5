/* SPDX-License-Identifier: Apache-2.0
 * Reading what a running cluster answers: events of the API server's watches, etcd's members and metrics. Pure;
 * effects/api_server.c and effects/etcd.c ask. */
#pragma once
#include "error.h"
#include "role.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

/* One event of a watch of a Node: whether it shows the condition Ready=True. */
bool cluster_node_ready(const char *event, size_t length);

/* One event of a watch of the ConfigMap cluster-info: whether it is signed for the bootstrap token `token_id` (six
 * characters). */
bool cluster_is_signed(const char *event, size_t length, const char *token_id);

/* Whether an EndpointSlice with an address is there that belongs to the object with this uid: in an event of a watch,
 * or in the answer to a list. */
bool cluster_slice_event(const char *event, size_t length, const char *uid);
bool cluster_slices_have(const cJSON *list, const char *uid);

/* The machine that leads, of the holder in a Lease: "k8s-m1" of "k8s-m1_<uuid>". "" when nobody does. */
void cluster_lease_host(const cJSON *lease, char ret[static 64]);

/* etcd's answer to /v3/maintenance/status. */
struct cluster_leader {
    bool known; /* there is one */
    unsigned long long term;
};
struct cluster_leader cluster_leader(const cJSON *status);

/* How much room the member's database takes, in the same answer. Bytes. */
struct cluster_space {
    uint64_t size, used; /* of the file, and of what is in it: the rest is free pages */
    uint64_t quota;      /* beyond it etcd takes no writes any more */
    bool full;           /* it does not: the alarm NOSPACE, which stays until somebody takes it back (etcd#9992) */
    bool sound;          /* defragmentation is safe: before 3.6.5 it could spoil a member (etcd#20650) */
};
struct cluster_space cluster_space(const cJSON *status);

/* Whether the member is to be defragmented: half of at least 100 MiB is free; or etcd is full, since what was deleted
 * counts as used until it is compacted, and a full etcd lets no API server do that. */
bool cluster_space_gains(const struct cluster_space *space);

/* One of etcd's members (/v3/cluster/member/list). The texts belong to the tree; "" where there is none. A member that
 * was announced and has not started yet has neither name nor client URL. */
struct cluster_member {
    const char *id /* decimal digits */, *name, *client_url, *peer_url;
    bool learner; /* it has no vote yet */
};
struct cluster_member cluster_member(const cJSON *item);

/* Whether it is the member of the machine `hostname`: by its name or, before its etcd started, by the peer URL that
 * kubeadm announced. */
bool cluster_member_is_of(const struct cluster_member *member, const struct role *role, const char *hostname);

/* How many masters the site has. */
size_t cluster_masters(const struct role *role);

/* The machine's row in the role document, or NULL. */
const struct role_peer *cluster_peer(const struct role *role, const char *hostname);

/* The next two read the metrics of the local etcd (Prometheus text). etcd serves them also while it serves no client:
 * after a start, until there is a leader. */
/* etcd has no leader and knows of exactly one other member. */
bool cluster_waits_for_one(const char *metrics);
/* How many changes of leader etcd saw. */
int cluster_leader_changes(const char *metrics, unsigned long *ret, struct error *err);
