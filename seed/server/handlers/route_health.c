/* SPDX-License-Identifier: Apache-2.0
 * GET /healthz and GET /metrics (Prometheus text format). */
#include "handlers.h"

#include "clock.h"
#include "server/context/reply.h"
#include "server/decide/body.h"
#include "step_names.h"
#include "version.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum MHD_Result route_healthz(struct request *request) {
    struct server *server = request->server;
    struct error err = {0};
    struct bootstrap_record stored;
    if (server->store->ops->load_record(server->store, &stored, &err) < 0)
        return reply_store(request, &err);
    cleanup_buf struct buf json = BUF_INIT(1024);
    buf_adds(&json, "{\"status\":\"ok\",\"site\":");
    reply_add_string(&json, catalog_site(server->catalog)->name);
    buf_addf(&json, ",\"record\":\"%s\",\"uptime_ms\":%lld,\"clock_ms\":%lld}", record_state_name(stored.state),
             (long long)(clock_boottime_ms() - server->started_ms), (long long)clock_wall_ms());
    return reply_json(request, MHD_HTTP_OK, &json);
}

static long resident_bytes(void) {
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f) {
        if (fscanf(f, "%ld %ld", &pages, &resident) != 2)
            resident = 0;
        fclose(f);
    }
    return resident * sysconf(_SC_PAGESIZE);
}

static void add_gauge(struct buf *text, const char *name, const char *help, int64_t value) {
    buf_addf(text, "# HELP seedrack_%s %s\n# TYPE seedrack_%s gauge\nseedrack_%s %lld\n", name, help, name, name,
             (long long)value);
}

static void add_counter(struct buf *text, const char *name, const char *help, uint64_t value) {
    buf_addf(text, "# HELP seedrack_%s %s\n# TYPE seedrack_%s counter\nseedrack_%s %llu\n", name, help, name, name,
             (unsigned long long)value);
}

static void add_tickets(struct buf *text, const struct tickets *tickets) {
    buf_adds(text, "# HELP seedrack_tickets Join tickets by state.\n# TYPE seedrack_tickets gauge\n");
    for (unsigned state = TICKET_WAITING; state <= TICKET_VOID; state++)
        buf_addf(text, "seedrack_tickets{state=\"%s\"} %zu\n", ticket_state_name((enum ticket_state)state),
                 tickets_count(tickets, (enum ticket_state)state));
}

static void add_replies(struct buf *text, const struct counters *counters) {
    buf_adds(text, "# HELP seedrack_http_replies_total Replies by status code.\n"
                   "# TYPE seedrack_http_replies_total counter\n");
    for (size_t code = 0; code < sizeof(counters->replies) / sizeof(counters->replies[0]); code++)
        if (counters->replies[code])
            buf_addf(text, "seedrack_http_replies_total{code=\"%zu\"} %llu\n", code,
                     (unsigned long long)counters->replies[code]);
}

static void add_record(struct buf *text, const struct bootstrap_record *record) {
    buf_adds(text, "# HELP seedrack_bootstrap_state The bootstrap record's state: 1 for the one that it is in.\n"
                   "# TYPE seedrack_bootstrap_state gauge\n");
    for (unsigned state = 0; state < RECORD_STATES; state++)
        buf_addf(text, "seedrack_bootstrap_state{state=\"%s\"} %d\n", record_state_name((enum record_state)state),
                 record->state == state);
    add_gauge(text, "bootstrap_epoch", "The bootstrap record's epoch.", record->epoch);
    add_gauge(text, "bootstrap_token", "The bootstrap record's token.", record->token);
}

/* How many machines are in each step, and how many bytes of layers they have. */
static void add_machines(struct buf *text, const struct server *server, const struct site *site) {
    int64_t at[STEP_NAMES + 1] = {0}, silent = 0, failed = 0, bytes = 0;
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct progress *p = events_progress(server->events, site->nodes[i].hostname);
        silent += !p;
        at[p ? step_name_find(p->last.step) : STEP_NAMES] += p != NULL;
        failed += p && !strcmp(p->last.state, "failed");
        bytes += p && p->bytes > 0 ? p->bytes : 0;
    }
    buf_adds(
        text,
        "# HELP seedrack_machines Machines by the step that they reported last.\n# TYPE seedrack_machines gauge\n");
    buf_addf(text, "seedrack_machines{step=\"silent\"} %lld\n", (long long)silent);
    for (unsigned i = 0; i <= STEP_NAMES; i++)
        buf_addf(text, "seedrack_machines{step=\"%s\"} %lld\n", step_name(i), (long long)at[i]);
    add_gauge(text, "machines_failed", "Machines whose last word is a failure.", failed);
    add_gauge(text, "machines_layer_bytes", "Bytes of layers that the machines reported.", bytes);
}

