/* SPDX-License-Identifier: Apache-2.0
 * POST /v1/claim, the first call of a machine. A second key or UUID for a MAC gets 409. */
#include "handlers.h"
#include "server/context/access.h"

#include "server/decide/body.h"
#include "clock.h"
#include "log.h"
#include "server/context/reply.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int claim_parse(const struct request *request, struct body_claim *asked, struct error *err) {
    static const char *const names[] = {"macs", "uuid", "serial", "key", NULL};
    cleanup_json cJSON *tree = NULL;
    if (request_json(request, names, &tree, err) < 0)
        return -1;
    return body_read_claim(tree, catalog_site(request->server->catalog), asked, err);
}

/* `in_the_way`: the machine that the operator must forget, where this one is the right one. */
static enum MHD_Result reply_conflict_with(struct request *request, const struct body_claim *asked, const char *why,
                                           const char *in_the_way) {
    char message[256], remedy[256];
    snprintf(message, sizeof(message), "%s: %s", asked->node->hostname, why);
    snprintf(remedy, sizeof(remedy),
             "if %s was replaced or wiped: POST /v1/admin/forget {\"hostname\":\"%s\"} on the admin socket",
             strcmp(in_the_way, asked->node->hostname) ? in_the_way : "the machine", in_the_way);
    log_warning("claim refused: %s", message);
    boots_refuse(&request->server->boots, asked->node->mac, why, clock_wall_ms());
    return reply_error(request, MHD_HTTP_CONFLICT, "claim_conflict", message, remedy);
}

static enum MHD_Result reply_conflict(struct request *request, const struct body_claim *asked, const char *why) {
    return reply_conflict_with(request, asked, why, asked->node->hostname);
}

/* The site says another UUID or serial number. */
static enum MHD_Result reply_foreign(struct request *request, const struct body_claim *asked) {
    char message[256];
    request->server->counters.claims_refused++;
    snprintf(message, sizeof(message), "%s: %s", asked->node->hostname, asked->foreign);
    log_warning("claim refused: %s", message);
    boots_refuse(&request->server->boots, asked->node->mac, asked->foreign, clock_wall_ms());
    return reply_error(
        request, MHD_HTTP_CONFLICT, "claim_conflict", message,
        "correct `uuid` and `serial` of the node in the site document, or take the machine off the network");
}

static enum MHD_Result reply_claim(struct request *request, unsigned status, const char *claim,
                                   const struct site_node *node) {
    cleanup_buf struct buf json = BUF_INIT(1024);
    buf_addf(&json, "{\"claim\":\"%s\",\"hostname\":\"%s\",\"role\":\"%s\",\"mac\":\"%s\"}", claim, node->hostname,
             node->role == NODE_MASTER ? "master" : "worker", node->mac);
    events_reset(request->server->events, node->hostname);
    boots_refuse(&request->server->boots, node->mac, "", clock_wall_ms());
    requests_wake(request->server, TOPIC_EVENTS);
    return reply_json(request, status, &json);
}

/* Tells a machine that waits for approval so, with the fingerprint that its console must show. */
static enum MHD_Result reply_known(struct request *request, unsigned status, const struct store_claim *claim,
                                   const struct site_node *node) {
    char fingerprint[CLAIMS_FINGERPRINT_SIZE];
    if (access_approved(request, claim))
        return reply_claim(request, status, claim->claim, node);
    claims_fingerprint(claim->key, fingerprint);
    cleanup_buf struct buf json = BUF_INIT(1024);
    buf_addf(&json, "{\"state\":\"waiting\",\"hostname\":\"%s\",\"fingerprint\":\"%s\"}", node->hostname, fingerprint);
    log_info("%s waits for approval: fingerprint %s", node->hostname, fingerprint);
    return reply_json(request, MHD_HTTP_ACCEPTED, &json);
}

static enum MHD_Result reply_same_uuid(struct request *request, const struct body_claim *asked,
                                       const struct store_claim *other) {
    const struct site_node *node = site_find_mac(catalog_site(request->server->catalog), other->mac);
    char why[192];
    snprintf(why, sizeof(why), "its UUID %s is that of %s, which claimed before", other->uuid,
             node ? node->hostname : other->mac);
    request->server->counters.claims_refused++;
    return reply_conflict_with(request, asked, why, node ? node->hostname : other->mac);
}

static enum MHD_Result bind_new(struct request *request, struct body_claim *asked) {
    struct error err = {0};
    const struct store_claim *other = claims_find_uuid(&request->server->claims, asked->claim.uuid, asked->claim.mac);
    if (other)
        return reply_same_uuid(request, asked, other);
    if (server_audit(request->server, &err, "claim", asked->node->hostname, "mac %s uuid %s serial %s key %s",
                     asked->claim.mac, asked->claim.uuid, asked->claim.serial, asked->claim.key) < 0 ||
        claims_bind(&request->server->claims, &asked->claim, &err) < 0)
        return reply_store(request, &err);
    log_info("claimed: %s is %s", asked->claim.mac, asked->node->hostname);
    events_reset(request->server->events, asked->node->hostname); /* also where it waits for approval */
    return reply_known(request, MHD_HTTP_CREATED, &asked->claim, asked->node);
}

