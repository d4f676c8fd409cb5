/* SPDX-License-Identifier: Apache-2.0
 * Follows the role document of a running machine when the site changes. */
#pragma once
#include "agent.h"
#include "buf.h"

struct follow {
    struct buf pending;                 /* a document that is applied and not yet kept on the disk */
    char other_etag[ROLE_ETAG_SIZE];    /* that of another release, which counts from the next boot on; "": none */
    char rejected_etag[ROLE_ETAG_SIZE]; /* the document that the seed has and this agent cannot read; "": none */
    struct error why;                   /* it was rejected */
    /* Called when agent->role is another one, before that is applied, which may wait for other machines; or NULL. */
    void (*changed)(struct agent *agent, void *context);
    void *context;
};
#define FOLLOW_INIT                                                                                                    \
    { .pending = BUF_INIT(ROLE_DOCUMENT_MAX) }

/* Waits at most wait_s for another document than the one in use, and applies it. 0 also when there is none. A document
 * that was rejected stays an error until the seed has another one; meanwhile agent->etag and agent->role are those of
 * the document in use. */
int follow_role(struct agent *agent, struct follow *follow, unsigned wait_s, struct error *err);
