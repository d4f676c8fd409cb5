/* SPDX-License-Identifier: Apache-2.0
 * Step 12 in parts: agent/fsm.c decides, these are its effects. docs/bootstrap-record.md is the protocol. */
#pragma once
#include "agent.h"
#include "decide/answer.h"
#include "decide/bootstrap_fsm.h"

#define KUBEADM_LOG "/var/log/seedrack/kubeadm.log"

/* One run of the step, and what an effect leaves for the fsm. */
struct attempt {
    struct bootstrap_fsm fsm;
    struct record_view record;
    char ca_hash[CA_HASH_SIZE];
    int64_t sent_ms;
    char ticket_id[ANSWER_ID_SIZE];
    cJSON *ticket; /* secrets: wiped when used */
};

/* Runs kubeadm with argv (NULL-terminated, "kubeadm" first); kubeadm itself starts and restarts kubelet, by rc-service
 * (agent/openrc.c): its restart at the end of init makes kubelet mirror the static pods at once. Without, a joining
 * master looks for etcd's mirror pod for 30 s, twice (kubernetes v1.20, StaticPodMirroringDefaultRetry). On success
 * what it left is on disk (kubeadm does not sync), and *ret_hash is that of its CA. */
int bootstrap_kubeadm(const char *const *argv, char ret_hash[CA_HASH_SIZE], struct error *err);

/* A member tells the seed what it remembers: a seed that was restored from an old backup hears of it from the living.
 */
int bootstrap_witness(struct agent *agent, struct error *err);

/* The effects; each fills in what its event needs. */
int bootstrap_init(struct agent *agent, struct attempt *attempt, struct error *err);
int bootstrap_finish(struct agent *agent, struct attempt *attempt, struct error *err);
int bootstrap_ticket(struct agent *agent, struct attempt *attempt, struct error *err);
int bootstrap_join(struct agent *agent, struct attempt *attempt, struct error *err);

/* Tells the seed that the ticket is used (`problem`: why in vain, or NULL), and wipes it. */
void bootstrap_drop_ticket(struct agent *agent, struct attempt *attempt, const struct error *problem);
