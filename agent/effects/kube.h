/* SPDX-License-Identifier: Apache-2.0
 * What the agent asks of a living cluster: API server readiness, etcd membership, a node's Ready condition. HTTPS with
 * the certificates that kubeadm left on this machine; no kubectl. */
#pragma once
#include "decide/token.h"

#include "error.h"
#include "role.h"
#include <stdbool.h>

#define KUBE_PKI "/etc/kubernetes/pki"

/* Blocks until the Node object of `hostname` says Ready (a watch, not a poll). Works on masters and workers. */
int kube_wait_ready(const struct role *role, unsigned timeout_s, struct error *err);

/* Masters: blocks until the ConfigMap cluster-info is signed for the bootstrap token `token_id` (six characters): a
 * joiner that comes earlier asks again only after 5 s (kubeadm v1.20, DiscoveryRetryInterval). */
int kube_wait_signed(const struct role *role, const char *token_id, unsigned timeout_s, struct error *err);

/* Masters: 0 when every etcd member is started and healthy, none but `except` is missing, and every master that has a
 * member answers /readyz. Else -1 with the member or API server named. */
int kube_control_plane_healthy(const struct role *role, struct error *err);

/* Masters: ends the local etcd, and returns when it has ended; fine when none runs. Who starts it again is kubelet. */
int kube_stop_etcd(struct error *err);

/* Masters: how many etcd members are started, and how many there are. */
int kube_voters(size_t *ret_started, size_t *ret_all, struct error *err);

/* Masters: whether the local etcd has no leader and one other member; also where it serves no client yet (cluster.h).
 */
int kube_etcd_waits_for_one(bool *ret, struct error *err);

/* Masters: etcd's own list of members. */
enum { KUBE_MEMBERS_MAX = 16 };
struct kube_member {
    char name[64]; /* "": announced, not started */
};
int kube_members(struct kube_member ret[static KUBE_MEMBERS_MAX], size_t *ret_count, struct error *err);

/* Masters: how often the local etcd saw a leader come: 1 since it started alone and never was without one. */
int kube_leader_changes(unsigned long *ret, struct error *err);

/* Masters: ends the local API server; kubelet starts it again within seconds. HAProxy leads to another one meanwhile.
 */
int kube_restart_api_server(struct error *err);

/* Masters: removes the etcd member of `hostname` when there is one, started or only announced (a machine that lost its
 * disk comes back under the old name; a member id is never used again, etcd#13509). */
int kube_remove_member(const struct role *role, const char *hostname, struct error *err);

/* Masters: removes the Node called `hostname` and the pods that were bound to it, when there are any: it belongs to a
 * machine that is gone, and its etcd pod would be taken for a member to talk to (kubeadm reads the members' addresses
 * from those pods). */
int kube_remove_node(const struct role *role, const char *hostname, struct error *err);

/* Masters: the bootstrap tokens that the cluster has. */
int kube_tokens(const struct role *role, struct token ret[static TOKENS_MAX], size_t *ret_count, struct error *err);

/* Masters: deletes a bootstrap token. Gone already is as good. */
int kube_remove_token(const struct role *role, const struct token *token, struct error *err);

/* Masters: makes an object (POST of `body`, JSON, to `path`). 1 when there is one. */
int kube_create(const struct role *role, const char *path, const char *body, struct error *err);

/* Masters: follows the requests for kubelets' client certificates for a minute: each event, one line of JSON, goes to
 * `event`, which returns true to stop. The first ones are of all that there are. */
int kube_watch_csrs(const struct role *role, bool (*event)(void *context, const char *text, size_t length),
                    void *context, struct error *err);

/* Masters: hands in a verdict. 1 when another master did so before. */
int kube_put_approval(const struct role *role, const char *name, const cJSON *object, struct error *err);

/* Masters: whether etcd has two members, this machine's and that of `hostname`. */
int kube_is_alone_with(const struct role *role, const char *hostname, bool *ret, struct error *err);

/* Masters: whether the local etcd runs with `argument`; ESRCH when none runs. */
int kube_etcd_has_argument(const char *argument, bool *ret, struct error *err);
