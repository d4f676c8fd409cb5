/* SPDX-License-Identifier: Apache-2.0
 * See trust.h. */
#include "trust.h"
#include "decide/answer.h"
#include "effects/ca_hash.h"
#include "effects/http.h"

#include "file.h"
#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int trust_keep(struct seed_client *client, const cJSON *answer, struct error *err) {
    const char *pem;
    char hash[CA_HASH_SIZE];
    uint16_t port;
    if (answer_trust(answer, &port, &pem, err) < 0 || file_write(TRUST_FILE, pem, strlen(pem), 0644, err) < 0 ||
        ca_hash_of_file(TRUST_FILE, hash, err) < 0) {
        err->errnum = EHOSTUNREACH;
        return -1;
    }
    if (strcmp(hash, client->pin) != 0)
        return error_fail(err, SR_SEED_PIN, EHOSTUNREACH, "its authority is %.23s…, this machine was booted for %.23s…",
                          hash, client->pin);
    client->tls_port = port;
    return 0;
}

bool trust_refuses(const struct seed_client *client, struct error *err) {
    if (err->code != SR_TLS || client->generation <= 1)
        return false;
    error_remedy(err,
                 "the seed's certificate must be of generation %u: start it with what seedctl init --renew made; and "
                 "this machine's clock must be right",
                 client->generation);
    return true;
}

int trust_silent(const struct seed_client *client, struct error *err) {
    error_code(err, SR_SEED_SILENT);
    return error_remedy(err, "check that seed-server runs at %s and that the network reaches it", client->url);
}

int trust_find(struct seed_client *client, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    cleanup_json cJSON *answer = NULL;
    char url[320];
    snprintf(url, sizeof(url), "%s/v1/trust", client->url);
    if (http_call(url, &(struct http_options){0}, &reply, err) < 0)
        return trust_silent(client, err);
    if (reply.status != 200)
        error_fail(err, SR_SEED_PIN, EHOSTUNREACH,
                   "it speaks no TLS (GET /v1/trust: %ld), and this machine was booted for %.23s…", reply.status,
                   client->pin);
    else if (json_parse(reply.body.data, reply.body.length, &answer, err) < 0)
        err->errnum = EHOSTUNREACH;
    else if (trust_keep(client, answer, err) == 0)
        return 0;
    error_code(err, SR_SEED_STATUS);
    error_wrap(err, "the seed at %s", client->url);
    return error_remedy(err, "start the site's own seed-server with --pki there; or boot an image of the seed's site "
                             "(docs/tls.md)");
}
