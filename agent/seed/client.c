/* SPDX-License-Identifier: Apache-2.0
 * See client.h. */
#include "client.h"
#include "claim.h"
#include "effects/ca_key.h"
#include "request.h"

#include "cleanup.h"
#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

bool seed_is_away(const struct error *err) {
    return err->errnum == EHOSTUNREACH || err->errnum == ETIMEDOUT;
}

/* A failed claim must not look like the answer to the call: the caller would take the claim's 409 for the call's
 * own. */
static int claim_failed(int errnum, struct error *err) {
    if (!seed_is_away(err))
        err->errnum = errnum;
    return error_wrap(err, "claim");
}

/* On the machine's own root the key is on its disk, or there is none: the seed that forgot the claim hears of that at
 * once, before another key may take the name. */
static int renew_claim(struct seed_client *client, struct error *err) {
    struct error asked_again = {0}; /* by the first call that needs it */
    if (claim_make(client, err) < 0)
        return claim_failed(EACCES, err);
    if (!client->initramfs)
        claim_keep(client, &asked_again);
    return 0;
}

static bool is_not_kept(const struct http_reply *reply) {
    struct error refusal = {0};
    return seed_refused("", "", reply, &refusal) < 0 && refusal.code == SR_CLAIM_UNKEPT;
}

/* On the machine's own root the key is on its disk, or there is none. */
static int keep_claim(struct seed_client *client, struct error *err) {
    return claim_keep(client, err) == 0 ? 0 : claim_failed(EAGAIN, err);
}

int seed_request_known(struct seed_client *client, const char *method, const char *path,
                       const struct http_options *options, struct http_reply *reply, struct error *err) {
    bool renewed = !client->claim[0] || client->looks_only;
    if (!client->claim[0] && !client->looks_only && renew_claim(client, err) < 0)
        return -1;
    if (seed_request(client, method, path, options, reply, err) < 0)
        return -1;
    if (reply->status == 409 && !client->initramfs && !client->looks_only && is_not_kept(reply))
        return keep_claim(client, err) < 0 ? -1 : seed_request(client, method, path, options, reply, err);
    if (reply->status != 401 || renewed)
        return 0;
    return renew_claim(client, err) < 0 ? -1 : seed_request(client, method, path, options, reply, err);
}

int seed_call(struct seed_client *client, const char *method, const char *path, const cJSON *body, unsigned timeout_s,
              long *ret_status, cJSON **ret_body, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    cleanup_free char *text = body ? cJSON_PrintUnformatted(body) : NULL;
    if (body && !text)
        return error_errno(err, ENOMEM, "seed");
    int result = seed_request_known(client, method, path, &(struct http_options){.body = text, .timeout_s = timeout_s},
                                    &reply, err);
    if (text)
        explicit_bzero(text, strlen(text)); /* it may be a ticket */
    if (result < 0)
        return -1;
    if (reply.status < 200 || reply.status > 299)
        return seed_refused(method, path, &reply, err);
    if (ret_body && reply.body.length && json_parse(reply.body.data, reply.body.length, ret_body, err) < 0)
        return error_wrap(err, "seed: answer to %s %s", method, path);
    if (ret_status)
        *ret_status = reply.status;
    return 0;
}

int seed_upload(struct seed_client *client, const char *path, const char *file, const struct ca_signature *signature,
                struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    char key[CA_SIGNATURE_SIZE + 32], mark[CA_SIGNATURE_SIZE + 32];
    snprintf(key, sizeof(key), "Seedrack-Public-Key: %s", signature->public_key);
    snprintf(mark, sizeof(mark), "Seedrack-Signature: %s", signature->signature);
    const struct http_options options = {.upload = file, .headers = {key, mark}};
    if (seed_request_known(client, "PUT", path, &options, &reply, err) < 0)
        return -1;
    return reply.status >= 200 && reply.status <= 299 ? 0 : seed_refused("PUT", path, &reply, err);
}

int seed_download(struct seed_client *client, const char *path, const char *file, bool *ret_found, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    if (seed_request_known(client, "GET", path, &(struct http_options){.download = file}, &reply, err) < 0)
        return -1;
    *ret_found = reply.status == 200;
    return reply.status >= 200 && reply.status <= 299 ? 0 : seed_refused("GET", path, &reply, err);
}
