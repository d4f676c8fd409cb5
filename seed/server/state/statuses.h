/* SPDX-License-Identifier: Apache-2.0
 * What living masters say of the cluster: who holds the VIP, and etcd's members. In memory, for people; decides
 * nothing. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATUSES_MAX = 64, STATUS_MEMBERS_MAX = 16, STATUS_NAME_SIZE = 64 };

struct master_status {
    char hostname[STATUS_NAME_SIZE];
    bool vip;
    bool has_members;                                   /* etcd answered it */
    char members[STATUS_MEMBERS_MAX][STATUS_NAME_SIZE]; /* "": announced, not started */
    size_t n_members;
    int64_t at_ms; /* when it said so */
};

struct statuses {
    struct master_status list[STATUSES_MAX];
    size_t n;
};

/* Takes the place of what the same master said before; of too many masters the oldest word goes. True when it says
 * something new. */
bool statuses_note(struct statuses *statuses, const struct master_status *status);
const struct master_status *statuses_of(const struct statuses *statuses,
                                        const char *hostname); /* NULL: never said anything */