enum { STALE_AGE_MS = 120000 }; /* a master says it every 30 s */

/* What masters say of caches that do not follow (agent/member/caches.h). */
static void add_stale(struct buf *text, const struct server *server, const struct site *site) {
    buf_adds(text,
             "# HELP seedrack_stale_caches 1: the master says that the API server's cache, or the controllers', do "
             "not follow what is new.\n# TYPE seedrack_stale_caches gauge\n");
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct master_status *status = statuses_of(&server->statuses, site->nodes[i].hostname);
        bool speaks = status && clock_wall_ms() - status->at_ms < STALE_AGE_MS; /* one that is off says nothing */
        for (unsigned stale = STALE_NOTHING + 1; speaks && site->nodes[i].role == NODE_MASTER && stale < STALES;
             stale++)
            buf_addf(text, "seedrack_stale_caches{master=\"%s\",part=\"%s\"} %d\n", site->nodes[i].hostname,
                     stale_names[stale], status->stale == stale);
    }
}

/* Also of a master that is off: its certificates end all the same. */
static void add_certificates(struct buf *text, const struct server *server, const struct site *site) {
    buf_adds(text, "# HELP seedrack_certificate_expiry_seconds When a certificate of the cluster ends, Unix time.\n"
                   "# TYPE seedrack_certificate_expiry_seconds gauge\n");
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct master_status *status = statuses_of(&server->statuses, site->nodes[i].hostname);
        for (size_t j = 0; status && site->nodes[i].role == NODE_MASTER && j < status->n_certificates; j++)
            buf_addf(text, "seedrack_certificate_expiry_seconds{machine=\"%s\",name=\"%s\"} %lld\n",
                     site->nodes[i].hostname, status->certificates[j].name, (long long)status->certificates[j].ends);
    }
}

static bool tells_etcd(const struct server *server, const struct site_node *node, const struct status_etcd **ret) {
    const struct master_status *status = statuses_of(&server->statuses, node->hostname);
    bool speaks = status && clock_wall_ms() - status->at_ms < STALE_AGE_MS && node->role == NODE_MASTER;
    *ret = speaks ? &status->etcd : NULL;
    return speaks && status->etcd.quota_mib;
}

static void add_etcd(struct buf *text, const struct server *server, const struct site *site) {
    const struct status_etcd *etcd;
    buf_adds(text, "# HELP seedrack_etcd_bytes How large the file of a master's etcd is, what in it is in use, and its "
                   "quota.\n# TYPE seedrack_etcd_bytes gauge\n");
    for (size_t i = 0; i < site->n_nodes; i++)
        if (tells_etcd(server, &site->nodes[i], &etcd)) {
            const unsigned mib[] = {etcd->size_mib, etcd->used_mib, etcd->quota_mib};
            static const char *const of[] = {"size", "used", "quota"};
            for (size_t k = 0; k < 3; k++)
                buf_addf(text, "seedrack_etcd_bytes{master=\"%s\",of=\"%s\"} %llu\n", site->nodes[i].hostname, of[k],
                         (unsigned long long)mib[k] << 20);
        }
    buf_adds(text, "# HELP seedrack_etcd_full 1: etcd takes no writes, as the master says.\n"
                   "# TYPE seedrack_etcd_full gauge\n");
    for (size_t i = 0; i < site->n_nodes; i++)
        if (tells_etcd(server, &site->nodes[i], &etcd))
            buf_addf(text, "seedrack_etcd_full{master=\"%s\"} %d\n", site->nodes[i].hostname, etcd->full);
}

static void add_clocks(struct buf *text, const struct server *server, const struct site *site) {
    buf_adds(text, "# HELP seedrack_clock_ahead_seconds A master's clock before the seed's; negative: behind it.\n"
                   "# TYPE seedrack_clock_ahead_seconds gauge\n");
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct master_status *status = statuses_of(&server->statuses, site->nodes[i].hostname);
        if (status && status->has_clock && site->nodes[i].role == NODE_MASTER)
            buf_addf(text, "seedrack_clock_ahead_seconds{master=\"%s\"} %.3f\n", status->hostname,
                     (double)status->ahead_ms / 1000);
    }
}

