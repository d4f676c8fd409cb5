/* SPDX-License-Identifier: Apache-2.0
 * The state of the seed server, for all its parts. There is one thread, so there are no locks. */
#pragma once
#include "audit_log.h"
#include "server/state/boots.h"
#include "server/state/catalog.h"
#include "server/state/claims.h"
#include "server/state/connection_limits.h"
#include "server/store/events.h"
#include "report/metrics.h"
#include "server/options.h"
#include "server/state/proofs.h"
#include "server/state/kept_site.h"
#include "server/state/maintenance_keeper.h"
#include "server/state/record_keeper.h"
#include "server/state/statuses.h"
#include "record/tickets.h"
#include "server/state/tls.h"
#include "server/state/backup_copier.h"
#include "server/state/backups.h"
#include "server/state/power_worker.h"
#include "server/state/restoration.h"
#include "server/state/wipes.h"

struct request;

/* The way by which a request came. */
enum channel { CHANNEL_PLAIN, CHANNEL_TLS, CHANNEL_ADMIN, N_CHANNELS };

struct counters {
    uint64_t replies[600]; /* by status code */
    uint64_t artifact_bytes, woken, dismissed, store_failures;
    uint64_t claims_rebound, claims_disputed, claims_refused;
};

struct server {
    const struct options *options;
    struct releases releases;
    struct catalog *catalog;
    int64_t site_version; /* grows with every site that is read; another one after a restart */
    struct store *store;
    struct record_keeper record;
    struct maintenance_keeper maintenance;
    bool state_is_older;              /* the version before wrote it; until this one has kept the release */
    char release[STORE_RELEASE_SIZE]; /* with which the cluster lives; "": not known, or none */
    struct claims claims;
    struct kept_site kept; /* with which the cluster lives */
    struct wipes wipes;
    struct backups backups;
    struct backup_copier copier;
    struct power_workers powers;
    struct restoration restoration; /* an order to restore the cluster is open */
    struct tickets *tickets;
    struct events *events;
    struct boots boots;
    struct statuses statuses;
    struct proofs proofs; /* in QUARANTINE */
    struct audit_log audit;
    struct bootstrap_record audited; /* the bootstrap record as last written to the audit log */
    struct counters counters;
    struct metrics metrics;

    struct MHD_Daemon *daemons[N_CHANNELS]; /* NULL: not served */
    struct connection_limits limits[N_CHANNELS];
    struct tls tls;          /* loaded when options->pki is set */
    char admin_path[108];    /* sun_path */
    struct request *waiting; /* long-polls, newest first */
    size_t n_waiting;
    uint64_t let_go;              /* the value of counters.dismissed when requests_dismiss() last ran */
    unsigned streams[N_CHANNELS]; /* of server-sent events */
    bool resumed;                 /* requests were resumed: libmicrohttpd must run before the loop sleeps */

    int lock_fd, epoll_fd, signal_fd, timer_fd, inotify_fd;
    int64_t started_ms;
    bool stopping;
};

/* Calls record_keeper_apply() with the time of now. Logs a transition, also in the audit log: until that is written
 * every call fails. Wakes the requests that wait for the record, and voids every ticket when it is not INITIALISED any
 * more. */
int server_apply(struct server *server, const struct record_event *seen, const struct record_event *event,
                 enum record_answer *ret_answer, struct error *err);

/* Calls maintenance_keeper_apply() with the time of now. A change is logged, also in the audit log, and wakes the
 * requests that wait for the record. */
int server_maintain(struct server *server, const struct maintenance_event *event, enum maintenance_answer *ret_answer,
                    struct error *err);

/* Writes one line of the audit log, durable on return. -1 when it cannot be written: then the act must not be answered
 * with success. */
int server_audit(struct server *server, struct error *err, const char *act, const char *subject, const char *format,
                 ...) __attribute__((format(printf, 5, 6)));

/* Writes the present record to the audit log. Called also at the start, since a crash may have kept the last transition
 * from being written. */
int server_audit_record(struct server *server, const char *act, struct error *err);

/* Keeps the release that the cluster was made with, or was upgraded to. `made`: just now; else what is known stays.
 * EINVAL: the seed has no layers of it: machines that boot with those of another version would start programs that
 * cannot read what is on their disks. */
int server_keep_release(struct server *server, bool made, struct error *err);

/* The machine on which the cluster is being restored; "": no such order is open. From its step MAINTENANCE_RESTORES on
 * the cluster lives with the site's release, whatever it was upgraded to since the backup. */
const char *server_restores(const struct server *server);

/* The release with which the cluster lives; NULL: there is no cluster, or none is known. An upgrade changes it at its
 * end. */
const char *server_release(const struct server *server);

/* A catalog_release_function of the server `context`. */
const char *server_release_of(const struct site_node *node, void *context);

/* Keeps the site document of a cluster that was just `made`. Of one that lives: checks that it can take the present
 * site, and keeps that. */
int server_keep_site(struct server *server, bool made, struct error *err);

/* A catalog_retired_function of the server `context`. */
/* For catalog_secrets(). */
int server_secrets_of(void *context, const struct site *site, int64_t *ret_ms, struct error *err);
bool server_is_retired(const struct site_node *node, void *context);

/* The machine is denied and no machine of the site any more. Durable on return. */
int server_retire(struct server *server, const struct site_node *node, struct error *err);

/* Drops the claim of the MAC, also that of one that is retired: the next machine with it may claim. */
int server_forget(struct server *server, const char *hostname, const char *mac, struct error *err);

/* A catalog_guard_function of the server `context`. */
int server_guard_site(void *context, const struct site *site, struct error *err);

/* Keeps events of one machine and wakes the requests that wait for them. If the history on disk fails, that is only
 * logged. */
void server_report(struct server *server, struct event *list, size_t n);
