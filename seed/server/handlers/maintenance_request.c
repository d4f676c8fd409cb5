/* SPDX-License-Identifier: Apache-2.0
 * See maintenance_request.h. */
#include "maintenance_request.h"

#include "clock.h"
#include "server/context/reply.h"

enum MHD_Result maintenance_reply(struct request *request) {
    cleanup_buf struct buf json = BUF_INIT(MAINTENANCE_JSON_MAX);
    maintenance_json(&request->server->maintenance.now, &json);
    return reply_json(request, MHD_HTTP_OK, &json);
}

enum MHD_Result maintenance_apply(struct request *request, const struct maintenance_event *event) {
    enum maintenance_answer answer;
    struct error err = {0};
    if (server_maintain(request->server, event, &answer, &err) < 0)
        return reply_store(request, &err);
    if (answer == MAINTENANCE_GRANTED)
        return maintenance_reply(request);
    return reply_error(request, MHD_HTTP_CONFLICT, maintenance_answer_code(answer), maintenance_answer_message(answer),
                       maintenance_answer_remedy(answer));
}

struct maintenance_event maintenance_event_now(const struct request *request) {
    const struct site *site = catalog_site(request->server->catalog);
    return (struct maintenance_event){.hostname = request->node ? request->node->hostname : NULL,
                                      .helper = request->node && request->node->role == NODE_MASTER,
                                      .soak_s = site->soak_s,
                                      .drain_s = site->drain_timeout_s,
                                      .now_ms = clock_wall_ms()};
}
