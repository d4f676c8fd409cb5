/* SPDX-License-Identifier: Apache-2.0
 * See server.h. */
#include "server.h"
#include "request.h"
#include "server/store/secrets.h"
#include "site/secrets.h"

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

static int keep_release(struct server *server, const char *release, struct error *err) {
    if (server->store->ops->put_release(server->store, server->record.now.epoch, release, err) < 0)
        return -1;
    snprintf(server->release, sizeof(server->release), "%s", release);
    return 0;
}

/* Versions before v1.31 are changed by reboots, and only by patches; the version of Seedrack before changed all patches
 * so, and kept the release with which the cluster was made. */
static bool patch_by_reboot(const struct server *server, const char *lives, const char *wanted) {
    return kubernetes_minor(lives) == kubernetes_minor(wanted) &&
           (server->state_is_older || !kubernetes_has(wanted, K8S_UPGRADE_CONFIG));
}

int server_keep_release(struct server *server, bool made, struct error *err) {
    const struct bootstrap_record *now = &server->record.now;
    const char *wanted = catalog_site(server->catalog)->release;
    char lives[STORE_RELEASE_SIZE] = "";
    bool quarantine = now->state == RECORD_QUARANTINE;
    struct error missing = {0};
    if ((now->state == RECORD_INITIALISED || quarantine) && !made &&
        server->store->ops->load_release(server->store, now->epoch, lives, err) < 0)
        return -1;
    snprintf(server->release, sizeof(server->release), "%s", lives);
    catalog_forget_roles(server->catalog);
    if (now->state != RECORD_INITIALISED && !quarantine)
        return 0;
    if (!quarantine && (!lives[0] || (strcmp(lives, wanted) != 0 && patch_by_reboot(server, lives, wanted))))
        return keep_release(server, wanted, err); /* just made, or by a version that did not keep it */
    if (!lives[0] || !strcmp(lives, wanted) || releases_find(&server->releases, lives, &missing))
        return 0;
    server->release[0] = '\0';
    error_set(err, EINVAL, "`%s`: /release: `%s`, and the cluster lives with `%s`, of which this seed has no layers",
              server->options->site, wanted, lives);
    error_remedy(err,
                 "start it with --release and --layers of `%s`, too; then seedctl upgrade. If the cluster really runs "
                 "`%s`: sqlite3 %s/seed.sqlite 'DELETE FROM releases'",
                 lives, wanted, server->options->state);
    if (!quarantine)
        return -1;
    log_warning("%s; %s", err->message, err->remedy); /* nothing is permitted anyway, and it can be recovered */
    return 0;
}

const char *server_release(const struct server *server) {
    return server->release[0] ? server->release : NULL;
}

