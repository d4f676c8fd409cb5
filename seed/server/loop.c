/* SPDX-License-Identifier: Apache-2.0
 * See loop.h. */
#include "loop.h"
#include "http.h"
#include "server/context/request.h"

#include "cleanup.h"
#include "clock.h"
#include "file.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

enum { STORE_RETRY_MS = 1000 };

static int watch_fd(struct server *server, int fd, struct error *err) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? error_errno(err, errno, "epoll") : 0;
}

/* Watches the folder, not the file: editors write a new file and rename it. */
static int watch_site(struct server *server, struct error *err) {
    char folder[PATH_MAX];
    const char *path = server->options->site, *slash = strrchr(path, '/');
    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    server->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (server->inotify_fd < 0 ||
        inotify_add_watch(server->inotify_fd, folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE) < 0)
        return error_errno(err, errno, "watch `%s`", folder);
    return watch_fd(server, server->inotify_fd, err);
}

static int open_loop(struct server *server, struct error *err) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    server->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    server->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (server->epoll_fd < 0 || server->signal_fd < 0 || server->timer_fd < 0)
        return error_errno(err, errno, "event loop");
    return watch_fd(server, server->signal_fd, err) < 0 || watch_fd(server, server->timer_fd, err) < 0 ? -1 : 0;
}

/* Only one seed-server may use a state folder. */
static int lock_state_folder(struct server *server, struct error *err) {
    char path[PATH_MAX];
    const char *state = server->options->state;
    if (file_mkdirs(state, 0700, err) < 0)
        return -1;
    if (snprintf(path, sizeof(path), "%s/lock", state) >= (int)sizeof(path))
        return error_errno(err, ENAMETOOLONG, "state folder `%.64s…`", state);
    server->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (server->lock_fd < 0)
        return error_errno(err, errno, "open `%s`", path);
    if (flock(server->lock_fd, LOCK_EX | LOCK_NB) < 0) {
        error_errno(err, errno, "lock `%s`", path);
        return error_remedy(err, "another seed-server uses this state folder: stop it, or choose another --state");
    }
    return 0;
}

/* The folder of added releases says that this version was here. A full disk is no reason to stop. */
static int keep_release(struct server *server, struct error *err) {
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof(folder), "%s/releases", server->options->state) >= (int)sizeof(folder))
        return error_errno(err, ENAMETOOLONG, "state folder");
    server->state_is_older = access(folder, F_OK) < 0;
    int result = server_keep_release(server, false, err);
    if (result < 0 && err->errnum != ENOSPC)
        return -1;
    server->state_is_older = false;
    if (result == 0 && file_mkdirs(folder, 0700, err) < 0 && err->errnum != ENOSPC)
        return -1;
    return 0;
}

static int open_state(struct server *server, struct error *err) {
    const struct options *o = server->options;
    char path[PATH_MAX + 32];
    if (lock_state_folder(server, err) < 0)
        return -1;
    snprintf(path, sizeof(path), "%s/seed.sqlite", o->state);
    if (store_open_sqlite(path, &server->store, err) < 0 ||
        record_keeper_load(&server->record, server->store, clock_boottime_ms(), err) < 0 ||
        maintenance_keeper_load(&server->maintenance, server->store, err) < 0 || keep_release(server, err) < 0 ||
        claims_load(&server->claims, server->store, err) < 0 || wipes_load(&server->wipes, server->store, err) < 0 ||
        backups_open(&server->backups, o->state, err) < 0 ||
        (server_keep_site(server, false, err) < 0 && err->errnum != ENOSPC))
        return -1;
    catalog_guard(server->catalog, server_guard_site, server);
    catalog_set_aside(server->catalog, server_is_retired, server);
    catalog_release(server->catalog, server_release_of, server);
    catalog_secrets(server->catalog, server_secrets_of, server);
    if (catalog_again(server->catalog, err) < 0)
        return -1;
    snprintf(path, sizeof(path), "%s/audit.log", o->state);
    struct audit_tip known;
    if (server->store->ops->load_tip(server->store, &known, err) < 0 ||
        audit_log_open(path, &known, &server->audit, err) < 0)
        return -1;
    if (known.n > 0 && server->audit.tip.n == 0) {
        log_warning("audit log: it begins anew; the one before had %llu entries", (unsigned long long)known.n);
        if (server_audit(server, err, "log-anew", "", "the one before had %llu entries, the last with the hash %s",
                         (unsigned long long)known.n, known.hash) < 0 &&
            err->errnum != ENOSPC)
            return -1;
    }
    server->audited = server->record.now;
    /* a full disk is no reason to stop: role documents can still be served */
    if (server_audit_record(server, "start", err) < 0) {
        if (err->errnum != ENOSPC)
            return -1;
        log_error("%s; %s; nothing is granted until then", err->message, err->remedy);
    }
    snprintf(path, sizeof(path), "%s/events.sqlite", o->state);
    if (events_open(path, &server->events, err) < 0)
        return -1;
    const char *admin = o->admin_socket;
    int length = admin ? snprintf(server->admin_path, sizeof(server->admin_path), "%s", admin)
                       : snprintf(server->admin_path, sizeof(server->admin_path), "%s/admin.sock", o->state);
    if (length >= (int)sizeof(server->admin_path)) {
        error_errno(err, ENAMETOOLONG, "admin socket");
        return error_remedy(err, "choose a path below %zu bytes with --admin-socket", sizeof(server->admin_path));
    }
    server->tickets = calloc(1, sizeof(*server->tickets));
    return server->tickets ? 0 : error_errno(err, ENOMEM, "tickets");
}

