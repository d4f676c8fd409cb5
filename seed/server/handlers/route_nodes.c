/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/nodes: every machine of the site and its progress. */
#include "handlers.h"
#include "server/context/access.h"

#include "clock.h"
#include "redact.h"
#include "server/context/reply.h"

static const struct progress *progress_of(const struct request *request, const struct site_node *node) {
    return events_progress(request->server->events, node->hostname);
}

static void add_ms(struct buf *json, const char *name, int64_t value, bool known) {
    if (known)
        buf_addf(json, ",\"%s\":%lld", name, (long long)value);
    else
        buf_addf(json, ",\"%s\":null", name);
}

static const char *claim_state(const struct request *request, const struct store_claim *claim) {
    return !claim                                ? "none"
           : claim->denied                       ? "denied"
           : claim->disputed || claim->contested ? "disputed"
           : access_approved(request, claim)     ? "claimed"
                                                 : "waiting";
}

/* Adds no secret. */
static void add_ticket(struct buf *json, const struct ticket *ticket) {
    if (!ticket) {
        buf_adds(json, ",\"ticket\":null");
        return;
    }
    buf_addf(json, ",\"ticket\":{\"state\":\"%s\",\"minter\":", ticket_state_name(ticket->state));
    reply_add_string(json, ticket->minter);
    buf_adds(json, ",\"reason\":");
    reply_add_string(json, ticket->reason);
    buf_adds(json, "}");
}

static void add_node(struct request *request, const struct site_node *node, struct buf *json) {
    const struct progress *p = progress_of(request, node);
    const struct store_claim *claim = claims_find_mac(&request->server->claims, node->mac);
    buf_adds(json, "{\"hostname\":");
    reply_add_string(json, node->hostname);
    bool whole = access_operator_here(request); /* a stranger could claim the machine's name with its MAC */
    buf_addf(json, ",\"role\":\"%s\",\"mac\":%s%s%s,\"address\":\"%s\",\"claimed\":%s",
             node->role == NODE_MASTER ? "master" : "worker", whole ? "\"" : "", whole ? node->mac : "null",
             whole ? "\"" : "", node->address_text, claim ? "true" : "false");
    buf_addf(json, ",\"claim\":\"%s\"", claim_state(request, claim));
    add_ticket(json, tickets_of(request->server->tickets, node->hostname));
    buf_adds(json, ",\"step\":");
    reply_add_string(json, p ? p->last.step : "");
    buf_adds(json, ",\"state\":");
    reply_add_string(json, p ? p->last.state : "");
    buf_adds(json, ",\"message\":");
    cleanup_buf struct buf words = BUF_INIT(16 * 1024);
    if (!whole && p)
        redact_hardware(p->last.message, &words);
    reply_add_string(json, !p ? "" : whole ? p->last.message : buf_text(&words));
    buf_addf(json, ",\"seconds\":%.3f", p ? p->last.seconds : 0.0);
    add_ms(json, "since_ms", p ? clock_wall_ms() - p->last.received_ms : 0, p != NULL);
    buf_adds(json, ",\"refused\":");
    reply_add_string(json, whole ? boots_refused(&request->server->boots, node->mac) : "");
    int64_t booted_ms = boots_at(&request->server->boots, node->mac);
    add_ms(json, "script_ms", clock_wall_ms() - booted_ms, booted_ms != 0);
    add_ms(json, "first_ms", p ? p->first_ms : 0, p && p->first_ms);
    add_ms(json, "ready_ms", p ? p->ready_ms : 0, p && p->ready_ms);
    add_ms(json, "bytes", p ? p->bytes : 0, p && p->bytes >= 0);
    add_ms(json, "total", p ? p->last.total : 0, p && p->last.total >= 0);
    buf_addf(json, ",\"code\":\"%s\"", p ? p->last.code : "");
    buf_addf(json, ",\"ready\":%s}", p && p->ready ? "true" : "false");
}

/* The certificate of the cluster that ends first, as its masters say; null: none said anything. */
static void add_first_certificate(const struct request *request, const struct site *site, struct buf *json) {
    const struct status_certificate *first = NULL;
    const char *hostname = NULL;
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct master_status *status = statuses_of(&request->server->statuses, site->nodes[i].hostname);
        for (size_t j = 0; status && site->nodes[i].role == NODE_MASTER && j < status->n_certificates; j++)
            if (!first || status->certificates[j].ends < first->ends) {
                first = &status->certificates[j];
                hostname = site->nodes[i].hostname;
            }
    }
    if (first)
        buf_addf(json, "{\"hostname\":\"%s\",\"name\":\"%s\",\"ends\":%lld}", hostname, first->name,
                 (long long)first->ends);
    else
        buf_adds(json, "null");
}

enum MHD_Result route_nodes(struct request *request) {
    const struct site *site = catalog_site(request->server->catalog);
    cleanup_buf struct buf json = BUF_INIT(8 << 20);
    buf_adds(&json, "{\"site\":");
    reply_add_string(&json, site->name);
    buf_adds(&json, ",\"release\":");
    reply_add_string(&json, site->release);
    buf_adds(&json, ",\"cluster_release\":");
    reply_add_string(&json, server_release(request->server) ? server_release(request->server) : "");
    buf_adds(&json, ",\"bootstrap\":");
    record_json(&request->server->record.now, clock_boottime_ms(), &json);
    buf_adds(&json, ",\"certificate_days\":");
    if (request->server->tls.port)
        buf_addf(&json, "%lld", (long long)(request->server->tls.expires - clock_wall_ms() / 1000) / (24 * 60 * 60));
    else
        buf_adds(&json, "null");
    buf_adds(&json, ",\"first_certificate\":");
    add_first_certificate(request, site, &json);
    buf_adds(&json, ",\"maintenance\":");
    maintenance_json(&request->server->maintenance.now, &json);
    buf_adds(&json, ",\"backup\":");
    backup_json(request->server, &json);
    buf_addf(&json, ",\"last_event\":%lld,\"nodes\":[", (long long)events_last(request->server->events));
    for (size_t i = 0; i < site->n_nodes; i++) {
        buf_adds(&json, i ? "," : "");
        add_node(request, &site->nodes[i], &json);
    }
    buf_adds(&json, "]}");
    return reply_json(request, MHD_HTTP_OK, &json);
}
