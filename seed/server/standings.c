/* SPDX-License-Identifier: Apache-2.0
 * See standings.h. */
#include "standings.h"

#include <string.h>

const struct standing *standings_of(const struct standings *standings, const char *hostname) {
    for (size_t i = 0; i < standings->n; i++)
        if (!strcmp(standings->list[i].hostname, hostname))
            return &standings->list[i];
    return NULL;
}

static struct standing *place(struct standings *standings) {
    struct standing *oldest = &standings->list[0];
    if (standings->n < STANDINGS_MAX)
        return &standings->list[standings->n++];
    for (size_t i = 1; i < standings->n; i++)
        if (standings->list[i].at_ms < oldest->at_ms)
            oldest = &standings->list[i];
    return oldest;
}

static bool same(const struct standing *a, const struct standing *b) {
    if (a->vip != b->vip || a->has_members != b->has_members || a->n_members != b->n_members)
        return false;
    for (size_t i = 0; i < a->n_members; i++)
        if (strcmp(a->members[i], b->members[i]) != 0)
            return false;
    return true;
}

bool standings_note(struct standings *standings, const struct standing *standing) {
    struct standing *known = (struct standing *)(uintptr_t)standings_of(standings, standing->hostname);
    bool news = !known || !same(known, standing);
    *(known ? known : place(standings)) = *standing;
    return news;
}
