/* SPDX-License-Identifier: Apache-2.0
 * Join tickets over HTTP: the joiner asks and waits; a Ready master takes the request, mints and delivers. Secrets are
 * only in memory and are overwritten as soon as they are passed on. */
#include "handlers.h"

#include "server/decide/body.h"
#include "clock.h"
#include "kubernetes.h"
#include "server/decide/fields.h"
#include "log.h"
#include "server/context/reply.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *kind_name(enum node_role role) {
    return role == NODE_MASTER ? "master" : "worker";
}

static enum MHD_Result reply_ticket_error(struct request *request, enum ticket_answer answer) {
    switch (answer) {
    case TICKET_GONE:
        return reply_error(request, MHD_HTTP_GONE, "gone", "the ticket was delivered, superseded or is too old",
                           "ask for a new one");
    case TICKET_NOT_YOURS:
        return reply_error(request, MHD_HTTP_CONFLICT, "not_assigned",
                           "the request is not leased to this master (any more)",
                           "drop what was minted and take the next request");
    case TICKET_BAD:
        return reply_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
                           "token or certificate_key is malformed, missing, or not for this kind of ticket",
                           "a master gets token and certificate_key, a worker the token alone");
    case TICKET_FULL:
        return reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "queue_full", "too many open tickets",
                           "ask again later");
    default:
        return reply_error(request, MHD_HTTP_NOT_FOUND, "unknown_ticket", "no such ticket of this machine",
                           "ask for a new one (tickets do not outlive a restart of the seed)");
    }
}

static bool is_initialised(const struct request *request) {
    return request->server->record.now.state == RECORD_INITIALISED;
}

enum MHD_Result route_ticket_ask(struct request *request) {
    static const char *const names[] = {"rejoin", NULL};
    struct server *server = request->server;
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    char id[TICKET_ID_SIZE];
    const struct ticket *ticket;
    if (request_json(request, names, &tree, &err) < 0)
        return reply_invalid(request, &err);
    const cJSON *rejoin = cJSON_GetObjectItemCaseSensitive(tree, "rejoin");
    if ((rejoin && !cJSON_IsBool(rejoin)) || (cJSON_IsTrue(rejoin) && request->node->role == NODE_MASTER)) {
        error_set(&err, EINVAL, "field `rejoin` is neither true nor false, or true of a master");
        return reply_invalid(request, &err);
    }
    if (!is_initialised(request))
        return reply_error(request, MHD_HTTP_CONFLICT, "not_initialised", "there is no cluster to join yet",
                           "wait until the bootstrap record is INITIALISED");
    if (server->maintenance.now.kind == MAINTENANCE_RETIRE &&
        !strcmp(server->maintenance.now.holder, request->node->hostname))
        return reply_error(request, MHD_HTTP_CONFLICT, "retires", "this machine is being retired",
                           "wait for the end of the order: seedctl rollout status");
    if (!strcmp(server_restores(server), request->node->hostname))
        return reply_error(request, MHD_HTTP_CONFLICT, "restores", "this machine restores the cluster",
                           "wait for the order: seedctl rollout status");
    if (claims_random(id, &err) < 0)
        return reply_store(request, &err);
    enum ticket_answer answer = tickets_ask(server->tickets, id, request->node->hostname, request->node->role,
                                            cJSON_IsTrue(rejoin), clock_boottime_ms(), &ticket);
    if (answer != TICKET_OK)
        return reply_ticket_error(request, answer);
    log_info("ticket for %s (%s) asked", ticket->hostname, kind_name(ticket->kind));
    requests_wake(server, TOPIC_TICKETS);
    cleanup_buf struct buf json = BUF_INIT(256);
    buf_addf(&json, "{\"id\":\"%s\",\"kind\":\"%s\"}", ticket->id, kind_name(ticket->kind));
    return reply_json(request, MHD_HTTP_CREATED, &json);
}

enum MHD_Result route_ticket_pending(struct request *request) {
    struct server *server = request->server;
    struct error err = {0};
    int64_t wait_ms;
    if (request_wait_ms(request, &wait_ms, &err) < 0)
        return reply_invalid(request, &err);
    if (!request_alive(request)) /* a ticket leased to a dead connection would be lost for a minute */
        return MHD_NO;
    const char *release = server_release(server) ? server_release(server) : catalog_site(server->catalog)->release;
    server->tickets->beside = kubernetes_has(release, K8S_ETCD_LEARNERS) ? 1 : 0;
    server->tickets->masters_wait = server->maintenance.now.holder[0];
    server->tickets->all_wait = server->maintenance.now.target[0];
    const struct ticket *ticket =
        is_initialised(request) ? tickets_take(server->tickets, request->node->hostname, clock_boottime_ms()) : NULL;
    if (!ticket)
        return request_suspend(request, TOPIC_TICKETS, wait_ms) ? MHD_YES
                                                                : reply_empty(request, MHD_HTTP_NO_CONTENT, NULL);
    log_info("ticket for %s (%s) is minted by %s", ticket->hostname, kind_name(ticket->kind), ticket->minter);
    cleanup_buf struct buf json = BUF_INIT(512);
    buf_addf(&json, "{\"id\":\"%s\",\"hostname\":\"%s\",\"kind\":\"%s\",\"rejoin\":%s,\"ca_hash\":\"%s\"}", ticket->id,
             ticket->hostname, kind_name(ticket->kind), ticket->rejoins ? "true" : "false", server->record.now.ca_hash);
    return reply_json(request, MHD_HTTP_OK, &json);
}

