/* SPDX-License-Identifier: Apache-2.0
 * Step 12 in parts: what init, join and both share. docs/bootstrap-record.md is the protocol. */
#pragma once
#include "../agent.h"
#include "../membership.h"

#define KUBEADM_LOG "/var/log/seedrack/kubeadm.log"

/* The present record; waits up to wait_s seconds for one newer than `version` (0: answers at once). Sends our witness. */
int bootstrap_record(struct agent *agent, uint64_t version, unsigned wait_s, struct record *ret, struct error *err);

/* Runs kubeadm with argv (NULL-terminated, "kubeadm" first); kubeadm itself starts and restarts kubelet, by rc-service
 * (agent/openrc.c): its restart at the end of init makes kubelet mirror the static pods at once. Without, a joining master
 * looks for etcd's mirror pod for 30 s, twice (kubernetes v1.20, StaticPodMirroringDefaultRetry). */
int bootstrap_kubeadm(const char *const *argv, struct error *err);

/* Removes what an interrupted attempt left, and lays our own static pods again. */
int bootstrap_clean(struct agent *agent, struct error *err);

/* Notes that this machine belongs: durable membership, root's kubeconfig and Keepalived on masters. */
int bootstrap_joined(struct agent *agent, struct error *err);

/* EMPTY or ours: reserve, begin, kubeadm init, commit. 0 also when another machine was faster. */
int bootstrap_init(struct agent *agent, const struct record *record, struct error *err);

/* INITIALISED: ticket, kubeadm join. */
int bootstrap_join(struct agent *agent, const struct record *record, struct error *err);
