/* SPDX-License-Identifier: Apache-2.0
 * POST /v1/admin/power: the operator turns a machine on or off, by its BMC or a magic packet. */
#include "handlers.h"
#include "power_evidence.h"

#include "server/context/reply.h"
#include "server/decide/fields.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int find_act(const char *word, enum power_act *ret_act, struct error *err) {
    for (int i = 0; power_act_names[i]; i++)
        if (!strcmp(word, power_act_names[i])) {
            *ret_act = (enum power_act)i;
            return 0;
        }
    return error_set(err, EINVAL, "field `act` is none of status, on, off, cycle and pxe-once");
}

static struct power_facts facts_of(const struct request *request, const struct site_node *node, bool force) {
    const struct server *server = request->server;
    enum record_state state = server->record.now.state;
    bool lives = state == RECORD_INITIALISED || state == RECORD_QUARANTINE;
    return (struct power_facts){
        .hostname = node->hostname,
        .power = &node->power,
        .force = force,
        .member = lives && !node->retired && kept_site_is_member(&server->claims, catalog_site(server->catalog), node),
        .initialises = state == RECORD_INITIALISING && !strcmp(server->record.now.holder, node->hostname)};
}

/* Who only asks changes nothing, and is not in the audit log. */
static int note(struct request *request, enum power_act act, const struct power_facts *facts, struct error *err) {
    const struct site_power *power = facts->power;
    bool ends = act == POWER_OFF || act == POWER_CYCLE, of_cluster = facts->member || facts->initialises;
    return act == POWER_STATUS ? 0
                               : server_audit(request->server, err, "operator-power", facts->hostname, "%s by %s%s%s%s",
                                              power_act_names[act], power_type_name(power->type),
                                              power->address ? " " : "", power->address ? power->address : "",
                                              ends && of_cluster ? ", forced: it is of the cluster" : "");
}

/* False: *ret_reply is the refusal. */
static bool begin(struct request *request, const struct site_node *node, enum power_act act, bool force,
                  enum MHD_Result *ret_reply) {
    const struct power_facts facts = facts_of(request, node, force);
    struct error err = {0};
    bool may = power_may(act, &facts, &err) == 0;
    if (may && note(request, act, &facts, &err) < 0)
        return *ret_reply = reply_store(request, &err), false;
    if (may && power_begin(request, node, act, &err) == 0)
        return true;
    *ret_reply = reply_error(request, MHD_HTTP_CONFLICT, "power", err.message, err.remedy);
    return false;
}

static enum MHD_Result reply_said(struct request *request, const char *hostname, enum power_act act,
                                  enum power_state power) {
    cleanup_buf struct buf json = BUF_INIT(512);
    buf_addf(&json, "{\"hostname\":\"%s\",\"act\":\"%s\",\"power\":\"%s\"}", hostname, power_act_names[act],
             power_state_name(power));
    return reply_json(request, MHD_HTTP_OK, &json);
}

enum MHD_Result route_power(struct request *request) {
    static const char *const names[] = {"hostname", "act", "force", NULL};
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    const char *hostname, *word;
    enum power_act act = POWER_STATUS;
    if (request_json(request, names, &tree, &err) < 0 || fields_string(tree, "hostname", 1, 63, &hostname, &err) < 0 ||
        fields_string(tree, "act", 1, 20, &word, &err) < 0 || find_act(word, &act, &err) < 0)
        return reply_invalid(request, &err);
    const struct site_node *node = catalog_find_named(request->server->catalog, hostname);
    if (!node)
        return reply_error(request, MHD_HTTP_NOT_FOUND, "unknown_node", "the site has no such node",
                           "GET /v1/nodes has the names");
    bool force = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "force"));
    enum MHD_Result refusal;
    if (!request->power_id && !begin(request, node, act, force, &refusal))
        return refusal;
    const struct power_result *result = power_await(request);
    if (!result)
        return MHD_YES;
    return result->result == 0
               ? reply_said(request, node->hostname, act, result->state)
               : reply_error(request, MHD_HTTP_BAD_GATEWAY, "bmc", result->err.message, result->err.remedy);
}
