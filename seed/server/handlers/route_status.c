/* SPDX-License-Identifier: Apache-2.0
 * POST /v1/standing: a master's status; GET /v1/rack shows it. */
#include "handlers.h"

#include "server/decide/body.h"
#include "clock.h"
#include "server/context/reply.h"

enum MHD_Result route_status(struct request *request) {
    static const char *const names[] = {"vip",  "stale",        "members",  "certificates",
                                        "etcd", "surroundings", "clock_ms", NULL};
    cleanup_json cJSON *tree = NULL;
    struct master_status status;
    struct error err = {0};
    if (request_json(request, names, &tree, &err) < 0 ||
        body_read_status(tree, request->node->hostname, clock_wall_ms(), &status, &err) < 0)
        return reply_invalid(request, &err);
    if (statuses_note(&request->server->statuses, &status))
        requests_wake(request->server, TOPIC_STATUS);
    return reply_empty(request, MHD_HTTP_OK, NULL);
}