static enum MHD_Result ticket_hand_over(struct request *request, const struct ticket *ticket) {
    struct server *server = request->server;
    struct error err = {0};
    if (server_audit(server, &err, "ticket-delivered", ticket->hostname, "%s ticket %.8s minted by %s",
                     kind_name(ticket->kind), ticket->id, ticket->minter) < 0)
        return reply_store(request, &err);
    char text[1024]; /* one copy of known size, so that no reallocation leaves secrets behind */
    int n = snprintf(text, sizeof(text), "{\"token\":\"%s\",\"ca_hash\":\"%s\",\"control_plane_endpoint\":\"%s\"",
                     ticket->token, server->record.now.ca_hash, catalog_site(server->catalog)->control_plane_endpoint);
    if (ticket->kind == NODE_MASTER && n > 0 && (size_t)n < sizeof(text))
        n += snprintf(text + n, sizeof(text) - (size_t)n, ",\"certificate_key\":\"%s\"", ticket->certificate_key);
    if (n > 0 && (size_t)n + 1 < sizeof(text))
        memcpy(text + n, "}", 2);
    cleanup_buf struct buf json = BUF_INIT(sizeof(text));
    buf_adds(&json, text);
    explicit_bzero(text, sizeof(text));
    log_info("ticket for %s delivered", ticket->hostname);
    tickets_deliver(server->tickets, ticket->id, clock_boottime_ms());
    return reply_json(request, MHD_HTTP_OK, &json);
}

enum MHD_Result route_ticket_get(struct request *request) {
    struct server *server = request->server;
    struct error err = {0};
    int64_t wait_ms;
    const struct ticket *ticket;
    if (request_wait_ms(request, &wait_ms, &err) < 0)
        return reply_invalid(request, &err);
    enum ticket_answer answer = tickets_look(server->tickets, request->argument, request->node->hostname, &ticket);
    if (answer != TICKET_OK)
        return reply_ticket_error(request, answer);
    if (ticket->state == TICKET_MINTED && !strcmp(request->method, "GET"))
        return request_alive(request) ? ticket_hand_over(request, ticket) : MHD_NO;
    if (request_suspend(request, TOPIC_TICKETS, wait_ms))
        return MHD_YES;
    cleanup_buf struct buf json = BUF_INIT(4096);
    buf_addf(&json, "{\"state\":\"%s\",\"reason\":", ticket->state == TICKET_WAITING ? "waiting" : "assigned");
    reply_add_string(&json, ticket->reason);
    buf_adds(&json, "}");
    return reply_json(request, MHD_HTTP_ACCEPTED, &json);
}

enum MHD_Result route_ticket_state(struct request *request) {
    enum ticket_state state = tickets_state(request->server->tickets, request->argument);
    if (state == TICKET_FREE)
        return reply_ticket_error(request, TICKET_UNKNOWN);
    cleanup_buf struct buf json = BUF_INIT(64);
    buf_addf(&json, "{\"state\":\"%s\"}", ticket_state_name(state));
    return reply_json(request, MHD_HTTP_OK, &json);
}

/* Overwrites every string of the tree. */
static void ticket_bzero(cJSON *tree) {
    cJSON *item;
    cJSON_ArrayForEach(item, tree) {
        if (cJSON_IsString(item) && item->valuestring)
            explicit_bzero(item->valuestring, strlen(item->valuestring));
    }
}

static enum MHD_Result tickets_put(struct request *request, const cJSON *tree) {
    struct server *server = request->server;
    const char *minter = request->node->hostname;
    struct body_minted minted;
    struct error err = {0};
    if (body_read_minted(tree, &minted, &err) < 0)
        return reply_invalid(request, &err);
    int64_t now = clock_boottime_ms();
    enum ticket_answer answer =
        minted.problem
            ? tickets_fail(server->tickets, request->argument, minter, minted.problem, now)
            : tickets_mint(server->tickets, request->argument, minter, minted.token, minted.certificate_key, now);
    if (answer != TICKET_OK)
        return reply_ticket_error(request, answer);
    if (!minted.problem && server_audit(server, &err, "ticket-minted", minter, "ticket %.8s", request->argument) < 0)
        return reply_store(request, &err);
    if (minted.problem)
        log_warning("%s could not mint a ticket: %s", minter, minted.problem);
    requests_wake(server, TOPIC_TICKETS);
    cleanup_buf struct buf json = BUF_INIT(64);
    buf_adds(&json, "{}");
    return reply_json(request, MHD_HTTP_OK, &json);
}

enum MHD_Result route_ticket_put(struct request *request) {
    static const char *const names[] = {"token", "certificate_key", "error", NULL};
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    if (request_json(request, names, &tree, &err) < 0)
        return reply_invalid(request, &err);
    enum MHD_Result r = tickets_put(request, tree);
    ticket_bzero(tree);
    return r;
}

enum MHD_Result route_ticket_done(struct request *request) {
    static const char *const names[] = {"ok", "reason", NULL};
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    const char *reason;
    if (request_json(request, names, &tree, &err) < 0 || fields_string(tree, "reason", 0, 4096, &reason, &err) < 0)
        return reply_invalid(request, &err);
    const cJSON *ok = cJSON_GetObjectItemCaseSensitive(tree, "ok");
    if (!cJSON_IsBool(ok))
        return reply_error(request, MHD_HTTP_BAD_REQUEST, "invalid", "field `ok` is not true or false",
                           "say whether the join went well");
    enum ticket_answer answer = tickets_done(request->server->tickets, request->argument, request->node->hostname);
    if (answer != TICKET_OK)
        return reply_ticket_error(request, answer);
    log_info("%s %s%s", request->node->hostname,
             cJSON_IsTrue(ok) ? "joined" : "could not join: ", cJSON_IsTrue(ok) ? "" : reason);
    requests_wake(request->server, TOPIC_TICKETS);
    cleanup_buf struct buf json = BUF_INIT(64);
    buf_adds(&json, "{}");
    return reply_json(request, MHD_HTTP_OK, &json);
}
