/* SPDX-License-Identifier: Apache-2.0
 * POST /v1/standing: what a master says of VIP and etcd; GET /v1/rack shows it. */
#include "routes.h"

#include "body.h"
#include "clock.h"
#include "reply.h"

enum MHD_Result route_standing(struct request *request) {
    static const char *const names[] = {"vip", "members", NULL};
    cleanup_json cJSON *tree = NULL;
    struct standing standing;
    struct error err = {0};
    if (request_json(request, names, &tree, &err) < 0 ||
        body_read_standing(tree, request->node->hostname, clock_wall_ms(), &standing, &err) < 0)
        return reply_invalid(request, &err);
    if (standings_note(&request->server->standings, &standing))
        requests_wake(request->server, TOPIC_STANDING);
    return reply_empty(request, MHD_HTTP_OK, NULL);
}
