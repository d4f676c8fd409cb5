/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/maintenance, POST /v1/maintenance/{take,step,helped,back,fail,witness} and POST /v1/admin/maintenance: HTTP
 * around maintenance_next(). */
#include "handlers.h"

#include "server/decide/fields.h"
#include "clock.h"
#include "log.h"
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
    const char *fields[5];
} words[] = {
    {"take", MAINTENANCE_TAKE, {"kind", "boot", NULL}},
    {"step", MAINTENANCE_STEP, {"token", "step", NULL}},
    {"helped", MAINTENANCE_HELPED, {"token", "step", NULL}},
    {"witness", MAINTENANCE_WITNESS, {"token", "kind", "boot", "in_hand", NULL}},
    {"back", MAINTENANCE_BACK, {"token", NULL}},
    {"fail", MAINTENANCE_FAIL, {"token", "code", "message", "step", NULL}},
};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

/* Of `take`, and the same of `witness`. */
static int read_take(const cJSON *tree, struct maintenance_event *ret, struct error *err) {
    const char *kind;
    if (fields_string(tree, "kind", 1, 20, &kind, err) < 0 ||
        fields_string(tree, "boot", 0, MAINTENANCE_BOOT_SIZE - 1, &ret->boot, err) < 0)
        return -1;
    if (!maintenance_kind_parse(kind, &ret->kind))
        return error_set(err, EINVAL, "field `kind`: `%s`: no such kind", kind);
    if (strspn(ret->boot, "0123456789abcdef-") != strlen(ret->boot) ||
        (ret->type == MAINTENANCE_TAKE && ret->kind == MAINTENANCE_ROLLOUT && !ret->boot[0]))
        return error_set(err, EINVAL, "field `boot` is no boot id");
    return 0;
}

/* The strings belong to the tree. */
static int read_event(const cJSON *tree, struct maintenance_event *ret, struct error *err) {
    if (ret->type == MAINTENANCE_TAKE)
        return read_take(tree, ret, err);
    if (fields_integer(tree, "token", RECORD_NUMBER_MAX, -1, &ret->token, err) < 0)
        return -1;
    if (ret->type == MAINTENANCE_WITNESS) {
        ret->in_hand = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "in_hand"));
        return read_take(tree, ret, err);
    }
    if (ret->type == MAINTENANCE_BACK)
        return 0;
    if (fields_string(tree, "step", ret->type == MAINTENANCE_FAIL ? 0 : 1, MAINTENANCE_STEP_SIZE - 1, &ret->step, err) <
        0)
        return -1;
    if (strspn(ret->step, "abcdefghijklmnopqrstuvwxyz-") != strlen(ret->step))
        return error_set(err, EINVAL, "field `step` is no word");
    if (ret->type != MAINTENANCE_FAIL)
        return 0;
    if (fields_string(tree, "code", 1, CODE_SIZE - 1, &ret->code, err) < 0 ||
        fields_string(tree, "message", 0, MAINTENANCE_WORD_SIZE - 1, &ret->message, err) < 0)
        return -1;
    return code_valid(ret->code) ? 0 : error_set(err, EINVAL, "field `code` is not SR- and 1 to 24 of A-Z, 0-9 and -");
}

static struct maintenance_event new_event(const struct request *request) {
    const struct site *site = catalog_site(request->server->catalog);
    return (struct maintenance_event){.hostname = request->node ? request->node->hostname : NULL,
                                      .helper = request->node && request->node->role == NODE_MASTER,
                                      .soak_s = site->soak_s,
                                      .drain_s = site->drain_timeout_s,
                                      .now_ms = clock_wall_ms()};
}

/* A worker may be worked on in the operator's order alone, and does nobody's work. */
static bool is_for_masters(const struct maintenance_event *event) {
    bool of_kind = event->type == MAINTENANCE_TAKE || event->type == MAINTENANCE_WITNESS;
    return event->type == MAINTENANCE_HELPED || (of_kind && event->kind != MAINTENANCE_ROLLOUT);
}

