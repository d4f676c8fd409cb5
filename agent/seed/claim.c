/* SPDX-License-Identifier: Apache-2.0
 * See claim.h. */
#include "claim.h"
#include "decide/answer.h"
#include "decide/paths.h"
#include "effects/identity.h"
#include "facts.h"
#include "request.h"

#include "buf.h"
#include "cleanup.h"
#include "file.h"
#include "hex.h"
#include "json.h"
#include <errno.h>
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#define CLAIM_FILE AGENT_STATE "/claim"
#define KEY_FILE AGENT_STATE "/claim.key"
enum { MACS_MAX = 128 /* as the seed reads */, TIMEOUT_S = 10 };

bool claim_recall(struct seed_client *client) {
    cleanup_buf struct buf text = BUF_INIT(256);
    struct error none;
    if (!client->claim[0] && file_read(CLAIM_FILE, &text, &none) == 0)
        snprintf(client->claim, sizeof(client->claim), "%.*s", (int)strcspn(buf_text(&text), "\n"), buf_text(&text));
    return client->claim[0] != '\0';
}

/* A machine without a disk would forget a random key with every power cut, and its next claim would look like another
 * machine's. So the key comes from the firmware's identity. That is no secret, but over plain HTTP the claim is not one
 * either. */
static int firmware_key(const struct facts *facts, unsigned char ret[32], struct error *err) {
    char text[160];
    int length = snprintf(text, sizeof(text), "seedrack claim key\n%s\n%s\n", facts->uuid, facts->serial);
    int code = mbedtls_sha256((const unsigned char *)text, (size_t)length, ret, 0);
    return code ? error_set(err, -1, "claim key: mbedTLS error -0x%04x", (unsigned)-code) : 0;
}

/* The claim's key over plain HTTP: the kept one, or a new one. */
static int plain_key(const struct seed_client *client, const struct facts *facts, char ret[65], struct error *err) {
    cleanup_buf struct buf old = BUF_INIT(128);
    unsigned char key[32];
    if (file_read(KEY_FILE, &old, err) == 0 && old.length == 64) {
        memcpy(ret, old.data, 65);
        return 0;
    }
    if (client->initramfs && firmware_key(facts, key, err) < 0)
        return -1;
    if (!client->initramfs && getrandom(key, sizeof(key), 0) != sizeof(key))
        return error_errno(err, errno, "getrandom");
    hex_encode(key, sizeof(key), ret);
    return file_write(KEY_FILE, ret, 64, 0600, err);
}

static void set_fingerprint(struct seed_client *client, const char *key) {
    snprintf(client->fingerprint, sizeof(client->fingerprint), "%.4s-%.4s-%.4s-%.4s", key, key + 4, key + 8, key + 12);
}

void claim_recall_fingerprint(struct seed_client *client) {
    cleanup_buf struct buf kept = BUF_INIT(128);
    struct error none;
    char hash[PKI_KEY_SIZE];
    if (client->pin[0] && identity_hash(AGENT_STATE, hash, &none) == 0)
        set_fingerprint(client, hash);
    else if (!client->pin[0] && file_read(KEY_FILE, &kept, &none) == 0 && kept.length == 64)
        set_fingerprint(client, buf_text(&kept));
}

static cJSON *claim_body(const struct seed_client *client, const struct facts *facts, const char *key) {
    cJSON *body = cJSON_CreateObject(), *macs = cJSON_AddArrayToObject(body, "macs");
    for (size_t i = 0; i < facts->n_links; i++)
        if (facts->links[i].physical && (!client->mac[0] || !strcasecmp(client->mac, facts->links[i].mac)))
            cJSON_AddItemToArray(macs, cJSON_CreateString(facts->links[i].mac));
    cJSON_AddStringToObject(body, "uuid", facts->uuid);
    cJSON_AddStringToObject(body, "serial", facts->serial);
    cJSON_AddStringToObject(body, "key", key);
    return body;
}

static int claim_send(struct seed_client *client, const cJSON *body, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    cleanup_json cJSON *answer = NULL;
    cleanup_free char *text = cJSON_PrintUnformatted(body);
    if (!text)
        return error_errno(err, ENOMEM, "claim");
    client->claim[0] = '\0';
    if (seed_request(client, "POST", "/v1/claim", &(struct http_options){.body = text, .timeout_s = TIMEOUT_S}, &reply,
                     err) < 0)
        return -1;
    if (reply.status < 200 || reply.status > 299)
        return seed_refused("POST", "/v1/claim", &reply, err);
    if (reply.status == 202) {
        error_fail(err, SR_CLAIM_APPROVAL, EAGAIN, "waits for approval; this machine's fingerprint is %s",
                   client->fingerprint);
        return error_remedy(err, "the operator compares it and calls seedctl approve");
    }
    if (json_parse(reply.body.data, reply.body.length, &answer, err) < 0 ||
        answer_claim(answer, client->claim, err) < 0)
        return error_wrap(err, "seed: answer to POST /v1/claim");
    return file_write(CLAIM_FILE, client->claim, strlen(client->claim), 0600, err);
}

int claim_make(struct seed_client *client, struct error *err) {
    struct facts facts;
    char key[65];
    if (facts_observe(&facts, err) < 0 ||
        (client->pin[0] ? identity_hash(AGENT_STATE, key, err) : plain_key(client, &facts, key, err)) < 0)
        return -1;
    set_fingerprint(client, key);
    http_disconnect(&client->connection); /* it may have proved another key */
    cleanup_json cJSON *body = claim_body(client, &facts, key);
    if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(body, "macs")) == 0) {
        error_fail(err, SR_LINK_CARD, ENODEV, client->mac[0] ? "no link has the MAC %s" : "no Ethernet link%s",
                   client->mac);
        return error_remedy(err, client->mac[0] ? "correct seedrack.mac on the kernel command line, or leave it out"
                                                : "see whether the card is there and the kernel has its driver");
    }
    if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(body, "macs")) > MACS_MAX) {
        error_fail(err, SR_LINK_CARD, E2BIG, "this machine has more than %d Ethernet links", MACS_MAX);
        return error_remedy(err, "name the one that the site knows: seedrack.mac= on the kernel command line");
    }
    return claim_send(client, body, err);
}

int claim_keep(struct seed_client *client, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    const struct http_options options = {.body = "{}", .timeout_s = TIMEOUT_S};
    if (seed_request(client, "POST", "/v1/claim/kept", &options, &reply, err) < 0)
        return -1;
    return reply.status / 100 == 2 || reply.status == 404 || reply.status == 405
               ? 0
               : seed_refused("POST", "/v1/claim/kept", &reply, err);
}
