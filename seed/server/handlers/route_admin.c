/* SPDX-License-Identifier: Apache-2.0
 * POST /v1/admin/{approve,deny,rearm,recover,forget,wipe-grant,power,maintenance}: the operator's calls, over the
 * admin socket or by TLS with the operator's certificate. */
#include "handlers.h"
#include "power_evidence.h"
#include "server/context/access.h"

#include "server/decide/fields.h"
#include "log.h"
#include "server/context/reply.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Starts a new epoch and a new cluster, from any state. `confirm` must be the site's name, so that nobody
 * does this by mistake. */
static enum MHD_Result admin_rearm(struct request *request) {
    static const char *const names[] = {"confirm", NULL};
    const char *site = catalog_site(request->server->catalog)->name, *confirm;
    const struct record_event event = {.type = RECORD_REARM};
    cleanup_json cJSON *tree = NULL;
    enum record_answer answer;
    struct error err = {0};
    if (request_json(request, names, &tree, &err) < 0 || fields_string(tree, "confirm", 1, 256, &confirm, &err) < 0)
        return reply_invalid(request, &err);
    if (strcmp(confirm, site)) {
        char remedy[256];
        snprintf(remedy, sizeof(remedy), "send {\"confirm\":\"%.200s\"}", site);
        return reply_error(request, MHD_HTTP_CONFLICT, "not_confirmed", "`confirm` is not the site's name", remedy);
    }
    if (server_audit(request->server, &err, "operator-rearm", site, "epoch %lld ends",
                     (long long)request->server->record.now.epoch) < 0 ||
        server_apply(request->server, NULL, &event, &answer, &err) < 0)
        return reply_store(request, &err);
    return answer == RECORD_GRANTED ? reply_record(request) : reply_refused(request, answer);
}

/* Reads the body's hostname; ret_mac is the MAC of the site's node, or "" when there is none. */
static int parse_hostname(struct request *request, char ret_hostname[256], char ret_mac[STORE_MAC_SIZE],
                          struct error *err) {
    static const char *const names[] = {"hostname", NULL};
    cleanup_json cJSON *tree = NULL;
    const char *hostname;
    if (request_json(request, names, &tree, err) < 0 || fields_string(tree, "hostname", 1, 255, &hostname, err) < 0)
        return -1;
    const struct site_node *node = catalog_find_named(request->server->catalog, hostname);
    snprintf(ret_hostname, 256, "%s", hostname);
    snprintf(ret_mac, STORE_MAC_SIZE, "%s", node ? node->mac : "");
    return 0;
}

/* `power`: what its BMC says, where it was asked. */
static enum MHD_Result reply_powered(struct request *request, const char *hostname, const char *state,
                                     enum power_state power) {
    cleanup_buf struct buf json = BUF_INIT(2048);
    buf_adds(&json, "{\"hostname\":");
    reply_add_string(&json, hostname);
    buf_addf(&json, ",\"state\":\"%s\"", state);
    if (power != POWER_IS_UNKNOWN)
        buf_addf(&json, ",\"power\":\"%s\"", power_state_name(power));
    buf_adds(&json, "}");
    return reply_json(request, MHD_HTTP_OK, &json);
}

static enum MHD_Result reply_hostname(struct request *request, const char *hostname, const char *state) {
    return reply_powered(request, hostname, state, POWER_IS_UNKNOWN);
}

static enum MHD_Result reply_no_claim(struct request *request, const char *hostname) {
    char message[320];
    snprintf(message, sizeof(message), "`%s` has no claim", hostname);
    return reply_error(request, MHD_HTTP_NOT_FOUND, "unknown_node", message, "GET /v1/nodes has the names");
}

/* True when the body names a machine that has a claim; else *ret_reply is the refusal. */
static bool names_claimed(struct request *request, char ret_hostname[256], char ret_mac[STORE_MAC_SIZE],
                          enum MHD_Result *ret_reply) {
    struct error err = {0};
    if (parse_hostname(request, ret_hostname, ret_mac, &err) < 0) {
        *ret_reply = reply_invalid(request, &err);
        return false;
    }
    if (ret_mac[0] && claims_find_mac(&request->server->claims, ret_mac))
        return true;
    *ret_reply = reply_no_claim(request, ret_hostname);
    return false;
}

/* Whether the machine is the holder in INITIALISING. If it were forgotten, the next machine with its name would be the
 * holder while this one still runs kubeadm init. */