enum MHD_Result route_maintenance_post(struct request *request) {
    struct maintenance_event event = new_event(request);
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    size_t i = 0;
    while (i < WORDS && strcmp(request->argument, words[i].name) != 0)
        i++;
    if (i == WORDS)
        return reply_error(request, MHD_HTTP_NOT_FOUND, "not_found", "no such word of a machine",
                           "there are take, step, helped, back, fail and witness");
    event.type = words[i].type;
    if (request_json(request, words[i].fields, &tree, &err) < 0 || read_event(tree, &event, &err) < 0)
        return reply_invalid(request, &err);
    if (!event.helper && is_for_masters(&event))
        return reply_error(request, MHD_HTTP_FORBIDDEN, "masters_only", "only masters may do this",
                           "open an order: seedctl rollout start");
    if (event.type == MAINTENANCE_TAKE && tickets_master_joins(request->server->tickets))
        return reply_error(request, MHD_HTTP_CONFLICT, "busy", "a master joins", "wait until it has joined");
    const int64_t before = request->server->maintenance.now.version;
    enum MHD_Result result = apply(request, &event);
    if (event.type == MAINTENANCE_WITNESS && request->server->maintenance.now.version != before &&
        server_audit(request->server, &err, "witness", event.hostname, "maintenance turn %lld",
                     (long long)event.token) < 0)
        log_warning("%s", err.message);
    return result;
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

/* Who must be in an order: the machines that `wanted` names, or, where it is empty, all that the kind is for. */
static bool is_in_order(const struct site_node *node, enum maintenance_kind kind, const cJSON *wanted) {
    const cJSON *name;
    if (cJSON_GetArraySize(wanted) == 0)
        return node->role == NODE_MASTER || kind == MAINTENANCE_ROLLOUT;
    cJSON_ArrayForEach(name, wanted) {
        if (!strcmp(cJSON_GetStringValue(name), node->hostname))
            return true;
    }
    return false;
}

/* The order in which they come: masters, the one that has the VIP last, so that it moves once; then workers. */
static int place_of(const struct request *request, const struct site_node *node) {
    const struct master_status *status = statuses_of(&request->server->statuses, node->hostname);
    return node->role != NODE_MASTER ? 2 : status && status->vip;
}

/* *ret_masters: how many of them are masters. */
static void list_machines(const struct request *request, const cJSON *wanted, struct maintenance_event *event,
                          const char **ret, size_t *ret_masters) {
    const struct site *site = catalog_site(request->server->catalog);
    event->machines = ret;
    *ret_masters = 0;
    for (int place = 0; place < 3; place++)
        for (size_t i = 0; i < site->n_nodes; i++) {
            const struct site_node *node = &site->nodes[i];
            if (place_of(request, node) != place || !is_in_order(node, event->kind, wanted))
                continue;
            *ret_masters += node->role == NODE_MASTER;
            ret[event->n_machines++] = node->hostname;
        }
}

static const struct site_node *find_node(const struct site *site, const char *hostname) {
    for (size_t i = 0; i < site->n_nodes; i++)
        if (!strcmp(site->nodes[i].hostname, hostname))
            return &site->nodes[i];
    return NULL;
}

/* Each name is one machine of the site that the kind is for, and stands there once. */
static int check_machines(const struct site *site, enum maintenance_kind kind, const cJSON *wanted, struct error *err) {
    const cJSON *name, *other;
    if (wanted && !cJSON_IsArray(wanted))
        return error_set(err, EINVAL, "field `machines` is no list");
    cJSON_ArrayForEach(name, wanted) {
        const char *text = cJSON_GetStringValue(name);
        const struct site_node *node = text ? find_node(site, text) : NULL;
        if (!node)
            return error_set(err, EINVAL, "`%.63s`: the site has no such machine", text ? text : "");
        if (kind != MAINTENANCE_ROLLOUT && node->role != NODE_MASTER)
            return error_set(err, EINVAL, "`%s`: that kind is for masters alone", text);
        for (other = wanted->child; other != name; other = other->next)
            if (!strcmp(cJSON_GetStringValue(other), text))
                return error_set(err, EINVAL, "`%s` is named twice", text);
    }
    return 0;
}

/* A master without a disk loses its member of etcd when it reboots; with TLS, any machine without one its key. */
static const char *diskless_machine(const struct site *site, const struct maintenance_event *event) {
    for (size_t i = 0; i < event->n_machines && event->kind == MAINTENANCE_ROLLOUT; i++) {
        const struct site_node *node = find_node(site, event->machines[i]);
        if (node->diskless && (node->role == NODE_MASTER || site->seed_ca))
            return node->hostname;
    }
    return NULL;
}

/* Without one of two masters etcd has no quorum. */
static enum MHD_Result refuse_single(struct request *request, bool reboots, size_t masters) {
    const char *cause =
        masters == 2 ? "of two masters none can be away: while one restarts, etcd has no quorum and the API is away"
        : reboots    ? "the only master reboots: until it is back the API is away, and its pods are not replaced"
                     : "the only master's API server and etcd are away for some seconds while they restart";
    return reply_error(request, MHD_HTTP_CONFLICT, "single", cause,
                       reboots ? "say so: seedctl rollout start --single" : "say so: seedctl renew --single");
}

/* Masters that are down while they are worked on, and leave no API: only with `single`. */
static enum MHD_Result open_order(struct request *request, struct maintenance_event *event, const cJSON *wanted,
                                  bool single) {
    const struct site *site = catalog_site(request->server->catalog);
    const char *machines[SITE_NODES_MAX], *diskless;
    struct error err = {0};
    size_t masters;
    if (check_machines(site, event->kind, wanted, &err) < 0)
        return reply_invalid(request, &err);
    list_machines(request, wanted, event, machines, &masters);
    if (request->server->record.now.state != RECORD_INITIALISED)
        return reply_error(request, MHD_HTTP_CONFLICT, "not_initialised", "there is no cluster yet",
                           "wait until the bootstrap record is INITIALISED");
    if (masters && site->n_masters <= 2 && !single)
        return refuse_single(request, event->kind == MAINTENANCE_ROLLOUT, site->n_masters);
    if ((diskless = diskless_machine(site, event))) {
        error_set(&err, EINVAL, "`%s` has no disk: when it reboots, %s", diskless,
                  find_node(site, diskless)->role == NODE_MASTER ? "its member of etcd is gone" : "its key is gone");
        return reply_error(request, MHD_HTTP_CONFLICT, "diskless", err.message,
                           "name the other machines; for this one: power it off, seedctl forget, power it on");
    }
    return apply(request, event);
}

enum MHD_Result route_maintenance_operate(struct request *request) {
    static const char *const names[] = {"act", "kind", "hostname", "machines", "single", NULL};
    struct maintenance_event event = new_event(request);
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
        return open_order(request, &event, cJSON_GetObjectItemCaseSensitive(tree, "machines"),
                          cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "single")));
    return apply(request, &event);
}