int loop_open(struct server *server, const struct options *options, struct error *err) {
    *server = (struct server){.options = options,
                              .lock_fd = -1,
                              .audit.fd = -1,
                              .epoll_fd = -1,
                              .signal_fd = -1,
                              .timer_fd = -1,
                              .inotify_fd = -1,
                              .backups.folder = -1,
                              .site_version = clock_wall_ms(),
                              .started_ms = clock_boottime_ms()};
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit must fail the write, not kill the process */
    if (options->pki && tls_load(options->pki, &server->tls, err) < 0)
        return -1;
    if (releases_open(&server->releases, options, err) < 0 ||
        catalog_open(options->site, &server->releases, &server->tls, &server->catalog, err) < 0 ||
        open_state(server, err) < 0 || open_loop(server, err) < 0 || watch_site(server, err) < 0)
        return -1;
    return http_open(server, err);
}

void loop_close(struct server *server) {
    http_close(server);
    power_workers_end(&server->powers);
    audit_log_close(&server->audit);
    events_close(server->events);
    claims_free(&server->claims);
    kept_site_free(&server->kept);
    wipes_free(&server->wipes);
    backups_close(&server->backups);
    store_close(server->store);
    if (server->tickets) {
        tickets_void(server->tickets, NULL);
        free(server->tickets);
    }
    catalog_close(server->catalog);
    releases_close(&server->releases);
    int fds[] = {server->inotify_fd, server->timer_fd, server->signal_fd, server->epoll_fd, server->lock_fd};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static void reload_site(struct server *server) {
    char names[4096] __attribute__((aligned(8)));
    struct error err = {0};
    while (read(server->inotify_fd, names, sizeof(names)) > 0)
        ;
    int r = catalog_reload(server->catalog, &err);
    if (r < 0) {
        log_error("%s; %s; the last good one stays in effect", err.message, err.remedy);
    } else if (r > 0) {
        log_info("site `%s` changed", server->options->site);
        server->site_version++;
        if (server_keep_site(server, false, &err) < 0)
            log_error("%s; %s", err.message, err.remedy);
        requests_wake(server, TOPIC_ALL);
    }
}

/* What the machine that is late waits for, as it said: the gate, with the value that it saw. NULL: nothing. */
static const char *late_machine_said(const struct server *server) {
    const struct progress *progress = events_progress(server->events, maintenance_awaited(&server->maintenance.now));
    return progress && !strcmp(progress->last.step, "maintenance") ? progress->last.message : NULL;
}

/* Halts an order whose machine is not back in time, also when nobody asks. Returns when that is to be looked at again.
 */
static int64_t tick_maintenance(struct server *server, int64_t now) {
    const struct maintenance_event expire = {
        .type = MAINTENANCE_EXPIRE, .message = late_machine_said(server), .now_ms = clock_wall_ms()};
    int64_t left_ms = maintenance_left_ms(&server->maintenance.now, clock_wall_ms());
    enum maintenance_answer answer;
    struct error err = {0};
    if (left_ms == 0)
        server_maintain(server, &expire, &answer, &err);
    left_ms = maintenance_left_ms(&server->maintenance.now, clock_wall_ms());
    return left_ms < 0 ? INT64_MAX : now + (left_ms ? left_ms : STORE_RETRY_MS);
}

/* Applies the passing of time and sets the timer to when there is more to do. */
static void loop_tick(struct server *server) {
    int64_t now = clock_boottime_ms(), next = INT64_MAX, at;
    struct record_keeper *record = &server->record;
    if (record->now.state == RECORD_RESERVED) {
        enum record_answer answer;
        struct error err = {0};
        if (now >= record->now.lease_until_ms)
            server_apply(server, NULL, NULL, &answer, &err);
        if (record->now.state == RECORD_RESERVED)
            next = record->now.lease_until_ms > now ? record->now.lease_until_ms : now + STORE_RETRY_MS;
    }
    at = tick_maintenance(server, now);
    next = at < next ? at : next;
    if (tickets_expire(server->tickets, now))
        requests_wake(server, TOPIC_TICKETS);
    at = tickets_next_ms(server->tickets, now);
    next = at < next ? at : next;
    if (server->let_go != server->counters.dismissed) {
        server->let_go = server->counters.dismissed;
        requests_dismiss(server);
    }
    at = requests_expire(server, now);
    next = at < next ? at : next;
    struct itimerspec timer = {0};
    if (next != INT64_MAX)
        timer.it_value = (struct timespec){.tv_sec = next / 1000, .tv_nsec = next % 1000 * 1000000 + 1};
    timerfd_settime(server->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

int loop_run(struct server *server, struct error *err) {
    while (!server->stopping) {
        struct epoll_event ready[8];
        loop_tick(server);
        int n = epoll_wait(server->epoll_fd, ready, 8, http_timeout_ms(server));
        if (n < 0 && errno != EINTR)
            return error_errno(err, errno, "epoll_wait");
        for (int i = 0; i < n; i++) {
            uint64_t expirations;
            if (ready[i].data.fd == server->signal_fd)
                server->stopping = true;
            else if (ready[i].data.fd == server->inotify_fd)
                reload_site(server);
            else if (ready[i].data.fd == server->timer_fd && read(server->timer_fd, &expirations, 8) < 0)
                continue; /* loop_tick() set it to a later time */
        }
        if (power_workers_take(&server->powers))
            requests_wake(server, TOPIC_POWER);
        http_run(server);
    }
    return 0;
}
