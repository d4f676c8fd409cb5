/* SPDX-License-Identifier: Apache-2.0
 * The durable memory of which cluster this machine belongs to: AGENT_STATE/membership.json. It is the cached committed
 * record that lets a rack cold-boot with the seed off, and the witness that tells a seed restored from an old backup. */
#pragma once
#include "agent.h"
#include <cjson/cJSON.h>

int membership_load(struct membership *ret, struct error *err); /* missing: all zero */
int membership_save(const struct membership *membership, struct error *err);

/* The bootstrap record as the seed tells it. */
enum record_state { RECORD_EMPTY, RECORD_RESERVED, RECORD_INITIALISING, RECORD_INITIALISED, RECORD_QUARANTINE };
struct record {
    uint64_t version, epoch, token;
    enum record_state state;
    char holder[64], ca_hash[CA_HASH_SIZE];
};
int record_parse(const cJSON *tree, struct record *ret, struct error *err);
const char *record_state_name(enum record_state state);

/* Whether a machine of `membership` may start kubelet under `record`. Pure. Refusals name both clusters. */
int membership_validate(const struct membership *membership, const struct record *record, struct error *err);
