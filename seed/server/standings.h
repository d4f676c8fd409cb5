/* SPDX-License-Identifier: Apache-2.0
 * What living masters say of the cluster: who holds the VIP, and etcd's members. In memory, for people; decides
 * nothing. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STANDINGS_MAX = 64, STANDING_MEMBERS_MAX = 16, STANDING_NAME_SIZE = 64 };

struct standing {
    char hostname[STANDING_NAME_SIZE];
    bool vip;
    bool has_members;                                       /* etcd answered it */
    char members[STANDING_MEMBERS_MAX][STANDING_NAME_SIZE]; /* "": announced, not started */
    size_t n_members;
    int64_t at_ms; /* when it said so */
};

struct standings {
    struct standing list[STANDINGS_MAX];
    size_t n;
};

/* Takes the place of what the same master said before; of too many masters the oldest word goes. True when it says
 * something new. */
bool standings_note(struct standings *standings, const struct standing *standing);
const struct standing *standings_of(const struct standings *standings,
                                    const char *hostname); /* NULL: never said anything */
