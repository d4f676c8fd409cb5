/* SPDX-License-Identifier: Apache-2.0
 * See probe.h. */
#include "probe.h"
#include "effects/http.h"

#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_S = 3 };

static int check_site(const struct agent *agent, const struct buf *body, struct error *err) {
    cleanup_json cJSON *tree = NULL;
    if (json_parse(body->data, body->length, &tree, err) < 0)
        return error_wrap(err, "seed: answer to GET /healthz");
    const cJSON *site = cJSON_GetObjectItemCaseSensitive(tree, "site");
    if (!agent->cmdline.site[0] || (cJSON_IsString(site) && !strcmp(site->valuestring, agent->cmdline.site)))
        return 0;
    error_fail(err, SR_SEED_SITE, EPERM, "the seed at %s serves the site `%.64s`, this medium is for `%s`", agent->seed,
               cJSON_IsString(site) ? site->valuestring : "?", agent->cmdline.site);
    return error_remedy(err, "make the boot medium anew for that site, or connect this machine to the network of `%s`",
                        agent->cmdline.site);
}

int probe_seed(struct agent *agent, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    char url[320];
    if (!agent->seed[0]) {
        error_fail(err, SR_SEED_UNKNOWN, EDESTADDRREQ, "nobody told the seed's address");
        return error_remedy(err, "boot with seedrack.seed=http://ADDRESS:8080, or give the DHCP server option 224");
    }
    snprintf(url, sizeof(url), "%s/healthz", agent->seed);
    if (http_call(url, &(struct http_options){.timeout_s = ANSWER_S}, &reply, err) < 0) {
        error_wrap(err, "seed");
        error_code(err, SR_SEED_SILENT);
        return error_remedy(err, "check that seed-server runs at %s and that the network reaches it", agent->seed);
    }
    if (reply.status != 200) {
        error_fail(err, SR_SEED_STATUS, EIO, "seed: GET /healthz: %ld", reply.status);
        return error_remedy(err, "read the seed server's log at %s", agent->seed);
    }
    if (check_site(agent, &reply.body, err) < 0)
        return -1;
    agent->seed_date = reply.date;
    agent->seed_date_ms = agent_now_ms();
    return 0;
}
