/* SPDX-License-Identifier: Apache-2.0
 * See labels.h. kubelet gives its Node labels and taints when it joins, and must not change most of them later. */
#include "labels.h"
#include "agent.h"
#include "decide/node_marks.h"
#include "helper.h"
#include "world/world.h"

#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_S = 55, AWAY_S = 30, AGAIN_S = 5 };

static const cJSON *wanted_of(const cJSON *site, const char *hostname) {
    const cJSON *node;
    cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(site, "nodes")) {
        if (!strcmp(json_text(node, "hostname"), hostname))
            return node;
    }
    return NULL;
}

struct seeing {
    struct agent *agent;
    const cJSON *site; /* GET /v1/labels */
    unsigned late;     /* somebody changed the Node meanwhile, or it was refused */
};

static int see_to(const cJSON *node, void *context, struct error *err) {
    struct seeing *seeing = context;
    const char *name = json_text(cJSON_GetObjectItemCaseSensitive(node, "metadata"), "name");
    const cJSON *wanted = wanted_of(seeing->site, name);
    cleanup_json cJSON *patch = wanted ? node_marks_patch(node, cJSON_GetObjectItemCaseSensitive(wanted, "labels"),
                                                          cJSON_GetObjectItemCaseSensitive(wanted, "taints"))
                                       : NULL;
    if (!patch)
        return 0;
    if (seeing->agent->world->node_patch_with(seeing->agent->role, name, patch, err) == 0) {
        log_info("labels and taints of %s are those of the site", name);
        return 0;
    }
    if (err->errnum != EAGAIN && err->errnum != EIO) /* no answer */
        return -1;
    seeing->late++;
    log_info("labels: %s: %s", name, err->message); /* the other Nodes get theirs */
    return 0;
}

static int see_to_all(struct agent *agent, const cJSON *site, struct error *err) {
    struct seeing seeing = {.agent = agent, .site = site};
    if (agent->world->node_each_object(agent->role, see_to, &seeing, err) < 0)
        return -1;
    return seeing.late ? error_set(err, EAGAIN, "%u Nodes have not got theirs yet", seeing.late) : 0;
}

void labels_forever(struct agent *agent) {
    cleanup_json cJSON *site = NULL;
    for (;;) {
        cJSON *next = NULL;
        struct error err = {0};
        char path[96];
        snprintf(path, sizeof(path), "/v1/labels?version=%.0f&wait=%d", json_number(site, "version", 0), WAIT_S);
        if (agent->world->seed_call(&agent->seed, "GET", path, NULL, WAIT_S + 10, NULL, &next, &err) < 0 || !next) {
            sleep(AWAY_S); /* also of a seed that is older */
            continue;
        }
        cJSON_Delete(site);
        site = next;
        if (helper_is_me(agent, "") && see_to_all(agent, site, &err) < 0) {
            log_info("labels: %s", err.message);
            cJSON_Delete(site);
            site = NULL;
            sleep(AGAIN_S);
        }
    }
}