static void add_maintenance(struct buf *text, const struct maintenance *record) {
    buf_adds(text, "# HELP seedrack_maintenance_state The maintenance record's state: 1 for the one that it is in.\n"
                   "# TYPE seedrack_maintenance_state gauge\n");
    for (unsigned state = 0; state < MAINTENANCE_STATES; state++)
        buf_addf(text, "seedrack_maintenance_state{state=\"%s\"} %d\n",
                 maintenance_state_name((enum maintenance_state)state), record->state == state);
    if (record->holder[0])
        buf_addf(text,
                 "# HELP seedrack_maintenance_since_seconds When the machine in hand began its step, Unix time.\n"
                 "# TYPE seedrack_maintenance_since_seconds gauge\n"
                 "seedrack_maintenance_since_seconds{machine=\"%s\",kind=\"%s\",step=\"%s\"} %lld\n",
                 record->holder, maintenance_kind_name(record->kind), record->step, (long long)record->since_ms / 1000);
}

static int64_t streams(const struct server *server) {
    int64_t sum = 0;
    for (size_t i = 0; i < N_CHANNELS; i++)
        sum += server->streams[i];
    return sum;
}

enum MHD_Result route_metrics(struct request *request) {
    const struct server *server = request->server;
    const struct site *site = catalog_site(server->catalog);
    cleanup_buf struct buf text = BUF_INIT(256 * 1024 /* 64 masters with 16 certificates each take a third */);
    int64_t ready = 0;
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct progress *p = events_progress(server->events, site->nodes[i].hostname);
        ready += p && p->ready;
    }
    add_gauge(&text, "nodes", "Machines in the site document.", (int64_t)site->n_nodes);
    add_gauge(&text, "nodes_ready", "Machines that reported ready.", ready);
    add_machines(&text, server, site);
    add_stale(&text, server, site);
    add_certificates(&text, server, site);
    add_etcd(&text, server, site);
    add_clocks(&text, server, site);
    add_maintenance(&text, &server->maintenance.now);
    add_gauge(&text, "backup_every_seconds", "How often the site wants a backup; 0: never.",
              site->backup.every_ms / 1000);
    add_gauge(&text, "backup_missing_in_folder", "1: the newest backup is not in the site's folder yet.",
              backup_is_missing(server, BACKUP_FOLDER));
    add_gauge(&text, "backup_missing_in_store", "1: the newest backup is not in the site's bucket yet.",
              backup_is_missing(server, BACKUP_S3));
    add_gauge(&text, "backup_newest_timestamp_seconds", "When the newest backup was kept, Unix time; 0: there is none.",
              server->backups.duty.newest_ms / 1000);
    buf_addf(&text,
             "# HELP seedrack_build_info The version of this server.\n# TYPE seedrack_build_info gauge\n"
             "seedrack_build_info{version=\"%s\"} 1\n",
             version_text());
    add_gauge(&text, "claims", "Machines that claimed.", (int64_t)server->claims.n);
    add_gauge(&text, "certificate_expires_timestamp_seconds",
              "When the seed's certificate ends, Unix time; 0 without TLS.", server->tls.expires);
    add_tickets(&text, server->tickets);
    add_record(&text, &server->record.now);
    add_gauge(&text, "long_polls", "Requests that wait.", (int64_t)server->n_waiting);
    add_gauge(&text, "streams", "Streams of server-sent events.", streams(server));
    add_counter(&text, "long_polls_resumed_total", "Waiting requests that were resumed.", server->counters.woken);
    add_counter(&text, "connections_dismissed_total", "Connections without a claim that had to make room.",
                server->counters.dismissed);
    add_counter(&text, "claims_rebound_total", "Claims that got another key, which their machine had not kept.",
                server->counters.claims_rebound);
    add_counter(&text, "claims_disputed_total", "Claims that a second machine began to dispute.",
                server->counters.claims_disputed);
    add_counter(&text, "claims_refused_total", "Claims with a foreign key, UUID or serial number.",
                server->counters.claims_refused);
    add_counter(&text, "store_failures_total", "Requests that failed because the state could not be read or written.",
                server->counters.store_failures);
    add_counter(&text, "artifact_bytes_total", "Bytes of artifacts offered.", server->counters.artifact_bytes);
    add_replies(&text, &server->counters);
    metrics_print(&server->metrics, &text);
    add_counter(&text, "events_total", "The newest event's id.", (uint64_t)events_last(server->events));
    add_gauge(&text, "resident_bytes", "Memory in use.", resident_bytes());
    return reply_body(request, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", &text, NULL);
}
