/* SPDX-License-Identifier: Apache-2.0
 * What machines say: GET /v1/maintenance and POST /v1/maintenance/{take,step,helped,held,back,fail,witness}, HTTP
 * around maintenance_next(). */
#include "handlers.h"
#include "maintenance_request.h"

#include "server/decide/fields.h"
#include "clock.h"
#include "check.h"
#include "log.h"
#include "server/context/reply.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

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
    return maintenance_reply(request);
}

/* --- a machine speaks --- */

static const struct {
    const char *name;
    enum maintenance_event_type type;
    const char *fields[6];
} words[] = {
    {"take", MAINTENANCE_TAKE, {"kind", "boot", NULL}},
    {"step", MAINTENANCE_STEP, {"token", "step", NULL}},
    {"helped", MAINTENANCE_HELPED, {"token", "step", NULL}},
    {"held", MAINTENANCE_HELD, {"target", NULL}},
    {"witness", MAINTENANCE_WITNESS, {"token", "kind", "boot", "in_hand", "target", NULL}},
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
        (ret->type == MAINTENANCE_TAKE && maintenance_reboots(ret->kind) && !ret->boot[0]))
        return error_set(err, EINVAL, "field `boot` is no boot id");
    return 0;
}

/* The strings belong to the tree. */
static int read_event(const cJSON *tree, struct maintenance_event *ret, struct error *err) {
    if (ret->type == MAINTENANCE_TAKE)
        return read_take(tree, ret, err);
    if (ret->type == MAINTENANCE_HELD)
        return fields_string(tree, "target", 1, MAINTENANCE_RELEASE_SIZE - 1, &ret->target, err);
    if (fields_integer(tree, "token", RECORD_NUMBER_MAX, -1, &ret->token, err) < 0)
        return -1;
    if (ret->type == MAINTENANCE_WITNESS) {
        ret->in_hand = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "in_hand"));
        if (fields_string(tree, "target", 0, MAINTENANCE_RELEASE_SIZE - 1, &ret->target, err) < 0)
            return -1;
        if (ret->target[0] && check_release(ret->target))
            return error_set(err, EINVAL, "field `target` is no release");
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

/* A worker may be worked on in the operator's order alone, and does nobody's work: of one that is retired, its own
 * steps. */
static bool is_for_masters(const struct maintenance *record, const struct maintenance_event *event) {
    bool of_kind = event->type == MAINTENANCE_TAKE || event->type == MAINTENANCE_WITNESS;
    if (event->type == MAINTENANCE_HELPED)
        return record->kind != MAINTENANCE_RETIRE;
    return of_kind && !maintenance_is_for_all(event->kind);
}

/* Whether a HELPED ends the last step of a machine that is retired: then it is denied before the record lets it go, so
 * that a seed which dies in between hears the word again. */
static bool lets_go(const struct request *request, const struct maintenance_event *event) {
    const struct maintenance *record = &request->server->maintenance.now;
    struct maintenance ignored;
    return event->type == MAINTENANCE_HELPED && record->kind == MAINTENANCE_RETIRE &&
           !strcmp(event->step, MAINTENANCE_RETIRE_LAST) && !strcmp(record->step, MAINTENANCE_RETIRE_LAST) &&
           maintenance_next(record, event, &ignored) == MAINTENANCE_GRANTED;
}

enum MHD_Result route_maintenance_post(struct request *request) {
    struct maintenance_event event = maintenance_event_now(request);
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    size_t i = 0;
    while (i < WORDS && strcmp(request->argument, words[i].name) != 0)
        i++;
    if (i == WORDS)
        return reply_error(request, MHD_HTTP_NOT_FOUND, "not_found", "no such word of a machine",
                           "there are take, step, helped, held, back, fail and witness");
    event.type = words[i].type;
    if (request_json(request, words[i].fields, &tree, &err) < 0 || read_event(tree, &event, &err) < 0)
        return reply_invalid(request, &err);
    if (!event.helper && is_for_masters(&request->server->maintenance.now, &event))
        return reply_error(request, MHD_HTTP_FORBIDDEN, "masters_only", "only masters may do this",
                           "open an order: seedctl rollout start");
    if (event.type == MAINTENANCE_TAKE && tickets_master_joins(request->server->tickets))
        return reply_error(request, MHD_HTTP_CONFLICT, "busy", "a master joins", "wait until it has joined");
    if (lets_go(request, &event)) {
        char speaker[MAINTENANCE_NAME_SIZE];
        const struct site_node *node =
            catalog_find_hostname(request->server->catalog, request->server->maintenance.now.holder);
        snprintf(speaker, sizeof(speaker), "%s", event.hostname); /* the site is read again */
        event.hostname = speaker;
        if (node && server_retire(request->server, node, &err) < 0)
            return reply_store(request, &err);
        return maintenance_apply(request, &event);
    }
    const int64_t before = request->server->maintenance.now.version;
    enum MHD_Result result = maintenance_apply(request, &event);
    if (event.type == MAINTENANCE_WITNESS && request->server->maintenance.now.version != before &&
        server_audit(request->server, &err, "witness", event.hostname, "maintenance turn %lld",
                     (long long)event.token) < 0)
        log_warning("%s", err.message);
    return result;
}
