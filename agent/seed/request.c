/* SPDX-License-Identifier: Apache-2.0
 * See request.h. */
#include "request.h"
#include "decide/paths.h"
#include "decide/refusal.h"
#include "effects/identity.h"
#include "generation.h"
#include "trust.h"

#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int errnum_of(long status) {
    switch (status) {
    case 401:
        return EACCES;
    case 404:
        return ENOENT;
    case 409:
        return EEXIST;
    case 410:
        return EBUSY;
    default:
        return EIO;
    }
}

int seed_refused(const char *method, const char *path, const struct http_reply *reply, struct error *err) {
    struct error ignored;
    cleanup_json cJSON *tree = NULL;
    const cJSON *word = NULL, *message = NULL, *remedy = NULL;
    if (reply->body.length && json_parse(reply->body.data, reply->body.length, &tree, &ignored) == 0) {
        const cJSON *object = cJSON_GetObjectItemCaseSensitive(tree, "error");
        word = cJSON_GetObjectItemCaseSensitive(object, "code");
        message = cJSON_GetObjectItemCaseSensitive(object, "message");
        remedy = cJSON_GetObjectItemCaseSensitive(object, "remedy");
    }
    error_fail(err, refusal_code(cJSON_IsString(word) ? word->valuestring : "", reply->status),
               errnum_of(reply->status), "seed: %s %.*s: %ld: %s", method, (int)strcspn(path, "?"), path, reply->status,
               cJSON_IsString(message) ? message->valuestring : "no reason given");
    return cJSON_IsString(remedy) ? error_remedy(err, "%s", remedy->valuestring) : -1;
}

/* Fills in *options for TLS to the seed: the name that its certificate is for, and this machine's key. The options
 * point into ret_place and ret_url. */
static int secure(struct seed_client *client, const char *path, struct http_options *options,
                  char ret_place[static 320], char ret_url[static 768], struct error *err) {
    const char *host = strstr(client->url, "://") + 3, *colon = strrchr(host, ':');
    char name[PKI_NAME_SIZE];
    if (!client->tls_port && trust_find(client, err) < 0)
        return -1;
    generation_settle(client);
    pki_name(PKI_SEED_NAME, client->generation, name);
    if (!colon || strchr(colon, ']'))
        colon = host + strlen(host);
    snprintf(ret_place, 320, "::%.*s:%u", (int)(colon - host), host, client->tls_port);
    snprintf(ret_url, 768, "https://%s%s", name, path);
    options->connect_to = ret_place;
    options->ca_file = TRUST_FILE;
    options->cert_file = AGENT_STATE "/" IDENTITY_CERTIFICATE;
    options->key_file = AGENT_STATE "/" IDENTITY_KEY;
    return 0;
}

int seed_request(struct seed_client *client, const char *method, const char *path, const struct http_options *base,
                 struct http_reply *reply, struct error *err) {
    struct http_options options = *base;
    options.connection = &client->connection;
    char url[768], place[320], claim[64];
    if (!client->pin[0])
        snprintf(url, sizeof(url), "%s%s", client->url, path);
    else if (secure(client, path, &options, place, url, err) < 0)
        return error_wrap(err, "seed");
    snprintf(claim, sizeof(claim), "Seedrack-Claim: %s", client->claim);
    options.method = strcmp(method, "GET") ? method : NULL;
    for (size_t i = 0; i < HTTP_HEADERS_MAX && client->claim[0]; i++) {
        if (!options.headers[i]) {
            options.headers[i] = claim;
            break;
        }
    }
    int result = http_call(url, &options, reply, err);
    if (reply->peer[0])
        snprintf(client->address, sizeof(client->address), "%s", reply->peer);
    if (result < 0) {
        client->tls_port = 0; /* it may have moved */
        error_wrap(err, "seed");
        return trust_refuses(client, err) ? -1 : trust_silent(client, err);
    }
    if (client->pin[0])
        generation_hear(client, &options, reply->generation);
    return 0;
}
