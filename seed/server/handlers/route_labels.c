/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/labels: what the site says of the labels and taints of each machine, for the master that sees to them. */
#include "handlers.h"

#include "server/context/reply.h"

enum { LABELS_REPLY_MAX = 4 << 20 };

static void add_node(cJSON *list, const struct site_node *node) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "hostname", node->hostname);
    cJSON_AddItemToObject(object, "labels", node->labels ? cJSON_Duplicate(node->labels, true) : cJSON_CreateObject());
    cJSON_AddItemToObject(object, "taints", node->taints ? cJSON_Duplicate(node->taints, true) : cJSON_CreateNull());
    cJSON_AddItemToArray(list, object);
}

enum MHD_Result route_labels(struct request *request) {
    const struct server *server = request->server;
    const struct site *site = catalog_site(server->catalog);
    struct error err = {0};
    int64_t version, wait_ms;
    if (request_wait_ms(request, &wait_ms, &err) < 0 ||
        request_query_int(request, "version", RECORD_NUMBER_MAX, 0, &version, &err) < 0)
        return reply_invalid(request, &err);
    if (version == server->site_version && request_suspend(request, TOPIC_ROLE, wait_ms))
        return MHD_YES;
    cleanup_json cJSON *tree = cJSON_CreateObject();
    cJSON_AddNumberToObject(tree, "version", (double)server->site_version);
    cJSON *list = cJSON_AddArrayToObject(tree, "nodes");
    for (size_t i = 0; i < site->n_nodes; i++)
        add_node(list, &site->nodes[i]);
    cleanup_free char *text = cJSON_PrintUnformatted(tree);
    cleanup_buf struct buf json = BUF_INIT(LABELS_REPLY_MAX);
    buf_adds(&json, text ? text : "");
    return reply_json(request, MHD_HTTP_OK, &json);
}
