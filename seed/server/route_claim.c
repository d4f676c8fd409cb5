/* SPDX-License-Identifier: Apache-2.0
 * POST /v1/claim: the first thing that a machine says. The second key or UUID for a MAC gets 409. */
#include "routes.h"

#include "clock.h"
#include "fields.h"
#include "log.h"
#include "reply.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CLAIM_MACS_MAX = 16 };

struct asked {
    struct store_claim claim; /* mac, uuid, serial, key */
    const struct site_node *node;
    bool ambiguous;
    char first_mac[STORE_MAC_SIZE];
};

/* The machine's MACs: exactly one of them should be a node's. */
static int parse_macs(const cJSON *macs, const struct site *site, struct asked *asked, struct error *err) {
    int n = cJSON_GetArraySize(macs);
    if (!cJSON_IsArray(macs) || n < 1 || n > CLAIM_MACS_MAX)
        return error_set(err, EINVAL, "field `macs` is not an array of 1 to %d MAC addresses", CLAIM_MACS_MAX);
    const cJSON *item;
    cJSON_ArrayForEach(item, macs) {
        char mac[STORE_MAC_SIZE];
        const char *text = cJSON_GetStringValue(item);
        if (!text || !claims_mac(text, mac))
            return error_set(err, EINVAL, "field `macs`: `%.32s` is not a MAC address", text ? text : "?");
        if (!asked->first_mac[0])
            snprintf(asked->first_mac, sizeof(asked->first_mac), "%s", mac);
        const struct site_node *node = site_find_mac(site, mac);
        if (node && asked->node && node != asked->node)
            asked->ambiguous = true;
        if (!node || asked->node)
            continue;
        asked->node = node;
        snprintf(asked->claim.mac, sizeof(asked->claim.mac), "%s", mac);
    }
    return 0;
}

static int parse(const struct request *request, struct asked *asked, struct error *err) {
    static const char *const names[] = {"macs", "uuid", "serial", "key", NULL};
    cleanup_json cJSON *tree = NULL;
    const char *uuid, *serial, *key;
    if (request_json(request, names, &tree, err) < 0 ||
        fields_string(tree, "uuid", 0, STORE_UUID_SIZE - 1, &uuid, err) < 0 ||
        fields_string(tree, "serial", 0, STORE_SERIAL_SIZE - 1, &serial, err) < 0 ||
        fields_string(tree, "key", 64, 64, &key, err) < 0)
        return -1;
    if (!fields_is_hex(key, 64))
        return error_set(err, EINVAL, "field `key` is not 64 lower-case hex digits");
    claims_uuid(uuid, asked->claim.uuid);
    snprintf(asked->claim.serial, sizeof(asked->claim.serial), "%s", serial);
    snprintf(asked->claim.key, sizeof(asked->claim.key), "%s", key);
    return parse_macs(cJSON_GetObjectItemCaseSensitive(tree, "macs"), catalog_site(request->server->catalog), asked,
                      err);
}

static enum MHD_Result reply_conflict(struct request *request, const struct asked *asked, const char *why) {
    char message[256], remedy[256];
    snprintf(message, sizeof(message), "%s: %s", asked->node->hostname, why);
    snprintf(remedy, sizeof(remedy),
             "if the machine was replaced or wiped: POST /v1/admin/forget {\"hostname\":\"%s\"} on the admin socket",
             asked->node->hostname);
    log_warning("claim refused: %s", message);
    return reply_error(request, MHD_HTTP_CONFLICT, "claim_conflict", message, remedy);
}

static enum MHD_Result reply_claim(struct request *request, unsigned status, const char *claim,
                                   const struct site_node *node) {
    cleanup_buf struct buf json = BUF_INIT(1024);
    buf_addf(&json, "{\"claim\":\"%s\",\"hostname\":\"%s\",\"role\":\"%s\",\"mac\":\"%s\"}", claim, node->hostname,
             node->role == NODE_MASTER ? "master" : "worker", node->mac);
    events_reset(request->server->events, node->hostname);
    requests_wake(request->server, TOPIC_EVENTS);
    return reply_json(request, status, &json);
}

static enum MHD_Result bind_new(struct request *request, struct asked *asked) {
    struct error err = {0};
    const struct store_claim *other = claims_find_uuid(&request->server->claims, asked->claim.uuid, asked->claim.mac);
    if (other)
        return reply_conflict(request, asked, "its UUID belongs to another claimed machine");
    if (server_audit(request->server, &err, "claim", asked->node->hostname, "mac %s uuid %s serial %s", asked->claim.mac, asked->claim.uuid,
                     asked->claim.serial) < 0 ||
        claims_bind(&request->server->claims, &asked->claim, &err) < 0)
        return reply_store(request, &err);
    log_info("claimed: %s is %s", asked->claim.mac, asked->node->hostname);
    return reply_claim(request, MHD_HTTP_CREATED, asked->claim.claim, asked->node);
}

enum MHD_Result route_claim(struct request *request) {
    struct asked asked = {0};
    struct error err = {0};
    if (parse(request, &asked, &err) < 0)
        return reply_invalid(request, &err);
    if (!asked.node) {
        char remedy[128];
        snprintf(remedy, sizeof(remedy), "add a node with mac %s to the site document", asked.first_mac);
        return reply_error(request, MHD_HTTP_NOT_FOUND, "unknown_mac", "the site has no node with this machine's MAC",
                           remedy);
    }
    if (asked.ambiguous)
        return reply_conflict(request, &asked, "the machine has the MACs of two nodes");
    const struct store_claim *known = claims_find_mac(&request->server->claims, asked.claim.mac);
    if (!known)
        return bind_new(request, &asked);
    bool other_key = strcmp(known->key, asked.claim.key) != 0;
    if (other_key || strcmp(known->uuid, asked.claim.uuid) != 0) {
        if (!known->disputed && server_audit(request->server, &err, "claim-disputed", asked.node->hostname, "mac %s by uuid %s serial %s", asked.claim.mac,
                                             asked.claim.uuid, asked.claim.serial) < 0)
            log_error("%s; %s", err.message, err.remedy); /* the dispute stands all the same */
        claims_dispute(&request->server->claims, known->mac, true);
        return reply_conflict(request, &asked, other_key ? "its MAC is claimed with another key" : "its MAC is claimed with another UUID");
    }
    return reply_claim(request, MHD_HTTP_OK, known->claim, asked.node);
}
