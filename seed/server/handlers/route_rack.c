/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/rack: what concerns the whole rack and not one machine: the bootstrap record, the queue of joins, the
 * masters' status. The operator also gets the claims that need a decision. */
#include "handlers.h"
#include "server/context/access.h"

#include "clock.h"
#include "server/context/reply.h"
#include "server/decide/body.h"
#include <arpa/inet.h>

enum { RACK_REPLY_MAX = 1 << 20 };

/* Who waits for whom. No ids and no secrets: every reader gets this. */
static void add_ticket(struct buf *json, const struct ticket *ticket) {
    buf_adds(json, "{\"hostname\":");
    reply_add_string(json, ticket->hostname);
    buf_addf(json, ",\"kind\":\"%s\",\"state\":\"%s\",\"order\":%llu,\"minter\":", node_role_names[ticket->kind],
             ticket_state_name(ticket->state), (unsigned long long)ticket->order);
    if (ticket->minter[0])
        reply_add_string(json, ticket->minter);
    else
        buf_adds(json, "null");
    buf_adds(json, ",\"reason\":");
    reply_add_string(json, ticket->reason);
    buf_adds(json, "}");
}

static bool is_queued(const struct ticket *ticket) {
    return ticket->state == TICKET_WAITING || ticket->state == TICKET_ASSIGNED || ticket->state == TICKET_MINTED ||
           ticket->state == TICKET_DELIVERED;
}

static void add_tickets(struct buf *json, const struct tickets *tickets) {
    const char *comma = "";
    buf_adds(json, ",\"tickets\":[");
    for (size_t i = 0; i < TICKETS_MAX; i++) {
        if (!is_queued(&tickets->list[i]))
            continue;
        buf_adds(json, comma);
        add_ticket(json, &tickets->list[i]);
        comma = ",";
    }
    buf_adds(json, "]");
}

static const char *undecided(const struct request *request, const struct store_claim *claim) {
    if (claim->denied)
        return "denied";
    if (claim->disputed || claim->contested)
        return "disputed";
    return access_approved(request, claim) ? NULL : "waiting";
}

/* Claims that wait for approval, are disputed or denied. */
static void add_claims(struct request *request, struct buf *json) {
    const struct site *site = catalog_site(request->server->catalog);
    const char *comma = "";
    buf_adds(json, ",\"claims\":[");
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct store_claim *claim = claims_find_mac(&request->server->claims, site->nodes[i].mac);
        const char *state = claim ? undecided(request, claim) : NULL;
        if (!state)
            continue;
        buf_addf(json, "%s{\"hostname\":", comma);
        reply_add_string(json, site->nodes[i].hostname);
        buf_addf(json, ",\"state\":\"%s\"}", state);
        comma = ",";
    }
    buf_adds(json, "]");
}

/* Only of machines that are masters of the present site. */
static void add_statuses(const struct request *request, int64_t now, struct buf *json) {
    const struct site *site = catalog_site(request->server->catalog);
    const char *comma = "";
    buf_adds(json, ",\"standings\":[");
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct master_status *status = statuses_of(&request->server->statuses, site->nodes[i].hostname);
        if (!status || site->nodes[i].role != NODE_MASTER)
            continue;
        buf_addf(json, "%s{\"hostname\":\"%s\",\"age_ms\":%lld,\"vip\":%s,\"stale\":\"%s\",\"members\":", comma,
                 status->hostname, (long long)(now - status->at_ms), status->vip ? "true" : "false",
                 stale_names[status->stale]);
        comma = ",";
        buf_adds(json, status->has_members ? "[" : "null");
        for (size_t j = 0; j < status->n_members; j++)
            buf_addf(json, "%s\"%s\"", j ? "," : "", status->members[j]); /* names: nothing to escape */
        buf_adds(json, status->has_members ? "],\"certificates\":{" : ",\"certificates\":{");
        for (size_t j = 0; j < status->n_certificates; j++)
            buf_addf(json, "%s\"%s\":%lld", j ? "," : "", status->certificates[j].name,
                     (long long)status->certificates[j].ends);
        buf_addf(json, "},\"etcd\":{\"size_mib\":%u,\"used_mib\":%u,\"quota_mib\":%u,\"full\":%s},\"ahead_ms\":",
                 status->etcd.size_mib, status->etcd.used_mib, status->etcd.quota_mib,
                 status->etcd.full ? "true" : "false");
        if (status->has_clock)
            buf_addf(json, "%lld}", (long long)status->ahead_ms);
        else
            buf_adds(json, "null}");
    }
    buf_adds(json, "]");
}

enum MHD_Result route_rack(struct request *request) {
    struct server *server = request->server;
    const struct site *site = catalog_site(server->catalog);
    cleanup_buf struct buf json = BUF_INIT(RACK_REPLY_MAX);
    int64_t now = clock_wall_ms(), up = clock_boottime_ms() - server->started_ms;
    char vip[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &site->vip, vip, sizeof(vip));
    buf_adds(&json, "{\"site\":");
    reply_add_string(&json, site->name);
    buf_adds(&json, ",\"release\":");
    reply_add_string(&json, site->release);
    buf_adds(&json, ",\"cluster_release\":");
    reply_add_string(&json, server_release(server) ? server_release(server) : "");
    buf_addf(&json, ",\"now_ms\":%lld,\"started_ms\":%lld,\"operator\":%s,\"enrol\":\"%s\",\"vip\":\"%s\"",
             (long long)now, (long long)(now - up), access_operator_here(request) ? "true" : "false",
             enrol_names[site->enrol], vip);
    buf_adds(&json, ",\"maintenance\":");
    maintenance_json(&server->maintenance.now, &json);
    buf_adds(&json, ",\"backup\":");
    backup_json(server, &json);
    buf_addf(&json, ",\"first_event\":%lld,\"last_event\":%lld,\"bootstrap\":", (long long)events_first(server->events),
             (long long)events_last(server->events));
    record_json(&server->record.now, clock_boottime_ms(), &json);
    add_tickets(&json, server->tickets);
    add_statuses(request, now, &json);
    if (access_operator_here(request))
        add_claims(request, &json);
    buf_adds(&json, "}");
    return reply_json(request, MHD_HTTP_OK, &json);
}
