/* SPDX-License-Identifier: Apache-2.0
 * What a master asks of its own etcd, with the certificates that kubeadm left. */
#pragma once
#include "decide/cluster.h"
#include "error.h"
#include "role.h"
#include <stdbool.h>
#include <stddef.h>

enum { ETCD_MEMBERS_MAX = 16 };
struct etcd_member {
    char name[64]; /* "": announced, not started */
};

/* Masters: how many etcd members are started, and how many there are. */
int etcd_voters(size_t *ret_started, size_t *ret_all, struct error *err);

/* Masters: etcd's own list of members. */
int etcd_members(struct etcd_member ret[static ETCD_MEMBERS_MAX], size_t *ret_count, struct error *err);

/* Masters: how many changes of leader the local etcd saw. 1: it started alone and never lost its leader. */
int etcd_leader_changes(unsigned long *ret, struct error *err);

/* Masters: whether the local etcd knows a leader, and in which term. */
int etcd_leader(struct cluster_leader *ret, struct error *err);

/* Masters: how much room the local etcd's database takes. */
int etcd_space(struct cluster_space *ret, struct error *err);

/* Masters: the largest file of all members, bytes. -1: one does not answer. */
int etcd_largest(uint64_t *ret, struct error *err);

/* Masters: what every key was before the present revision is forgotten, in all members: who watches from there lists
 * anew. Then, of the local member alone: its database becomes as small as it can be; it answers nobody meanwhile. And:
 * etcd takes writes again, until a member is full once more. */
int etcd_compact(struct error *err);
int etcd_defragment(struct error *err);
int etcd_disarm(struct error *err);

/* Masters: when the local etcd leads, another voter leads after this. 0 also when it does not lead, or is alone. */
int etcd_move_leader(struct error *err);

/* Masters: whether the local etcd has no leader and one other member; also where it serves no client yet (cluster.h).
 */
int etcd_waits_for_one(bool *ret, struct error *err);

/* Masters: removes the etcd member of `hostname`, if there is one, started or only announced. A machine that lost its
 * disk comes back with the old name, and etcd never lets a member id be used again (etcd#13509). */
int etcd_remove_member(const struct role *role, const char *hostname, struct error *err);
/* The next two ask the etcd of any master, by its address. Whether this machine's member has a vote; -1 also when etcd
 * has no quorum, or that member is a learner. And: removes this machine's member. */
int etcd_has_own_vote(const char *address, const struct role *role, bool *ret, struct error *err);
int etcd_remove_own(const char *address, const struct role *role, struct error *err);
/* The member with that id (decimal digits), unless it has a vote by now. */
int etcd_remove_learner(const char *id, struct error *err);

/* Masters: whether etcd has two members, this machine's and that of `hostname`. */
int etcd_is_alone_with(const struct role *role, const char *hostname, bool *ret, struct error *err);

/* Calls `each` for every member; stops with -1 when it returns -1. */
int etcd_each_member(int (*each)(const struct cluster_member *member, void *context, struct error *err), void *context,
                     struct error *err);

/* Whether the member is started and answers /health. EAGAIN: not yet. */
int etcd_member_healthy(const struct cluster_member *member, struct error *err);

/* The same of an etcd that may be full. */
int etcd_member_serves(const struct cluster_member *member, struct error *err);
