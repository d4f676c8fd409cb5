/* SPDX-License-Identifier: Apache-2.0
 * The agent's side of the seed server's API (docs/api.md). */
#pragma once
#include "agent.h"
#include "effects/http.h"
#include <cjson/cJSON.h>

/* Who the machine is (RFC 8259 body of POST /v1/claim). By TLS the key is that of AGENT_STATE/identity.*, which must be
 * there; else AGENT_STATE/claim.key (0600) is made on first use. On success agent->claim is set. ENOENT: the seed does
 * not know our MAC; EEXIST: another machine holds it; EAGAIN: the operator has to approve it. */
int seed_claim(struct agent *agent, struct error *err);

/* One call. 2xx: 0, with *ret_status and *ret_body (the caller deletes it; NULL for an empty body; ret_body may be
 * NULL). Otherwise -1 with the server's own message and remedy, err->code: EHOSTUNREACH or ETIMEDOUT when the seed is
 * away, EACCES 401, ENOENT 404, EEXIST 409, EBUSY 410, EIO anything else. */
int seed_call(struct agent *agent, const char *method, const char *path, const cJSON *body, unsigned timeout_s,
              long *ret_status, cJSON **ret_body, struct error *err);

/* GET /v1/role. *ret_changed is false when the server's document has agent->etag. Long-polls for wait_s seconds. */
int seed_role(struct agent *agent, unsigned wait_s, bool *ret_changed, struct buf *ret_text, struct error *err);

bool seed_is_away(const struct error *err);

/* Progress for people: on the consoles and at the seed. Never fails: what cannot be delivered waits in the spool. */
void seed_event(struct agent *agent, const char *step, const char *state, double seconds, uint64_t bytes,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

/* As seed_event(), with all that `about` has; its message and times are filled in here. */
void seed_tell(struct agent *agent, const struct event *about, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A problem with its remedy and its code, or about->code where it has none; with `with_tail` also the end of the log
 * that belongs to it. */
void seed_problem(struct agent *agent, const struct event *about, const struct error *problem, bool with_tail);
