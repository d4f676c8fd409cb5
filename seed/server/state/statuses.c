/* SPDX-License-Identifier: Apache-2.0
 * See statuses.h. */
#include "statuses.h"

#include <string.h>

const struct master_status *statuses_of(const struct statuses *statuses, const char *hostname) {
    for (size_t i = 0; i < statuses->n; i++)
        if (!strcmp(statuses->list[i].hostname, hostname))
            return &statuses->list[i];
    return NULL;
}

static struct master_status *place(struct statuses *statuses) {
    struct master_status *oldest = &statuses->list[0];
    if (statuses->n < STATUSES_MAX)
        return &statuses->list[statuses->n++];
    for (size_t i = 1; i < statuses->n; i++)
        if (statuses->list[i].at_ms < oldest->at_ms)
            oldest = &statuses->list[i];
    return oldest;
}

static bool statuses_same(const struct master_status *a, const struct master_status *b) {
    if (a->vip != b->vip || a->stale != b->stale || a->has_members != b->has_members || a->n_members != b->n_members ||
        a->n_certificates != b->n_certificates || a->etcd.full != b->etcd.full ||
        a->etcd.size_mib != b->etcd.size_mib || a->etcd.used_mib != b->etcd.used_mib ||
        a->etcd.quota_mib != b->etcd.quota_mib)
        return false;
    for (size_t i = 0; i < a->n_members; i++)
        if (strcmp(a->members[i], b->members[i]) != 0)
            return false;
    for (size_t i = 0; i < a->n_certificates; i++)
        if (strcmp(a->certificates[i].name, b->certificates[i].name) != 0 ||
            a->certificates[i].ends != b->certificates[i].ends)
            return false;
    return true;
}

static void note_clock(struct master_status *status, const struct master_status *before) {
    if (!status->has_clock)
        return;
    status->clocks_ms[0] = status->ahead_ms;
    status->n_clocks = 1;
    for (size_t i = 0; before && i < before->n_clocks && status->n_clocks < STATUS_CLOCKS_MAX; i++) {
        status->clocks_ms[status->n_clocks++] = before->clocks_ms[i];
        if (before->clocks_ms[i] > status->ahead_ms)
            status->ahead_ms = before->clocks_ms[i];
    }
}

bool statuses_note(struct statuses *statuses, const struct master_status *status) {
    struct master_status *known = (struct master_status *)(uintptr_t)statuses_of(statuses, status->hostname);
    struct master_status now = *status;
    bool news = !known || !statuses_same(known, status);
    note_clock(&now, known);
    *(known ? known : place(statuses)) = now;
    return news;
}
