/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/maintenance, POST /v1/maintenance/{take,step,back,fail} and POST /v1/admin/maintenance: HTTP around
 * maintenance_next(). */
#include "handlers.h"

#include "server/decide/fields.h"
#include "clock.h"
#include "server/context/reply.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum MHD_Result reply_maintenance(struct request *request) {
    cleanup_buf struct buf json = BUF_INIT(65536);
    maintenance_json(&request->server->maintenance.now, &json);
    return reply_json(request, MHD_HTTP_OK, &json);
}

static enum MHD_Result apply(struct request *request, const struct maintenance_event *event) {
    enum maintenance_answer answer;
    struct error err = {0};
    if (server_maintain(request->server, event, &answer, &err) < 0)
        return reply_store(request, &err);
    if (answer == MAINTENANCE_GRANTED)
        return reply_maintenance(request);
    return reply_error(request, MHD_HTTP_CONFLICT, maintenance_answer_code(answer), maintenance_answer_message(answer),
                       maintenance_answer_remedy(answer));
}

enum MHD_Result route_maintenance_get(struct request *request) {
    struct error err = {0};
    int64_t version, wait_ms;
    enum maintenance_answer answer;
    if (request_wait_ms(request, &wait_ms, &err) < 0 ||
        request_query_int(request, "version", RECORD_NUMBER_MAX, 0, &version, &err) < 0)
        return reply_invalid(request, &err);
    if (server_maintain(request->server, NULL, &answer, &err) < 0)
        return reply_store(request, &err);
    if (version == request->server->maintenance.now.version && request_suspend(request, TOPIC_MAINTENANCE, wait_ms))
        return MHD_YES;
    return reply_maintenance(request);
}

/* --- a machine speaks --- */

static const struct {
    const char *name;
    enum maintenance_event_type type;
    const char *fields[4];
} words[] = {
    {"take", MAINTENANCE_TAKE, {"kind", NULL}},
    {"step", MAINTENANCE_STEP, {"token", "step", NULL}},
    {"back", MAINTENANCE_BACK, {"token", NULL}},
    {"fail", MAINTENANCE_FAIL, {"token", "code", "message", NULL}},
};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

/* The strings belong to the tree. */
static int read_event(const cJSON *tree, struct maintenance_event *ret, struct error *err) {
    const char *kind;
    if (ret->type == MAINTENANCE_TAKE) {
        if (fields_string(tree, "kind", 1, 20, &kind, err) < 0)
            return -1;
        return maintenance_kind_parse(kind, &ret->kind)
                   ? 0
                   : error_set(err, EINVAL, "field `kind`: `%s`: no such kind", kind);
    }
    if (fields_integer(tree, "token", RECORD_NUMBER_MAX, -1, &ret->token, err) < 0)
        return -1;
    if (ret->type == MAINTENANCE_STEP) {
        static const char letters[] = "abcdefghijklmnopqrstuvwxyz-";
        if (fields_string(tree, "step", 1, MAINTENANCE_STEP_SIZE - 1, &ret->step, err) < 0)
            return -1;
        return strspn(ret->step, letters) == strlen(ret->step) ? 0 : error_set(err, EINVAL, "field `step` is no word");
    }
    if (ret->type != MAINTENANCE_FAIL)
        return 0;
    if (fields_string(tree, "code", 1, CODE_SIZE - 1, &ret->code, err) < 0 ||
        fields_string(tree, "message", 0, MAINTENANCE_WORD_SIZE - 1, &ret->message, err) < 0)
        return -1;
    return code_valid(ret->code) ? 0 : error_set(err, EINVAL, "field `code` is not SR- and 1 to 24 of A-Z, 0-9 and -");
}

enum MHD_Result route_maintenance_post(struct request *request) {
    struct maintenance_event event = {.hostname = request->node->hostname, .now_ms = clock_wall_ms()};
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    size_t i = 0;
    while (i < WORDS && strcmp(request->argument, words[i].name) != 0)
        i++;
    if (i == WORDS)
        return reply_error(request, MHD_HTTP_NOT_FOUND, "not_found", "no such word of a machine",
                           "there are take, step, back and fail");
    event.type = words[i].type;
    if (request_json(request, words[i].fields, &tree, &err) < 0 || read_event(tree, &event, &err) < 0)
        return reply_invalid(request, &err);
    if (event.type == MAINTENANCE_TAKE && tickets_master_joins(request->server->tickets))
        return reply_error(request, MHD_HTTP_CONFLICT, "busy", "a master joins", "wait until it has joined");
    return apply(request, &event);
}

/* --- the operator --- */

static const struct {
    const char *name;
    enum maintenance_event_type type;
} acts[] = {{"open", MAINTENANCE_OPEN},
            {"pause", MAINTENANCE_PAUSE},
            {"resume", MAINTENANCE_RESUME},
            {"abort", MAINTENANCE_ABORT},
            {"force", MAINTENANCE_FORCE}};
enum { ACTS = sizeof(acts) / sizeof(acts[0]) };

/* An order for all masters of the site. One alone is down while it is worked on: only with `single`. */
static enum MHD_Result open_order(struct request *request, struct maintenance_event *event, bool single) {
    const struct site *site = catalog_site(request->server->catalog);
    const char *machines[MAINTENANCE_MACHINES_MAX];
    event->machines = machines;
    for (size_t i = 0; i < site->n_nodes && event->n_machines < MAINTENANCE_MACHINES_MAX; i++)
        if (site->nodes[i].role == NODE_MASTER)
            machines[event->n_machines++] = site->nodes[i].hostname;
    if (request->server->record.now.state != RECORD_INITIALISED)
        return reply_error(request, MHD_HTTP_CONFLICT, "not_initialised", "there is no cluster yet",
                           "wait until the bootstrap record is INITIALISED");
    if (event->n_machines == 1 && !single)
        return reply_error(request, MHD_HTTP_CONFLICT, "single",
                           "the only master's API server and etcd are away for some seconds while they restart",
                           "say so: seedctl renew --single");
    return apply(request, event);
}

enum MHD_Result route_maintenance_operate(struct request *request) {
    static const char *const names[] = {"act", "kind", "hostname", "single", NULL};
    struct maintenance_event event = {.now_ms = clock_wall_ms()};
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    const char *act, *kind, *hostname;
    size_t i = 0;
    if (request_json(request, names, &tree, &err) < 0 || fields_string(tree, "act", 1, 20, &act, &err) < 0 ||
        fields_string(tree, "kind", 0, 20, &kind, &err) < 0 ||
        fields_string(tree, "hostname", 0, MAINTENANCE_NAME_SIZE - 1, &hostname, &err) < 0)
        return reply_invalid(request, &err);
    while (i < ACTS && strcmp(act, acts[i].name) != 0)
        i++;
    if (i == ACTS || (acts[i].type == MAINTENANCE_OPEN && !maintenance_kind_parse(kind, &event.kind))) {
        error_set(&err, EINVAL,
                  i == ACTS ? "field `act` is none of open, pause, resume, abort and force"
                            : "field `kind`: there is no such kind of maintenance");
        return reply_invalid(request, &err);
    }
    event.type = acts[i].type;
    event.hostname = hostname;
    if (server_audit(request->server, &err, "operator-maintenance", hostname, "%s %s", act, kind) < 0)
        return reply_store(request, &err);
    if (event.type == MAINTENANCE_OPEN)
        return open_order(request, &event, cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "single")));
    return apply(request, &event);
}
