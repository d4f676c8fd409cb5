/* SPDX-License-Identifier: Apache-2.0
 * What the agent asks of the cluster's API servers: HTTPS with the certificates that kubeadm left on this machine; no
 * kubectl. */
#pragma once
#include "decide/token.h"
#include "error.h"
#include "role.h"
#include <cjson/cJSON.h>
#include <stdbool.h>

/* Blocks until the Node object of `hostname` says Ready (a watch, not a poll). Works on masters and workers. */
int api_wait_ready(const struct role *role, unsigned timeout_s, struct error *err);

/* Masters: blocks until the ConfigMap cluster-info is signed for the bootstrap token `token_id` (six characters): a
 * joiner that comes earlier asks again only after 5 s (kubeadm v1.20, DiscoveryRetryInterval). */
int api_wait_signed(const struct role *role, const char *token_id, unsigned timeout_s, struct error *err);

/* Masters: removes the Node `hostname` of a machine that is gone, and the pods that were bound to it, if there are any.
 * kubeadm reads the addresses of etcd's members from the etcd pods, so a stale one would mislead it. */
int api_remove_node(const struct role *role, const char *hostname, struct error *err);

/* Masters: removes the pod of etcd on the machine `hostname` from the API. A missing one is no error. */
int api_remove_etcd_pod(const struct role *role, const char *hostname, struct error *err);

/* Masters: the bootstrap tokens that the cluster has. */
int api_tokens(const struct role *role, struct token ret[static TOKENS_MAX], size_t *ret_count, struct error *err);

/* Masters: deletes a bootstrap token. A missing one is no error. */
int api_remove_token(const struct role *role, const struct token *token, struct error *err);

/* Masters: makes an object (POST of `body`, JSON, to `path`). 1 when there is one. */
int api_create(const struct role *role, const char *path, const char *body, struct error *err);

/* Masters: puts the approval or denial of a CSR. 1 when another master decided before. */
int api_put_approval(const struct role *role, const char *name, const cJSON *object, struct error *err);

/* Masters: watches the requests for kubelets' client certificates for a minute. Calls `event` with each event, one line
 * of JSON; it returns true to stop. The first events show all requests that exist. */
int api_watch_csrs(const struct role *role, bool (*event)(void *context, const char *text, size_t length),
                   void *context, struct error *err);

/* Whether a master's API server answers /readyz, which includes its own view of etcd. EAGAIN: it answers and is not
 * ready. */
int api_ready(const struct role_peer *peer, struct error *err);

/* Masters: whether this machine's HAProxy passes on to an API server that is ready. EAGAIN: not yet. */
int api_front_ready(const struct role *role, struct error *err);
