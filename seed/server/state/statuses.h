/* SPDX-License-Identifier: Apache-2.0
 * The status of each Ready master: whether it holds the VIP, which etcd members it sees, when its certificates end. In
 * memory, for people; decides nothing. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STATUSES_MAX = 64,
    STATUS_MEMBERS_MAX = 16,
    STATUS_CERTIFICATES_MAX = 16,
    STATUS_NAME_SIZE = 64,
    STATUS_TEXT_SIZE = 256,
    STATUS_REMOVED_MAX = 16,
    STATUS_API_SIZE = 128,
    STATUS_CLOCKS_MAX = 4
};

struct master_status {
    char hostname[STATUS_NAME_SIZE];
    bool vip;
    enum stale {
        STALE_NOTHING,
        STALE_API_SERVER,
        STALE_CONTROLLERS,
        STALES
    } stale;                                            /* its API server's cache, or the
                                                          controllers' */
    bool has_members;                                   /* etcd answered the master */
    char members[STATUS_MEMBERS_MAX][STATUS_NAME_SIZE]; /* "": announced, not started */
    size_t n_members;
    struct status_certificate {
        char name[STATUS_NAME_SIZE]; /* "apiserver" */
        int64_t ends;                /* seconds since 1970 */
    } certificates[STATUS_CERTIFICATES_MAX];
    size_t n_certificates;
    struct status_etcd {
        unsigned size_mib, used_mib, quota_mib; /* of its database; quota 0: an older agent does not say it */
        bool full;                              /* etcd takes no writes */
    } etcd;
    /* What would be in the way of an upgrade, in names for people; "": nothing. An older agent does not say it. */
    struct status_surroundings {
        bool known;
        unsigned free_gib; /* where etcd's data is copied to */
        char nodes[STATUS_TEXT_SIZE], budgets[STATUS_TEXT_SIZE], webhooks[STATUS_TEXT_SIZE];
        struct status_removed {
            char api[STATUS_API_SIZE]; /* somebody asked for it */
            int64_t minor;             /* the first release without it */
        } removed[STATUS_REMOVED_MAX];
        size_t n_removed;
    } surroundings;
    bool has_clock;
    int64_t ahead_ms; /* its clock before the seed's: the most of the last STATUS_CLOCKS_MAX times */
    int64_t
        clocks_ms[STATUS_CLOCKS_MAX]; /* each time; a message that took its time looks like a clock that is behind */
    size_t n_clocks;
    int64_t at_ms; /* when it said so */
};

struct statuses {
    struct master_status list[STATUSES_MAX];
    size_t n;
};

/* Replaces the master's earlier status; when the list is full, the oldest status. True when the status is new or
 * changed. */
bool statuses_note(struct statuses *statuses, const struct master_status *status);
const struct master_status *statuses_of(const struct statuses *statuses,
                                        const char *hostname); /* NULL: never said anything */
