/* SPDX-License-Identifier: Apache-2.0
 * Looks at a living cluster for what would be in the way of work on its machines (decide/preconditions.h). */
#pragma once
#include "decide/preconditions.h"
#include "error.h"
#include "role.h"
#include <stddef.h>
#include <stdint.h>

struct preconditions {
    uint64_t free_bytes;                      /* where /etc/kubernetes lies: kubeadm copies etcd's data there */
    char nodes[PRECONDITION_TEXT_MAX + 1];    /* those that are not Ready, or cordoned */
    char budgets[PRECONDITION_TEXT_MAX + 1];  /* that let no pod go */
    char webhooks[PRECONDITION_TEXT_MAX + 1]; /* that refuse while the one machine with their pods is worked on */
    struct precondition_removed removed[PRECONDITION_REMOVED_MAX];
    size_t n_removed;
};

/* Masters. All but `removed`. */
int preconditions_look(const struct role *role, struct preconditions *ret, struct error *err);

/* Masters: the APIs that somebody asked this machine's API server for since it started. Reads megabytes. */
int preconditions_removed(const struct role *role, struct preconditions *ret, struct error *err);