/* The machine lost power before its disk had the key, and claims with a new one. If the old key is used again, there
 * are two machines: a request of it that waits is answered now, so that its machine speaks. */
static enum MHD_Result bind_again(struct request *request, struct body_claim *asked) {
    struct error err = {0};
    if (server_audit(request->server, &err, "claim-rebound", asked->node->hostname, "mac %s uuid %s serial %s key %s",
                     asked->claim.mac, asked->claim.uuid, asked->claim.serial, asked->claim.key) < 0 ||
        claims_rebind(&request->server->claims, &asked->claim, &err) < 0)
        return reply_store(request, &err);
    request->server->counters.claims_rebound++;
    log_warning("claimed again with another key: %s is %s", asked->claim.mac, asked->node->hostname);
    requests_wake(request->server, TOPIC_ALL);
    return reply_known(request, MHD_HTTP_CREATED, &asked->claim, asked->node);
}

static enum MHD_Result dispute(struct request *request, const struct store_claim *known, const struct body_claim *asked,
                               const char *why) {
    struct error err = {0};
    request->server->counters.claims_refused++;
    if (!known->disputed && server_audit(request->server, &err, "claim-disputed", asked->node->hostname,
                                         "mac %s by uuid %s serial %s key %s", asked->claim.mac, asked->claim.uuid,
                                         asked->claim.serial, asked->claim.key) < 0)
        log_error("%s; %s", err.message, err.remedy); /* the dispute is noted nevertheless */
    if (!known->disputed)
        request->server->counters.claims_disputed++;
    claims_dispute(&request->server->claims, known->mac, true);
    return reply_conflict(request, asked, why);
}

static enum MHD_Result reply_denied(struct request *request) {
    return reply_error(request, MHD_HTTP_FORBIDDEN, "denied", "the operator denied the machine with this MAC",
                       "seedctl forget, if that was a mistake");
}

static enum MHD_Result known_mac(struct request *request, const struct store_claim *known, struct body_claim *asked) {
    const struct claim_facts facts = claims_facts(known);
    switch (
        claim_asked(&facts, access_claim_channel(request), asked->claim.key, asked->claim.uuid, clock_boottime_ms())) {
    case CLAIM_SAME:
        return reply_known(request, MHD_HTTP_OK, known, asked->node);
    case CLAIM_REBIND:
        return bind_again(request, asked);
    case CLAIM_DENIED:
        return reply_denied(request);
    case CLAIM_TOO_OFTEN:
        return dispute(request, known, asked, "its MAC was claimed with too many keys");
    case CLAIM_OLDER_KEY:
        access_contest(request, known);
        return dispute(request, known, asked, "its MAC was claimed again with another key meanwhile");
    case CLAIM_OTHER_UUID:
        return dispute(request, known, asked, "its MAC is claimed with another UUID");
    case CLAIM_OTHER_KEY:
        break;
    }
    return dispute(request, known, asked, "its MAC is claimed with another key");
}

enum MHD_Result route_claim_kept(struct request *request) {
    static const char *const names[] = {NULL};
    struct error err = {0};
    cleanup_json cJSON *tree = NULL;
    if (request_json(request, names, &tree, &err) < 0)
        return reply_invalid(request, &err);
    const struct claim_facts facts = claims_facts(request->claim);
    enum claim_standing keeps = claim_keeps(&facts, access_claim_channel(request), clock_boottime_ms());
    if (keeps != CLAIM_MAY)
        return access_refuse(request, keeps);
    if (claims_keep(&request->server->claims, request->node->mac, &err) < 0)
        return reply_store(request, &err);
    cleanup_buf struct buf json = BUF_INIT(64);
    buf_adds(&json, "{\"state\":\"kept\"}");
    return reply_json(request, MHD_HTTP_OK, &json);
}

enum MHD_Result route_claim(struct request *request) {
    struct body_claim asked = {0};
    struct error err = {0};
    if (claim_parse(request, &asked, &err) < 0)
        return reply_invalid(request, &err);
    if (request->channel == CHANNEL_TLS && strcmp(asked.claim.key, request->peer.key) != 0)
        return reply_error(request, MHD_HTTP_FORBIDDEN, "not_its_key",
                           "field `key` is not the SHA-256 of the public key that this connection proved",
                           "claim with the key of the client certificate");
    if (!asked.node && asked.retired)
        return access_refuse_retired(request, asked.retired->hostname);
    if (!asked.node) {
        char remedy[128];
        snprintf(remedy, sizeof(remedy), "add a node with mac %s to the site document", asked.first_mac);
        return reply_error(request, MHD_HTTP_NOT_FOUND, "unknown_mac", "the site has no node with this machine's MAC",
                           remedy);
    }
    if (asked.ambiguous)
        return reply_conflict(request, &asked, "the machine has the MACs of two nodes");
    if (asked.foreign)
        return reply_foreign(request, &asked);
    const struct store_claim *known = claims_find_mac(&request->server->claims, asked.claim.mac);
    return known ? known_mac(request, known, &asked) : bind_new(request, &asked);
}
