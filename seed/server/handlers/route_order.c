/* SPDX-License-Identifier: Apache-2.0
 * What the operator orders: POST /v1/admin/maintenance, HTTP around maintenance_next(). */
#include "handlers.h"
#include "maintenance_request.h"
#include "power_evidence.h"
#include "upgrade_checks.h"

#include "server/context/reply.h"
#include "server/decide/fields.h"
#include "site/release.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool is_true(const cJSON *tree, const char *name) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, name));
}

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
        return node->role == NODE_MASTER || maintenance_reboots(kind); /* of RETIRE it never is */
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

/* An upgrade that ended before its end goes on with the others; who never joined boots the target anyway. */
static bool is_upgraded(const struct request *request, const struct maintenance_event *event,
                        const struct site_node *node) {
    return event->kind == MAINTENANCE_UPGRADE &&
           (maintenance_has_moved(&request->server->maintenance.now, node->hostname) ||
            !kept_site_is_member(&request->server->claims, catalog_site(request->server->catalog), node));
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
            if (place_of(request, node) != place || !is_in_order(node, event->kind, wanted) ||
                is_upgraded(request, event, node))
                continue;
            *ret_masters += node->role == NODE_MASTER;
            ret[event->n_machines++] = node->hostname;
        }
}

/* Each name is one machine of the site that the kind is for, and stands there once. */
static int check_machines(const struct catalog *catalog, enum maintenance_kind kind, const cJSON *wanted,
                          struct error *err) {
    const cJSON *name, *other;
    if (wanted && !cJSON_IsArray(wanted))
        return error_set(err, EINVAL, "field `machines` is no list");
    cJSON_ArrayForEach(name, wanted) {
        const char *text = cJSON_GetStringValue(name);
        const struct site_node *node = text ? catalog_find_hostname(catalog, text) : NULL;
        if (!node)
            return error_set(err, EINVAL, "`%.63s`: the site has no such machine", text ? text : "");
        if (!maintenance_is_for_all(kind) && node->role != NODE_MASTER)
            return error_set(err, EINVAL, "`%s`: that kind is for masters alone", text);
        for (other = wanted->child; other != name; other = other->next)
            if (!strcmp(cJSON_GetStringValue(other), text))
                return error_set(err, EINVAL, "`%s` is named twice", text);
    }
    return 0;
}

/* A master without a disk loses its member of etcd when it reboots; with TLS, any machine without one its key; and none
 * holds two releases. */
static const char *diskless_machine(const struct catalog *catalog, const struct maintenance_event *event) {
    const struct site *site = catalog_site(catalog);
    for (size_t i = 0; i < event->n_machines && maintenance_reboots(event->kind); i++) {
        const struct site_node *node = catalog_find_hostname(catalog, event->machines[i]);
        if (node->diskless && (node->role == NODE_MASTER || site->seed_ca || event->kind == MAINTENANCE_UPGRADE))
            return node->hostname;
    }
    return NULL;
}

/* Without one of two masters etcd has no quorum. */
static enum MHD_Result refuse_single(struct request *request, enum maintenance_kind kind, size_t masters) {
    const char *cause =
        masters == 2 ? "of two masters none can be away: while one restarts, etcd has no quorum and the API is away"
        : maintenance_reboots(kind)
            ? "the only master reboots: until it is back the API is away, and its pods are not replaced"
            : "the only master's API server and etcd are away for some seconds while they restart";
    return reply_error(request, MHD_HTTP_CONFLICT, "single", cause,
                       kind == MAINTENANCE_UPGRADE   ? "say so: seedctl upgrade --single"
                       : kind == MAINTENANCE_ROLLOUT ? "say so: seedctl rollout start --single"
                                                     : "say so: seedctl renew --single");
}

static size_t count_member_masters(const struct request *request) {
    const struct site *site = catalog_site(request->server->catalog);
    size_t n = 0;
    for (size_t i = 0; i < site->n_nodes; i++)
        n += site->nodes[i].role == NODE_MASTER && kept_site_is_member(&request->server->claims, site, &site->nodes[i]);
    return n;
}

/* Whether the machines may leave the cluster for good: an even number of masters tolerates no more than one master
 * less. A master of the site that never came does not count. */
static int check_retire(const struct request *request, const struct maintenance_event *event, size_t masters,
                        struct error *err) {
    const struct site *site = catalog_site(request->server->catalog);
    size_t members = count_member_masters(request), left = members > masters ? members - masters : 0;
    if (event->n_machines == 0)
        return error_set(err, EINVAL, "nobody is named"), error_remedy(err, "seedctl retire HOSTNAME...");
    if (event->off && event->n_machines > 1) {
        error_set(err, EINVAL, "`off` is said of one machine at a time");
        return error_remedy(err, "seedctl retire --off with one HOSTNAME");
    }
    for (size_t i = 0; i < event->n_machines; i++) {
        const struct site_node *node = catalog_find_hostname(request->server->catalog, event->machines[i]);
        if (kept_site_is_member(&request->server->claims, site, node))
            continue;
        error_set(err, EINVAL, "`%s` never claimed its name, or never kept its key: it is no member", node->hostname);
        return error_remedy(err, "remove its node from the site document");
    }
    if (!masters || left % 2 == 1)
        return 0;
    error_set(err, EINVAL, left ? "%zu masters would be left: as many may fail as of %zu" : "no master would be left",
              left, left - 1);
    return left ? error_remedy(err, "name one master more, or let another one join first")
                : error_remedy(err, "a cluster that ends is powered off: seedctl rearm is for the next one");
}

