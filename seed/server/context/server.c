/* SPDX-License-Identifier: Apache-2.0
 * See server.h. */
#include "server.h"
#include "request.h"

#include "clock.h"
#include "kubernetes.h"
#include "log.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int server_audit(struct server *server, struct error *err, const char *act, const char *subject, const char *format,
                 ...) {
    char detail[1024];
    va_list ap;
    va_start(ap, format);
    vsnprintf(detail, sizeof(detail), format, ap);
    va_end(ap);
    const struct audit_entry entry = {.at_ms = clock_wall_ms(), .act = act, .subject = subject, .detail = detail};
    return audit_log_add(&server->audit, &entry, err) < 0
               ? -1
               : server->store->ops->put_tip(server->store, &server->audit.tip,
                                             err); /* a log that was cut short is found */
}

int server_audit_record(struct server *server, const char *act, struct error *err) {
    const struct bootstrap_record *now = &server->record.now;
    if (server_audit(server, err, act, now->holder, "record %s epoch %lld token %lld %s", record_state_name(now->state),
                     (long long)now->epoch, (long long)now->token, now->ca_hash) < 0)
        return -1;
    server->audited = *now;
    return 0;
}

int server_keep_release(struct server *server, bool made, struct error *err) {
    const struct bootstrap_record *now = &server->record.now;
    const char *release = catalog_site(server->catalog)->release;
    char born[STORE_RELEASE_SIZE] = "";
    if (now->state != RECORD_INITIALISED)
        return 0;
    if (!made && server->store->ops->load_release(server->store, now->epoch, born, err) < 0)
        return -1;
    if (!born[0]) /* just made, or by a version that did not keep it */
        return server->store->ops->put_release(server->store, now->epoch, release, err);
    if (kubernetes_minor(born) == kubernetes_minor(release))
        return 0;
    error_set(err, EINVAL,
              "`%s`: /release: `%s`, and the cluster was made with `%s`: nothing leads from one to the other",
              server->options->site, release, born);
    return error_remedy(
        err, "name `%s` again. If the cluster really runs `%s`: sqlite3 %s/seed.sqlite 'DELETE FROM releases'", born,
        release, server->options->state);
}

/* A cluster that is still to be made has none: not that of an epoch before it. */
static int drop_site(struct server *server, struct error *err) {
    kept_site_free(&server->kept);
    return server->store->ops->put_site(server->store, server->record.now.epoch, "", err);
}

int server_keep_site(struct server *server, bool made, struct error *err) {
    const struct bootstrap_record *now = &server->record.now;
    bool lives = now->state == RECORD_INITIALISED || now->state == RECORD_QUARANTINE;
    if (!lives)
        return drop_site(server, err);
    if (!made && !server->kept.site && kept_site_load(&server->kept, server->store, now->epoch, err) < 0)
        return -1;
    if (!made && kept_site_check(&server->kept, &server->claims, catalog_site(server->catalog), err) < 0)
        return error_wrap(err, "site `%s`", server->options->site);
    return now->state == RECORD_QUARANTINE
               ? 0
               : kept_site_put(&server->kept, server->store, now->epoch, catalog_text(server->catalog), err);
}

int server_guard_site(void *context, const struct site *site, struct error *err) {
    struct server *server = context;
    enum record_state state = server->record.now.state;
    bool lives = state == RECORD_INITIALISED || state == RECORD_QUARANTINE;
    return lives ? kept_site_check(&server->kept, &server->claims, site, err) : 0;
}

/* Who says that he remembers more than the seed: he may be wrong, or lie. */
static int note_witness(struct server *server, const struct record_event *seen, struct error *err) {
    log_warning("%s remembers epoch %lld token %lld %s: more than this seed", seen->hostname, (long long)seen->epoch,
                (long long)seen->token, seen->ca_hash ? seen->ca_hash : "");
    return server_audit(server, err, "witness", seen->hostname, "epoch %lld token %lld %s", (long long)seen->epoch,
                        (long long)seen->token, seen->ca_hash ? seen->ca_hash : "");
}

int server_apply(struct server *server, const struct record_event *seen, const struct record_event *event,
                 enum record_answer *ret_answer, struct error *err) {
    const struct bootstrap_record before = server->record.now;
    int r = record_keeper_apply(&server->record, seen, event, clock_boottime_ms(), ret_answer, err);
    const struct bootstrap_record *now = &server->record.now;
    if (!record_equal(&before, now)) {
        log_info("bootstrap record: %s -> %s epoch %lld token %lld holder `%s` %s", record_state_name(before.state),
                 record_state_name(now->state), (long long)now->epoch, (long long)now->token, now->holder,
                 now->ca_hash);
        if (now->state != RECORD_INITIALISED)
            tickets_void(server->tickets, NULL);
        if (now->state != RECORD_QUARANTINE)
            server->proofs.n = 0;
        requests_wake(server, TOPIC_BOOTSTRAP | TOPIC_TICKETS);
    }
    if (r == 0 && seen && now->state == RECORD_QUARANTINE && !record_equal(&before, now))
        r = note_witness(server, seen, err);
    if (r == 0 && !record_equal(&server->audited, now))
        r = server_audit_record(server, "record", err);
    struct error unkept = {0};
    bool made = before.state == RECORD_INITIALISING; /* not by a recovery, which adopts a cluster */
    if (!record_equal(&before, now) && server_keep_release(server, made, &unkept) < 0)
        log_warning("%s", unkept.message); /* the next start keeps it */
    if (before.state != now->state && server_keep_site(server, made, &unkept) < 0)
        log_error("%s; %s", unkept.message, unkept.remedy);
    if (r < 0)
        log_error("bootstrap record: %s; %s", err->message, err->remedy);
    return r;
}

int server_maintain(struct server *server, const struct maintenance_event *event, enum maintenance_answer *ret_answer,
                    struct error *err) {
    const struct maintenance before = server->maintenance.now;
    int r = maintenance_keeper_apply(&server->maintenance, event, clock_wall_ms(), ret_answer, err);
    const struct maintenance *now = &server->maintenance.now;
    if (now->version != before.version) {
        log_info("maintenance: %s %s token %lld holder `%s` step `%s` %s", maintenance_state_name(now->state),
                 maintenance_kind_name(now->kind), (long long)now->token, now->holder, now->step, now->message);
        requests_wake(server, TOPIC_MAINTENANCE | TOPIC_TICKETS | TOPIC_STATUS);
    }
    bool turned = now->state != before.state || now->token != before.token || strcmp(now->holder, before.holder) != 0;
    if (r == 0 && turned) /* not each step */
        r = server_audit(server, err, "maintenance", now->holder, "%s %s token %lld %s",
                         maintenance_state_name(now->state), maintenance_kind_name(now->kind), (long long)now->token,
                         now->code);
    if (r < 0)
        log_error("maintenance record: %s; %s", err->message, err->remedy);
    return r;
}

void server_report(struct server *server, struct event *list, size_t n) {
    struct error err = {0};
    size_t fresh = 0;
    for (size_t i = 0; i < n; i++) {
        if (events_has(server->events, &list[i]))
            continue;
        metrics_event(&server->metrics, list[i].step, list[i].state, list[i].seconds, list[i].code);
        list[fresh++] = list[i];
    }
    if (events_add(server->events, list, fresh, &err) < 0)
        log_warning("history: %s; %s", err.message, err.remedy);
    if (fresh)
        requests_wake(server, TOPIC_EVENTS);
}
