/* SPDX-License-Identifier: Apache-2.0
 * See follow.h. */
#include "follow.h"
#include "world/world.h"

#include "log.h"
#include <string.h>

static int follow_reject(struct follow *follow, const char etag[static ROLE_ETAG_SIZE], struct error *err) {
    error_wrap(err, "role document");
    error_code(err, SR_ROLE_INVALID);
    error_remedy(err, "correct the site document: seedctl validate names what is wrong");
    memcpy(follow->rejected_etag, etag, ROLE_ETAG_SIZE);
    follow->why = *err;
    return -1;
}

int follow_role(struct agent *agent, struct follow *follow, unsigned wait_s, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(ROLE_DOCUMENT_MAX);
    struct role *role = NULL;
    char etag[ROLE_ETAG_SIZE];
    bool changed;
    memcpy(etag,
           follow->rejected_etag[0] ? follow->rejected_etag
           : follow->other_etag[0]  ? follow->other_etag
                                    : agent->etag,
           sizeof(etag));
    if (agent->world->role_document_fetch(&agent->seed, etag, wait_s, &changed, &text, err) < 0)
        return -1;
    bool was_away = agent->seed.away;
    agent->seed.away = false;
    if (!changed && follow->rejected_etag[0]) {
        *err = follow->why;
        return -1;
    }
    if (!changed)
        return was_away ? agent->follow_site(agent, err) : 0; /* what waited for the seed */
    if (role_parse(buf_text(&text), text.length, &role, err) < 0)
        return follow_reject(follow, etag, err);
    follow->rejected_etag[0] = follow->other_etag[0] = '\0';
    if (strcmp(role->release, agent->role->release) != 0) {
        log_info("the role document is of %s: it counts from the next boot on", role->release);
        memcpy(follow->other_etag, etag, sizeof(etag));
        buf_clear(&follow->pending);
        role_free(role);
        return 0;
    }
    memcpy(agent->etag, etag, sizeof(etag));
    role_free(agent->role);
    agent->role = role;
    buf_clear(&follow->pending);
    buf_add(&follow->pending, buf_text(&text), text.length);
    log_info("the site changed");
    if (follow->changed)
        follow->changed(agent, follow->context);
    if (agent->follow_site(agent, err) == 0)
        return 0;
    agent->etag[0] = '\0'; /* so that it is fetched and applied again */
    return -1;
}