/* Whether the cluster can go from its release to that of the site: kubeadm takes no minor version twice, back, or two
 * at once. */
static int check_upgrade(const struct request *request, struct maintenance_event *event, const cJSON *wanted,
                         struct error *err) {
    const struct server *server = request->server;
    const char *from = server_release(server);
    event->target = catalog_site(server->catalog)->release;
    if (cJSON_GetArraySize(wanted) > 0) {
        error_set(err, EINVAL, "`machines`: an upgrade is of all machines");
        return error_remedy(err, "seedctl upgrade, without a HOSTNAME");
    }
    if (!from || !strcmp(from, event->target)) {
        error_set(err, EINVAL, "the cluster lives with `%s`, which is what the site wants", event->target);
        return error_remedy(err, "write another `release` into the site document; seedctl rollout start is for what "
                                 "else the seed serves");
    }
    if (tickets_any_joins(server->tickets)) {
        error_set(err, EBUSY, "a machine joins");
        return error_remedy(err, "wait until it has joined, or power it off: seedctl status shows who");
    }
    if (server->maintenance.now.begun && strcmp(server->maintenance.now.target, event->target) != 0) {
        error_set(err, EINVAL, "an upgrade to `%s` is not at its end", server->maintenance.now.target);
        return error_remedy(err, "write that `release` into the site document, and seedctl upgrade; then the next one");
    }
    if (event->n_machines == 0) { /* who was left was retired meanwhile */
        event->type = MAINTENANCE_WHOLE;
        return 0;
    }
    const struct release *was = releases_find(&server->releases, from, err),
                         *is = releases_find(&server->releases, event->target, err);
    if (!was || !is || release_check_upgrade(was, is, err) < 0)
        return -1;
    struct upgrade_check checks[UPGRADE_CHECKS];
    const struct upgrade_check *failed = upgrade_checks(server, event->now_ms, checks);
    if (!failed)
        return 0;
    error_set(err, EBUSY, "%s: %s", failed->name, failed->value);
    return error_remedy(err, "%s", failed->remedy);
}

/* What was looked at, behind the last brace of a record. */
static void add_checks(const struct request *request, int64_t now_ms, struct buf *json) {
    struct upgrade_check checks[UPGRADE_CHECKS];
    upgrade_checks(request->server, now_ms, checks);
    json->length--;
    buf_adds(json, ",\"checks\":[");
    for (size_t i = 0; i < UPGRADE_CHECKS; i++) {
        buf_addf(json, "%s{\"name\":\"%s\",\"value\":", i ? "," : "", checks[i].name);
        reply_add_string(json, checks[i].value);
        buf_adds(json, "}");
    }
    buf_adds(json, "]}");
}

/* The record that the order would make. */
static enum MHD_Result reply_would_be(struct request *request, const struct maintenance_event *event) {
    cleanup_buf struct buf json = BUF_INIT(MAINTENANCE_JSON_MAX);
    struct maintenance next;
    enum maintenance_answer answer = maintenance_next(&request->server->maintenance.now, event, &next);
    if (answer != MAINTENANCE_GRANTED)
        return reply_error(request, MHD_HTTP_CONFLICT, maintenance_answer_code(answer),
                           maintenance_answer_message(answer), maintenance_answer_remedy(answer));
    maintenance_json(&next, &json);
    if (event->kind == MAINTENANCE_UPGRADE && json.length)
        add_checks(request, event->now_ms, &json);
    return reply_json(request, MHD_HTTP_OK, &json);
}