const char *server_release_of(const struct site_node *node, void *context) {
    const struct server *server = context;
    const struct maintenance *maintenance = &server->maintenance.now;
    if (!strcmp(server_restores(server), node->hostname))
        return NULL; /* the site's: that of the backup */
    return maintenance_has_moved(maintenance, node->hostname) ? maintenance->target : server_release(server);
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
    if (server->release[0] && strcmp(server->release, catalog_site(server->catalog)->release) != 0)
        log_warning("the site wants %s, the cluster lives with %s: nothing moves before seedctl upgrade",
                    catalog_site(server->catalog)->release, server->release);
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

struct newest {
    const struct site *site;
    int64_t ms;
};

static void take_newest(void *context, const char *name, int64_t set_ms) {
    struct newest *newest = context;
    if (site_registry_uses_secret(newest->site, name) && set_ms > newest->ms)
        newest->ms = set_ms;
}

struct missing {
    const struct server *server;
    bool any; /* whether the document names one that is not there */
    struct error *err;
};

/* One that the present document names, too, was removed: that is no reason to refuse another edit. */
static bool is_missing(const char *secret, void *context) {
    struct missing *missing = context;
    cleanup_buf struct buf value = BUF_INIT(SECRET_MAX + 1);
    bool absent = secrets_read(missing->server->options->state, secret, &value, missing->err) < 0;
    if (value.data)
        explicit_bzero(value.data, value.length);
    missing->any = missing->any || absent;
    return absent && !site_registry_uses_secret(catalog_site(missing->server->catalog), secret);
}

/* A login that was removed leaves the machines as a new one comes to them: the role document changes. */
int server_secrets_of(void *context, const struct site *site, int64_t *ret_ms, struct error *err) {
    const struct server *server = context;
    const char *state = server->options->state;
    struct newest newest = {.site = site};
    struct missing missing = {.server = server, .err = err};
    if (secrets_each(state, take_newest, &newest, err) < 0)
        return -1;
    if (registries_any_secret(site->registries, site->n_registries, is_missing, &missing))
        return error_wrap(err, "/registries");
    *ret_ms = newest.ms;
    return missing.any ? secrets_changed(state, ret_ms, err) : 0;
}

bool server_is_retired(const struct site_node *node, void *context) {
    const struct server *server = context;
    const struct store_claim *claim = claims_find_mac(&server->claims, node->mac);
    return claim && claim->retired;
}

/* The site without it, and with it again: every machine's role may be another one. */
static int read_site_again(struct server *server, struct error *err) {
    int result = catalog_again(server->catalog, err);
    server->site_version++;
    requests_wake(server, TOPIC_ALL);
    return result;
}

int server_retire(struct server *server, const struct site_node *node, struct error *err) {
    const struct store_claim *claim = claims_find_mac(&server->claims, node->mac);
    if (!claim)
        return 0;
    if (!claim->retired &&
        (server_audit(server, err, "retired", node->hostname, "mac %s key %s", node->mac, claim->key) < 0 ||
         claims_retire(&server->claims, node->mac, err) < 0))
        return -1;
    tickets_void(server->tickets, node->hostname);
    log_info("%s is retired: nothing with its MAC %s is let in", node->hostname, node->mac);
    return read_site_again(server, err);
}

int server_forget(struct server *server, const char *hostname, const char *mac, struct error *err) {
    bool retired = site_find_retired(catalog_site(server->catalog), mac) != NULL;
    if (claims_forget(&server->claims, mac, err) < 0)
        return -1;
    tickets_void(server->tickets, hostname);
    events_reset(server->events, hostname);
    log_info("claim of %s forgotten", hostname);
    if (retired)
        return read_site_again(server, err);
    requests_wake(server, TOPIC_ALL);
    return 0;
}

/* Who says that he remembers more than the seed: he may be wrong, or lie. */
static int note_witness(struct server *server, const struct record_event *seen, struct error *err) {
    log_warning("%s remembers epoch %lld token %lld %s: more than this seed", seen->hostname, (long long)seen->epoch,
                (long long)seen->token, seen->ca_hash ? seen->ca_hash : "");
    return server_audit(server, err, "witness", seen->hostname, "epoch %lld token %lld %s", (long long)seen->epoch,
                        (long long)seen->token, seen->ca_hash ? seen->ca_hash : "");
}

/* What an order or an upgrade of the cluster before left. */
static int begin_anew(struct server *server, struct error *err) {
    const struct maintenance_event anew = {.type = MAINTENANCE_ANEW};
    enum maintenance_answer answer;
    if (server->store->ops->put_release(server->store, server->record.now.epoch, "", err) < 0)
        return -1;
    return server_maintain(server, &anew, &answer, err);
}

const char *server_restores(const struct server *server) {
    const struct maintenance *record = &server->maintenance.now;
    bool open = record->kind == MAINTENANCE_RESTORE && record->state != MAINTENANCE_CLOSED;
    return !open ? "" : record->holder[0] ? record->holder : record->waiting[0];
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
    bool rearmed = before.epoch != now->epoch && now->state == RECORD_EMPTY;
    if (rearmed && begin_anew(server, &unkept) < 0)
        log_error("%s; %s", unkept.message, unkept.remedy);
    if (r < 0)
        log_error("bootstrap record: %s; %s", err->message, err->remedy);
    return r;
}

/* Before the record forgets which release it led to, or says that the cluster of a backup lives, with the site's. All
 * machines have it by then, so it is right whatever comes between. */
static int keep_new_release(struct server *server, const struct maintenance_event *event, struct error *err) {
    const struct maintenance *now = &server->maintenance.now;
    struct maintenance next;
    if (!event || event->type == MAINTENANCE_ANEW || maintenance_next(now, event, &next) != MAINTENANCE_GRANTED)
        return 0;
    if (next.laid && !now->laid)
        return keep_release(server, catalog_site(server->catalog)->release, err);
    return maintenance_upgraded(now, &next) ? keep_release(server, now->target, err) : 0;
}

/* Another machine boots the target, or all do: roles are composed anew when somebody asks. */
static void follow_upgrade(struct server *server, const struct maintenance *before) {
    if (server->maintenance.now.n_moved == before->n_moved)
        return;
    catalog_forget_roles(server->catalog);
    requests_wake(server, TOPIC_ALL);
}

static void follow_restore(struct server *server, const struct maintenance *before) {
    const struct maintenance *now = &server->maintenance.now;
    bool was = before->state != MAINTENANCE_CLOSED && before->kind == MAINTENANCE_RESTORE;
    if (was && (now->state == MAINTENANCE_CLOSED || now->kind != MAINTENANCE_RESTORE))
        restoration_forget(&server->restoration, &server->backups);
    else if (was && now->state == MAINTENANCE_HALTED && !now->laid)
        restoration_drop(&server->restoration, &server->backups); /* it may have been the archive */
    bool is = now->state != MAINTENANCE_CLOSED && now->kind == MAINTENANCE_RESTORE;
    if (was != is || before->laid != now->laid) { /* which release a machine has */
        catalog_forget_roles(server->catalog);
        requests_wake(server, TOPIC_ALL);
    }
}

int server_maintain(struct server *server, const struct maintenance_event *event, enum maintenance_answer *ret_answer,
                    struct error *err) {
    const struct maintenance before = server->maintenance.now;
    int r = keep_new_release(server, event, err) < 0
                ? -1
                : maintenance_keeper_apply(&server->maintenance, event, clock_wall_ms(), ret_answer, err);
    const struct maintenance *now = &server->maintenance.now;
    if (now->version != before.version) {
        log_info("maintenance: %s %s token %lld holder `%s` step `%s` %s", maintenance_state_name(now->state),
                 maintenance_kind_name(now->kind), (long long)now->token, now->holder, now->step, now->message);
        requests_wake(server, TOPIC_MAINTENANCE | TOPIC_TICKETS | TOPIC_STATUS);
        follow_upgrade(server, &before);
        follow_restore(server, &before);
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
