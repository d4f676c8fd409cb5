/* SPDX-License-Identifier: Apache-2.0
 * See upgrade_checks.h. */
#include "upgrade_checks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SILENT_MS = 120000, HOUR_MS = 3600 * 1000, HOURS_A_DAY = 24 };

/* The next master that is a member, after *i; NULL: there are no more. *ret_status NULL: it never said anything. */
static const struct site_node *next_master(const struct server *server, size_t *i,
                                           const struct master_status **ret_status) {
    const struct site *site = catalog_site(server->catalog);
    while (*i < site->n_nodes) {
        const struct site_node *node = &site->nodes[(*i)++];
        if (node->role != NODE_MASTER || !kept_site_is_member(&server->claims, site, node))
            continue;
        *ret_status = statuses_of(&server->statuses, node->hostname);
        return node;
    }
    return NULL;
}

__attribute__((format(printf, 3, 4))) static void say(struct upgrade_check *check, const char *remedy,
                                                      const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(check->value, sizeof(check->value), format, ap);
    va_end(ap);
    check->remedy = remedy;
}

static void check_masters(const struct server *server, int64_t now_ms, struct upgrade_check *check) {
    const struct master_status *status;
    const struct site_node *node;
    size_t n = 0;
    for (size_t i = 0; (node = next_master(server, &i, &status));) {
        n++;
        if (!status || now_ms - status->at_ms > SILENT_MS) {
            say(check,
                "power it on, or wait half a minute when the seed has just started; gone for good: seedctl retire "
                "--off",
                "%s said nothing in the last two minutes", node->hostname);
            return;
        }
    }
    say(check, NULL, "all %zu spoke in the last two minutes", n);
}

static bool is_master(const struct server *server, const char *name) {
    const struct master_status *status;
    const struct site_node *node;
    for (size_t i = 0; (node = next_master(server, &i, &status));)
        if (!strcmp(node->hostname, name))
            return true;
    return false;
}

/* Every master sees every master as a member that runs, and nobody else. */
static void check_etcd(const struct server *server, struct upgrade_check *check) {
    static const char remedy[] = "etcdctl member list on a master; seedctl status says who is missing";
    const struct master_status *status;
    const struct site_node *node;
    size_t masters = 0;
    for (size_t i = 0; next_master(server, &i, &status);)
        masters++;
    for (size_t i = 0; (node = next_master(server, &i, &status));) {
        if (!status || !status->has_members) {
            say(check, remedy, "%s gets no answer of etcd", node->hostname);
            return;
        }
        for (size_t k = 0; k < status->n_members; k++)
            if (!status->members[k][0]) { /* announced; it gets its name when it starts */
                say(check, "try again in ten seconds; if it stays, etcdctl member list on a master",
                    "%s saw a member that has not started", node->hostname);
                return;
            } else if (!is_master(server, status->members[k])) {
                say(check, remedy, "%s sees a member `%s`, which is no master of the site", node->hostname,
                    status->members[k]);
                return;
            }
        if (status->etcd.full) {
            say(check,
                "masters make room one after the other, from etcd 3.6.5 on: seedctl rollout status; seedctl explain "
                "SR-ETCD-FULL",
                "%s says that etcd is full", node->hostname);
            return;
        }
        if (status->n_members != masters) {
            say(check, remedy, "%s does not see every master as a member", node->hostname);
            return;
        }
    }
    say(check, NULL, "every master sees %zu members", masters);
}

static void check_caches(const struct server *server, struct upgrade_check *check) {
    const struct master_status *status;
    const struct site_node *node;
    for (size_t i = 0; (node = next_master(server, &i, &status));)
        if (status && status->stale != STALE_NOTHING) {
            say(check, "it restarts what is stale by itself: wait, or see seedctl explain SR-CACHE-STALE",
                "%s does not follow what is new", node->hostname);
            return;
        }
    say(check, NULL, "none is stale");
}

static void check_certificates(const struct server *server, int64_t now_ms, struct upgrade_check *check) {
    const struct master_status *status;
    const struct site_node *node;
    const char *hostname = "", *name = "";
    int64_t first_ms = INT64_MAX;
    for (size_t i = 0; (node = next_master(server, &i, &status));)
        for (size_t k = 0; status && k < status->n_certificates; k++)
            if (status->certificates[k].ends * 1000 < first_ms) {
                first_ms = status->certificates[k].ends * 1000;
                hostname = node->hostname;
                name = status->certificates[k].name;
            }
    if (first_ms == INT64_MAX) {
        say(check, NULL, "no master said when they end");
        return;
    }
    say(check, first_ms - now_ms < HOUR_MS ? "seedctl renew, and wait for its end" : NULL,
        "the first ends in %lld days: %s of %s", (long long)((first_ms - now_ms) / HOUR_MS / HOURS_A_DAY), name,
        hostname);
}

static void check_backup(const struct server *server, int64_t now_ms, struct upgrade_check *check) {
    const struct site_backup *wanted = &catalog_site(server->catalog)->backup;
    const struct backup *newest = server->backups.n ? &server->backups.list[server->backups.n - 1] : NULL;
    int64_t age_ms = newest ? now_ms - newest->at_ms : -1;
    if (!wanted->every_ms) {
        say(check, NULL, "the site wants none: there is no way back");
        return;
    }
    const char *remedy =
        !newest || age_ms > 2 * wanted->every_ms ? "seedctl backup now, and wait until seedctl status shows it" : NULL;
    if (newest)
        say(check, remedy, "the newest is %.1f hours old", (double)age_ms / HOUR_MS);
    else
        say(check, remedy, "there is none yet");
}

const struct upgrade_check *upgrade_checks(const struct server *server, int64_t now_ms,
                                           struct upgrade_check ret[static UPGRADE_CHECKS]) {
    static const char *const names[UPGRADE_CHECKS] = {"masters", "etcd", "caches", "certificates", "backup"};
    for (size_t i = 0; i < UPGRADE_CHECKS; i++)
        ret[i] = (struct upgrade_check){.name = names[i]};
    check_masters(server, now_ms, &ret[0]);
    check_etcd(server, &ret[1]);
    check_caches(server, &ret[2]);
    check_certificates(server, now_ms, &ret[3]);
    check_backup(server, now_ms, &ret[4]);
    for (size_t i = 0; i < UPGRADE_CHECKS; i++)
        if (ret[i].remedy)
            return &ret[i];
    return NULL;
}