static bool initialises(const struct request *request, const char *hostname) {
    const struct bootstrap_record *record = &request->server->record.now;
    return record->state == RECORD_INITIALISING && !strcmp(record->holder, hostname);
}

static enum MHD_Result admin_forget(struct request *request) {
    char hostname[256], mac[STORE_MAC_SIZE];
    enum power_state power;
    enum MHD_Result refusal;
    struct error err = {0};
    if (!names_claimed(request, hostname, mac, &refusal))
        return refusal;
    if (initialises(request, hostname))
        return reply_error(request, MHD_HTTP_CONFLICT, "initialising", "this machine runs kubeadm init",
                           "wait until it is done; or turn it off for good, rearm, and forget it then");
    if (power_evidence_awaited(request, catalog_find_named(request->server->catalog, hostname), &power))
        return MHD_YES;
    if (server_audit(request->server, &err, "operator-forget", hostname, "mac %s%s", mac, power_evidence_text(power)) <
            0 ||
        server_forget(request->server, hostname, mac, &err) < 0)
        return reply_store(request, &err);
    return reply_powered(request, hostname, "forgotten", power);
}

/* The operator read the fingerprint on the machine's console. Without it nobody would know whose key is approved. */
static bool fingerprint_fits(const char *key, const char *given) {
    char fingerprint[CLAIMS_FINGERPRINT_SIZE];
    claims_fingerprint(key, fingerprint);
    return !strcmp(given, fingerprint);
}

/* Two machines have one MAC: the fingerprint says which one is meant, and the other key is out for good. */
static enum MHD_Result approve_one_of_two(struct request *request, const struct store_claim *claim,
                                          const char *hostname, const char *fingerprint, enum power_state power) {
    struct server *server = request->server;
    struct error err = {0};
    char mac[STORE_MAC_SIZE];
    bool present = fingerprint_fits(claim->key, fingerprint);
    size_t index = 0;
    while (index < CLAIM_REBINDS_MAX &&
           !(claim->replaced[index][0] && fingerprint_fits(claim->replaced[index], fingerprint)))
        index++;
    bool replaced = !present && index < CLAIM_REBINDS_MAX;
    snprintf(mac, sizeof(mac), "%s", claim->mac);
    if (!present && !replaced)
        return reply_error(request, MHD_HTTP_CONFLICT, "fingerprint",
                           "two machines claim this MAC, neither with that key",
                           "read the fingerprint on the right one's console: seedctl approve ... HOSTNAME FINGERPRINT");
    if (server_audit(server, &err, "operator-approve", hostname, "mac %s key %s%s", mac,
                     present ? claim->key : claim->replaced[index], power_evidence_text(power)) < 0 ||
        (replaced && claims_restore(&server->claims, mac, index, &err) < 0) ||
        claims_approve(&server->claims, mac, &err) < 0 || claims_keep(&server->claims, mac, &err) < 0)
        return reply_store(request, &err);
    claims_dispute(&server->claims, mac, false);
    requests_wake(server, TOPIC_ALL);
    return reply_powered(request, hostname, "approved", power);
}

/* A machine that is retired may claim again, as a new one. */
static enum MHD_Result approve_retired(struct request *request, const struct site_node *node) {
    char hostname[256], mac[STORE_MAC_SIZE];
    struct error err = {0};
    if (node->retired)
        return reply_error(request, MHD_HTTP_CONFLICT, "retired", "the site document says that it is retired",
                           "remove `retired` from its node first");
    snprintf(hostname, sizeof(hostname), "%s", node->hostname);
    snprintf(mac, sizeof(mac), "%s", node->mac);
    if (server_audit(request->server, &err, "operator-approve", hostname, "mac %s was retired", mac) < 0 ||
        server_forget(request->server, hostname, mac, &err) < 0)
        return reply_store(request, &err);
    return reply_hostname(request, hostname, "approved");
}

