/* SPDX-License-Identifier: Apache-2.0
 * See answer.h. */
#include "answer.h"

#include "bootstrap_record.h"
#include "check.h"
#include "json.h"
#include "net.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char hex[] = "0123456789abcdef", base36[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static bool is_hex(const char *text, size_t digits) {
    return strlen(text) == digits && strspn(text, hex) == digits;
}

static bool is_token(const char *text) { /* kubeadm: abcdef.0123456789abcdef */
    return strlen(text) == 23 && strspn(text, base36) == 6 && text[6] == '.' && strspn(text + 7, base36) == 16;
}

static int id_of(const cJSON *tree, const char *key, char ret[static 33], struct error *err) {
    const char *id = json_text(tree, key);
    if (!is_hex(id, 32))
        return error_set(err, EPROTO, "/%s: not 32 hex digits", key);
    memcpy(ret, id, 33);
    return 0;
}

int answer_trust(const cJSON *tree, uint16_t *ret_port, const char **ret_pem, struct error *err) {
    const cJSON *port = cJSON_GetObjectItemCaseSensitive(tree, "port");
    const char *pem = json_text(tree, "ca");
    if (!cJSON_IsNumber(port) || port->valuedouble < 1 || port->valuedouble > 65535 ||
        port->valuedouble != (double)port->valueint)
        return error_set(err, EPROTO, "/port: not a port");
    if (!pem[0])
        return error_set(err, EPROTO, "/ca: not a certificate");
    *ret_port = (uint16_t)port->valueint;
    *ret_pem = pem;
    return 0;
}

int answer_claim(const cJSON *tree, char ret_claim[static ANSWER_CLAIM_SIZE], struct error *err) {
    return id_of(tree, "claim", ret_claim, err);
}

int answer_ticket_id(const cJSON *tree, char ret_id[static ANSWER_ID_SIZE], struct error *err) {
    return id_of(tree, "id", ret_id, err);
}

int answer_ticket(const cJSON *tree, bool master, struct render_ticket *ret, struct error *err) {
    const char *token = json_text(tree, "token"), *hash = json_text(tree, "ca_hash"),
               *key = json_text(tree, "certificate_key");
    if (!is_token(token) || !ca_hash_valid(hash) || (master && !is_hex(key, 64)))
        return error_set(err, EPROTO, "join ticket: /token, /ca_hash or /certificate_key is missing or malformed");
    *ret = (struct render_ticket){.token = token, .ca_hash = hash, .certificate_key = master ? key : NULL};
    return 0;
}

int answer_pending(const cJSON *tree, struct answer_pending *ret, struct error *err) {
    struct answer_pending pending = {.hostname = json_text(tree, "hostname")};
    const char *kind = json_text(tree, "kind");
    if (id_of(tree, "id", pending.id, err) < 0)
        return -1;
    if (!net_label_valid(pending.hostname))
        return error_set(err, EPROTO, "/hostname: not a host name");
    pending.master = !strcmp(kind, "master");
    if (!pending.master && strcmp(kind, "worker") != 0)
        return error_set(err, EPROTO, "/kind: neither master nor worker");
    pending.rejoins = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "rejoin"));
    const char *hash = json_text(tree, "ca_hash");
    if (hash[0] && !ca_hash_valid(hash))
        return error_set(err, EPROTO, "/ca_hash: not sha256: and 64 hex digits");
    snprintf(pending.ca_hash, sizeof(pending.ca_hash), "%s", hash);
    *ret = pending;
    return 0;
}

int answer_passwords(const cJSON *tree, struct render_passwords *ret, struct error *err) {
    const char *vrrp = json_text(tree, "vrrp_password"), *stats = json_text(tree, "stats_auth");
    if (check_password(vrrp) || check_auth(stats)) {
        error_set(err, EPROTO, "/vrrp_password or /stats_auth is missing or malformed");
        return error_remedy(err, "check the file passwords.json in the seed's state folder");
    }
    memccpy(ret->vrrp, vrrp, '\0', sizeof(ret->vrrp));
    memccpy(ret->stats_auth, stats, '\0', sizeof(ret->stats_auth));
    return 0;
}

int answer_ticket_state(const cJSON *tree, bool *ret_ended, struct error *err) {
    static const char *const names[] = {"waiting", "assigned", "minted", "delivered", "done", "void"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(json_text(tree, "state"), names[i]) != 0)
            continue;
        *ret_ended = i >= 4;
        return 0;
    }
    return error_set(err, EPROTO, "/state: no state of a ticket");
}
