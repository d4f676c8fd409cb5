/* SPDX-License-Identifier: Apache-2.0
 * See probe.h. */
#include "probe.h"
#include "effects/http.h"

#include "clock.h"
#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_S = 3 };

static int check_site(const struct seed_client *client, const char *site_wanted, const struct buf *body,
                      struct error *err) {
    cleanup_json cJSON *tree = NULL;
    if (json_parse(body->data, body->length, &tree, err) < 0)
        return error_wrap(err, "seed: answer to GET /healthz");
    const cJSON *site = cJSON_GetObjectItemCaseSensitive(tree, "site");
    if (!site_wanted[0] || (cJSON_IsString(site) && !strcmp(site->valuestring, site_wanted)))
        return 0;
    error_fail(err, SR_SEED_SITE, EPERM, "the seed at %s serves the site `%.64s`, this medium is for `%s`", client->url,
               cJSON_IsString(site) ? site->valuestring : "?", site_wanted);
    return error_remedy(err, "make the boot medium again for that site, or connect this machine to the network of `%s`",
                        site_wanted);
}

static int ask(const struct seed_client *client, struct http_reply *reply, struct error *err) {
    char url[320];
    if (!client->url[0]) {
        error_fail(err, SR_SEED_UNKNOWN, EDESTADDRREQ, "nobody told the seed's address");
        return error_remedy(err, "boot with seedrack.seed=http://ADDRESS:8080, or give the DHCP server option 224");
    }
    snprintf(url, sizeof(url), "%s/healthz", client->url);
    if (http_call(url, &(struct http_options){.timeout_s = ANSWER_S}, reply, err) < 0) {
        error_wrap(err, "seed");
        error_code(err, SR_SEED_SILENT);
        return error_remedy(err, "check that seed-server runs at %s and that the network reaches it", client->url);
    }
    if (reply->status == 200)
        return 0;
    error_fail(err, SR_SEED_STATUS, EIO, "seed: GET /healthz: %ld", reply->status);
    return error_remedy(err, "read the seed server's log at %s", client->url);
}

int probe_seed(struct seed_client *client, const char *site, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    if (ask(client, &reply, err) < 0 || check_site(client, site, &reply.body, err) < 0)
        return -1;
    client->date = reply.date;
    client->date_ms = clock_boottime_ms();
    return 0;
}

int probe_clock(const struct seed_client *client, int64_t *ret_ahead_ms, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    cleanup_json cJSON *tree = NULL;
    int64_t sent_ms = clock_wall_ms();
    if (ask(client, &reply, err) < 0 || json_parse(reply.body.data, reply.body.length, &tree, err) < 0)
        return -1;
    int64_t seed_ms = (int64_t)json_number(tree, "clock_ms", 0);
    if (seed_ms <= 0)
        return error_set(err, ENOMSG, "seed: it does not tell its clock");
    *ret_ahead_ms = sent_ms + (clock_wall_ms() - sent_ms) / 2 - seed_ms;
    return 0;
}