/* Ends a dispute; with `enrol: approve` also lets a waiting claim in. */
static enum MHD_Result approve(struct request *request) {
    static const char *const names[] = {"hostname", "fingerprint", NULL};
    struct server *server = request->server;
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    const char *hostname, *fingerprint;
    enum power_state power = POWER_IS_UNKNOWN;
    if (request_json(request, names, &tree, &err) < 0 || fields_string(tree, "hostname", 1, 255, &hostname, &err) < 0 ||
        fields_string(tree, "fingerprint", 0, CLAIMS_FINGERPRINT_SIZE - 1, &fingerprint, &err) < 0)
        return reply_invalid(request, &err);
    const struct site_node *node = catalog_find_named(request->server->catalog, hostname);
    const struct store_claim *claim = node ? claims_find_mac(&server->claims, node->mac) : NULL;
    if (!claim)
        return reply_no_claim(request, hostname);
    if (claim->retired)
        return approve_retired(request, node);
    if ((claim->disputed || claim->contested) && power_evidence_awaited(request, node, &power))
        return MHD_YES;
    if (claim->contested && !claim->kept)
        return approve_one_of_two(request, claim, hostname, fingerprint, power);
    if (fingerprint[0] ? !fingerprint_fits(claim->key, fingerprint) : !access_approved(request, claim))
        return reply_error(request, MHD_HTTP_CONFLICT, "fingerprint",
                           fingerprint[0] ? "the claim is of another key"
                                          : "the claim waits for a confirmed fingerprint",
                           "read it on the machine's console: seedctl approve ... HOSTNAME FINGERPRINT");
    bool was_in = access_approved(request, claim); /* then the operator speaks for the key as its machine would */
    if (server_audit(server, &err, "operator-approve", hostname, "mac %s key %s%s", node->mac, claim->key,
                     power_evidence_text(power)) < 0 ||
        (fingerprint[0] && claims_approve(&server->claims, node->mac, &err) < 0) ||
        (was_in && claims_keep(&server->claims, node->mac, &err) < 0))
        return reply_store(request, &err);
    claims_dispute(&server->claims, node->mac, false);
    return reply_powered(request, hostname, "approved", power);
}

static enum MHD_Result deny(struct request *request) {
    char hostname[256], mac[STORE_MAC_SIZE];
    enum MHD_Result refusal;
    struct error err = {0};
    if (!names_claimed(request, hostname, mac, &refusal))
        return refusal;
    if (server_audit(request->server, &err, "operator-deny", hostname, "mac %s", mac) < 0 ||
        claims_deny(&request->server->claims, mac, &err) < 0)
        return reply_store(request, &err);
    tickets_void(request->server->tickets, hostname);
    requests_wake(request->server, TOPIC_ALL);
    return reply_hostname(request, hostname, "denied");
}

/* As `wipe` in the site document, by a call: one disk of one machine, once. */
static enum MHD_Result wipe_grant(struct request *request) {
    static const char *const names[] = {"hostname", "serial", NULL};
    struct wipe wipe = {.state = WIPE_GRANTED};
    struct error err = {0};
    cleanup_json cJSON *tree = NULL;
    const char *hostname, *serial;
    char nonce[STORE_CLAIM_SIZE];
    if (request_json(request, names, &tree, &err) < 0 ||
        fields_string(tree, "hostname", 1, WIPE_HOSTNAME_SIZE - 1, &hostname, &err) < 0 ||
        fields_string(tree, "serial", 1, WIPE_IDENTITY_SIZE - 1, &serial, &err) < 0)
        return reply_invalid(request, &err);
    if (!catalog_find_hostname(request->server->catalog, hostname))
        return reply_error(request, MHD_HTTP_NOT_FOUND, "unknown_node", "the site has no such node",
                           "GET /v1/nodes has the names");
    if (claims_random(nonce, &err) < 0)
        return reply_store(request, &err);
    snprintf(wipe.nonce, sizeof(wipe.nonce), "%s", nonce);
    snprintf(wipe.hostname, sizeof(wipe.hostname), "%s", hostname);
    snprintf(wipe.serial, sizeof(wipe.serial), "%s", serial);
    if (server_audit(request->server, &err, "operator-wipe-grant", hostname, "serial `%s`", serial) < 0 ||
        wipes_put(&request->server->wipes, &wipe, &err) < 0)
        return reply_store(request, &err);
    log_info("%s may wipe its disk with the serial `%s` once", hostname, serial);
    return reply_hostname(request, hostname, "granted");
}

enum MHD_Result route_admin(struct request *request) {
    static const struct {
        const char *name;
        enum MHD_Result (*handle)(struct request *);
    } calls[] = {{"rearm", admin_rearm},   {"recover", route_recover},
                 {"forget", admin_forget}, {"approve", approve},
                 {"deny", deny},           {"wipe-grant", wipe_grant},
                 {"power", route_power},   {"maintenance", route_maintenance_operate}};
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        if (!strcmp(request->argument, calls[i].name))
            return calls[i].handle(request);
    return reply_error(request, MHD_HTTP_NOT_FOUND, "not_found", "no such admin call",
                       "there are approve, deny, rearm, recover, forget, wipe-grant, power and maintenance");
}
