/* SPDX-License-Identifier: Apache-2.0
 * The seed server's one context: one thread, no locks. */
#pragma once
#include "audit_log.h"
#include "server/state/boots.h"
#include "server/state/catalog.h"
#include "server/state/claims.h"
#include "server/state/connection_limits.h"
#include "server/store/events.h"
#include "report/metrics.h"
#include "server/options.h"
#include "server/state/record_keeper.h"
#include "server/state/statuses.h"
#include "record/tickets.h"
#include "server/state/tls.h"
#include "server/state/wipes.h"

struct request;

/* How a request came. */
enum channel { CHANNEL_PLAIN, CHANNEL_TLS, CHANNEL_ADMIN, N_CHANNELS };

struct counters {
    uint64_t replies[600]; /* by status code */
    uint64_t artifact_bytes, woken, dismissed, store_failures;
};

struct server {
    const struct options *options;
    struct catalog *catalog;
    struct store *store;
    struct record_keeper record;
    struct claims claims;
    struct wipes wipes;
    struct tickets *tickets;
    struct events *events;
    struct boots boots;
    struct statuses statuses;
    struct audit_log audit;
    struct bootstrap_record audited; /* the bootstrap record that the audit log tells of */
    struct counters counters;
    struct metrics metrics;

    struct MHD_Daemon *daemons[N_CHANNELS]; /* NULL: not served */
    struct connection_limits limits[N_CHANNELS];
    struct tls tls;          /* where options->pki says so */
    char admin_path[108];    /* sun_path */
    struct request *waiting; /* long-polls, newest first */
    size_t n_waiting;
    uint64_t let_go;              /* of counters.dismissed, those whose waiting requests were ended */
    unsigned streams[N_CHANNELS]; /* of server-sent events */
    bool resumed;                 /* some were resumed: libmicrohttpd must run before the loop sleeps */
    size_t body_bytes;            /* of all requests in flight */

    int lock_fd, epoll_fd, signal_fd, timer_fd, inotify_fd;
    int64_t started_ms;
    bool stopping;
};

/* record_keeper_apply() at this moment; logs a transition (in the audit log, too: until it is there every call fails),
 * wakes who waits for it, and voids every ticket when the record is not INITIALISED any more. */
int server_apply(struct server *server, const struct record_event *seen, const struct record_event *event,
                 enum record_answer *ret_answer, struct error *err);

/* One line of the audit log, durable on return: -1 when it cannot be written, then what it tells of must not be
 * answered. */
int server_audit(struct server *server, struct error *err, const char *act, const char *subject, const char *format,
                 ...) __attribute__((format(printf, 5, 6)));

/* The record as it is now, as a line of the audit log; what a crash kept from being noted is told by the start after
 * it.
 */
int server_audit_record(struct server *server, const char *act, struct error *err);

/* Keeps events of one machine and wakes who waits for them. A failing history is logged, not an error. */
void server_report(struct server *server, struct event *list, size_t n);
