/* SPDX-License-Identifier: Apache-2.0
 * See access.h. */
#include "access.h"
#include "server/decide/origin.h"
#include "reply.h"
#include "log.h"

#include <stdio.h>
#include <string.h>

bool access_operator(const struct request *request) {
    return request->channel == CHANNEL_ADMIN ||
           (request->channel == CHANNEL_TLS &&
            request->peer.operator_generation >= catalog_site(request->server->catalog)->generation);
}

bool access_same_site(const struct request *request) {
    const struct origin origin = {.host = request->host[0] ? request->host : NULL,
                                  .origin = request_header(request, "Origin"),
                                  .sec_fetch_site = request_header(request, "Sec-Fetch-Site"),
                                  .content_type = request_header(request, "Content-Type"),
                                  .writes = strcmp(request->method, "GET") && strcmp(request->method, "HEAD"),
                                  .loopback = request->channel == CHANNEL_ADMIN};
    return origin_fits(&origin);
}

bool access_operator_here(const struct request *request) {
    return access_operator(request) && access_same_site(request);
}

struct claim_channel access_claim_channel(const struct request *request) {
    return (struct claim_channel){.tls = request->channel == CHANNEL_TLS,
                                  .open = catalog_site(request->server->catalog)->enrol == ENROL_OPEN};
}

void access_contest(struct request *request, const struct store_claim *claim) {
    const struct site_node *node = site_find_mac(catalog_site(request->server->catalog), claim->mac);
    struct server *server = request->server;
    struct error err = {0};
    if (claim->contested)
        return;
    if (claims_contest(&server->claims, claim->mac, &err) < 0)
        log_error("%s; %s", err.message, err.remedy);
    err = (struct error){0};
    if (server_audit(server, &err, "claim-contested", node ? node->hostname : claim->mac,
                     "mac %s: a replaced key %s spoke again, the claim has %s", claim->mac, request->peer.key,
                     claim->key) < 0)
        log_error("%s; %s", err.message, err.remedy);
    server->counters.claims_disputed++;
    log_warning("two machines with the MAC %s: the key that was replaced spoke again", claim->mac);
    if (node)
        tickets_void(server->tickets, node->hostname);
    requests_wake(server, TOPIC_ALL);
}

enum MHD_Result access_refuse(struct request *request, enum claim_standing standing) {
    const char *hostname = request->node->hostname;
    char message[192], remedy[256];
    if (standing == CLAIM_CONTESTED) {
        snprintf(message, sizeof(message), "%s: two machines claim its MAC, with one key each", hostname);
        snprintf(remedy, sizeof(remedy),
                 "power the wrong one off, then seedctl approve %s FINGERPRINT, which is on the right one's console",
                 hostname);
        return reply_error(request, MHD_HTTP_FORBIDDEN, "disputed", message, remedy);
    }
    if (standing == CLAIM_LISTENING) {
        snprintf(message, sizeof(message), "%s: its MAC was claimed with another key less than %d s ago", hostname,
                 CLAIM_SILENCE_MS / 1000);
        return reply_error(request, MHD_HTTP_CONFLICT, "listening", message,
                           "nothing: the machine asks again, and goes on if the other key stays silent");
    }
    snprintf(message, sizeof(message), "%s: the machine has not said that its key is on its disk", hostname);
    snprintf(remedy, sizeof(remedy),
             "the agent says so by itself; for an agent older than this seed: seedctl approve %s", hostname);
    return reply_error(request, MHD_HTTP_CONFLICT, "not_kept", message, remedy);
}

bool access_approved(const struct request *request, const struct store_claim *claim) {
    return catalog_site(request->server->catalog)->enrol != ENROL_APPROVE || claim->approved;
}

enum MHD_Result access_refuse_retired(struct request *request, const char *hostname) {
    char message[128], remedy[256];
    snprintf(message, sizeof(message), "%s is retired: this machine is not of the cluster any more", hostname);
    snprintf(remedy, sizeof(remedy), "seedctl approve %s, if it is to join again, as a new machine", hostname);
    return reply_error(request, MHD_HTTP_FORBIDDEN, "retired", message, remedy);
}