/* Masters that are down while they are worked on, and leave no API: only with `single`. */
static enum MHD_Result open_order(struct request *request, struct maintenance_event *event, const cJSON *tree) {
    const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(tree, "machines");
    bool single = is_true(tree, "single"), look = is_true(tree, "look");
    const struct site *site = catalog_site(request->server->catalog);
    const char *machines[SITE_NODES_MAX], *diskless;
    struct error err = {0};
    size_t masters;
    if (check_machines(request->server->catalog, event->kind, wanted, &err) < 0)
        return reply_invalid(request, &err);
    list_machines(request, wanted, event, machines, &masters);
    if (request->server->record.now.state != RECORD_INITIALISED)
        return reply_error(request, MHD_HTTP_CONFLICT, "not_initialised", "there is no cluster yet",
                           "wait until the bootstrap record is INITIALISED");
    if (event->kind == MAINTENANCE_RETIRE && check_retire(request, event, masters, &err) < 0)
        return reply_error(request, MHD_HTTP_CONFLICT, "retire", err.message, err.remedy);
    if (event->kind == MAINTENANCE_UPGRADE && check_upgrade(request, event, wanted, &err) < 0)
        return reply_error(request, MHD_HTTP_CONFLICT, "upgrade", err.message, err.remedy);
    if (event->kind != MAINTENANCE_RETIRE && masters && site->n_masters <= 2 && !single)
        return refuse_single(request, event->kind, site->n_masters);
    if ((diskless = diskless_machine(request->server->catalog, event))) {
        error_set(&err, EINVAL, "`%s` has no disk: when it reboots, %s", diskless,
                  catalog_find_hostname(request->server->catalog, diskless)->role == NODE_MASTER
                      ? "its member of etcd is gone"
                  : site->seed_ca ? "its key is gone"
                                  : "the release before is gone");
        return reply_error(request, MHD_HTTP_CONFLICT, "diskless", err.message,
                           "name the other machines; for this one: power it off, seedctl forget, power it on");
    }
    return look ? reply_would_be(request, event) : maintenance_apply(request, event);
}

/* A machine that is retired has its turn without asking for it. */
static bool gives_a_turn(const struct request *request, const struct maintenance_event *event) {
    const struct maintenance *record = &request->server->maintenance.now;
    return event->type == MAINTENANCE_OPEN ? event->kind == MAINTENANCE_RETIRE
                                           : event->type == MAINTENANCE_RESUME && record->kind == MAINTENANCE_RETIRE &&
                                                 record->state != MAINTENANCE_CLOSED && !record->holder[0];
}

/* Whose power says whether it may be retired as one that is off: the operator's `off` is one machine's. */
static const struct site_node *find_off(const struct request *request, const struct maintenance_event *event,
                                        const cJSON *tree) {
    const struct maintenance *record = &request->server->maintenance.now;
    const cJSON *machines = cJSON_GetObjectItemCaseSensitive(tree, "machines");
    const char *hostname = NULL;
    if (event->type == MAINTENANCE_OPEN && event->kind == MAINTENANCE_RETIRE && cJSON_GetArraySize(machines) == 1)
        hostname = cJSON_GetStringValue(machines->child);
    else if (event->type == MAINTENANCE_RESUME && event->off && record->kind == MAINTENANCE_RETIRE && record->holder[0])
        hostname = record->holder;
    return hostname ? catalog_find_hostname(request->server->catalog, hostname) : NULL;
}

static enum MHD_Result refuse_on(struct request *request, const char *hostname) {
    char message[160], remedy[256];
    snprintf(message, sizeof(message), "%s: its BMC says that it is on", hostname);
    snprintf(remedy, sizeof(remedy), "leave out --off; or seedctl power off %s --force, if it hangs", hostname);
    return reply_error(request, MHD_HTTP_CONFLICT, "power_on", message, remedy);
}

enum MHD_Result route_maintenance_operate(struct request *request) {
    static const char *const names[] = {"act",       "kind", "hostname",  "machines", "single",
                                        "lose_data", "off",  "keep_disk", "look",     NULL};
    struct maintenance_event event = maintenance_event_now(request);
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
    if (i == ACTS || (acts[i].type == MAINTENANCE_OPEN &&
                      (!maintenance_kind_parse(kind, &event.kind) || event.kind == MAINTENANCE_RESTORE))) {
        error_set(&err, EINVAL,
                  i == ACTS ? "field `act` is none of open, pause, resume, abort and force"
                            : "field `kind`: no such order is opened by this call");
        return reply_invalid(request, &err);
    }
    event.type = acts[i].type;
    event.hostname = hostname;
    event.lose_data = is_true(tree, "lose_data");
    event.off = is_true(tree, "off");
    event.keep_disk = is_true(tree, "keep_disk");
    if (gives_a_turn(request, &event) && tickets_master_joins(request->server->tickets))
        return reply_error(request, MHD_HTTP_CONFLICT, "busy", "a master joins", "wait until it has joined");
    if (is_true(tree, "look") && event.type != MAINTENANCE_OPEN) {
        error_set(&err, EINVAL, "field `look` is for `open` alone");
        return reply_invalid(request, &err);
    }
    enum power_state power;
    const struct site_node *off = find_off(request, &event, tree);
    if (power_evidence_awaited(request, off, &power))
        return MHD_YES;
    if (event.off && power == POWER_IS_ON)
        return refuse_on(request, off->hostname);
    event.off |= power == POWER_IS_OFF;
    if (!is_true(tree, "look") && server_audit(request->server, &err, "operator-maintenance", hostname, "%s %s%s", act,
                                               kind, power_evidence_text(power)) < 0)
        return reply_store(request, &err);
    if (event.type == MAINTENANCE_OPEN)
        return open_order(request, &event, tree);
    return maintenance_apply(request, &event);
}
