/* SPDX-License-Identifier: Apache-2.0
 * See probe.h. */
#include "probe.h"
#include "effects/http.h"

#include "clock.h"
#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CLOCK_MAX_MS 253402300800000.0 /* the year 10000 */
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

/* The seed's clock in milliseconds since 1970; 0: it is older and does not say. */
static int64_t clock_of(const struct http_reply *reply) {
    cleanup_json cJSON *tree = NULL;
    struct error none;
    if (json_parse(reply->body.data, reply->body.length, &tree, &none) < 0)
        return 0;
    double ms = json_number(tree, "clock_ms", 0);
    return ms > 0 && ms < CLOCK_MAX_MS ? (int64_t)ms : 0;
}

/* What it said is of the middle of the time that the answer took (as in NTP, RFC 5905, 8). */
static void take_clock(struct seed_client *client, const struct http_reply *reply, int64_t sent_ms) {
    int64_t seed_ms = clock_of(reply);
    client->date_exact = seed_ms > 0;
    client->date = seed_ms ? seed_ms / 1000 : reply->date;
    client->date_ms = seed_ms ? (sent_ms + clock_boottime_ms()) / 2 - seed_ms % 1000 : clock_boottime_ms();
}

int probe_seed(struct seed_client *client, const char *site, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    int64_t sent_ms = clock_boottime_ms();
    if (ask(client, &reply, err) < 0 || check_site(client, site, &reply.body, err) < 0)
        return -1;
    take_clock(client, &reply, sent_ms);
    return 0;
}

int probe_clock(const struct seed_client *client, int64_t *ret_ahead_ms, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    int64_t sent_ms = clock_wall_ms();
    if (ask(client, &reply, err) < 0)
        return -1;
    int64_t seed_ms = clock_of(&reply);
    if (!seed_ms)
        return error_set(err, ENOMSG, "seed: it does not tell its clock");
    *ret_ahead_ms = sent_ms + (clock_wall_ms() - sent_ms) / 2 - seed_ms;
    return 0;
}
