/* SPDX-License-Identifier: Apache-2.0
 * See upgrade_checks.h. */
#include "upgrade_checks.h"

#include "buf.h"
#include "kubernetes.h"
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

/* A master's clock is before or behind the seed's; a message that took its time makes it look behind (statuses.h). */
static void check_clocks(const struct server *server, struct upgrade_check *check) {
    enum { APART_MS = 1000 };
    const struct master_status *status;
    const struct site_node *node;
    long long most_ms = 0;
    for (size_t i = 0; (node = next_master(server, &i, &status));) {
        long long apart_ms = status && status->has_clock ? llabs((long long)status->ahead_ms) : 0;
        if (apart_ms > APART_MS) {
            say(check, "set both by the same time server; certificates and Leases depend on it",
                "the clock of %s is %.1f s %s the seed's", node->hostname, (double)apart_ms / 1000,
                status->ahead_ms > 0 ? "before" : "behind");
            return;
        }
        most_ms = apart_ms > most_ms ? apart_ms : most_ms;
    }
    say(check, NULL, "masters and seed are at most %.1f s apart", (double)most_ms / 1000);
}

/* What the first master that looked around says; NULL: none did. */
static const struct master_status *looked_around(const struct server *server) {
    const struct master_status *status;
    for (size_t i = 0; next_master(server, &i, &status);)
        if (status && status->surroundings.known)
            return status;
    return NULL;
}

#define LOOK_AGAIN "; masters look three times a minute"

static void check_surroundings(const struct server *server, struct upgrade_check *nodes, struct upgrade_check *budgets,
                               struct upgrade_check *webhooks) {
    static const char unknown[] = "no master said";
    const struct master_status *status = looked_around(server);
    const struct status_surroundings *seen = status ? &status->surroundings : NULL;
    if (!seen) {
        say(nodes, NULL, "%s", unknown);
        say(budgets, NULL, "%s", unknown);
        say(webhooks, NULL, "%s", unknown);
        return;
    }
    say(nodes, seen->nodes[0] ? "power it on, or kubectl uncordon" LOOK_AGAIN : NULL, "%s",
        seen->nodes[0] ? seen->nodes : "all are Ready, none is cordoned");
    if (seen->budgets[0])
        say(budgets, "kubectl get poddisruptionbudgets -A: more replicas, or a budget that lets one go" LOOK_AGAIN,
            "no pod may go: %s", seen->budgets);
    else
        say(budgets, NULL, "each lets a pod go");
    if (seen->webhooks[0])
        say(webhooks, NULL, "NOTE: they refuse while the one machine with their pods reboots: %s", seen->webhooks);
    else
        say(webhooks, NULL, "none refuses while a machine reboots");
}

/* kubeadm copies etcd's data twice at most. */
static void check_room(const struct server *server, struct upgrade_check *check) {
    enum { MIB_A_GIB = 1024, COPIES = 2, SPARE_MIB = 512 };
    const struct master_status *status;
    const struct site_node *node;
    unsigned least_gib = UINT_MAX;
    for (size_t i = 0; (node = next_master(server, &i, &status));) {
        if (!status || !status->surroundings.known)
            continue;
        unsigned gib = status->surroundings.free_gib;
        if ((uint64_t)gib * MIB_A_GIB < (uint64_t)COPIES * status->etcd.size_mib + SPARE_MIB) {
            say(check, "make room on its data partition: kubeadm copies etcd's data below /etc/kubernetes",
                "%s has %u GiB free, etcd's data are %u MiB", node->hostname, gib, status->etcd.size_mib);
            return;
        }
        least_gib = gib < least_gib ? gib : least_gib;
    }
    if (least_gib == UINT_MAX)
        say(check, NULL, "no master said");
    else
        say(check, NULL, "every master has %u GiB free or more for copies of etcd's data", least_gib);
}

#define AND_MORE ", and more"

static bool names_has(const char *names, const char *name) {
    size_t n = strlen(name);
    for (const char *at = names; (at = strstr(at, name)); at += n)
        if ((at == names || at[-1] == ' ') && (!at[n] || at[n] == ','))
            return true;
    return false;
}

static void names_add(struct buf *names, const char *name) {
    enum { ROOM = 220 };
    size_t n = names->length;
    if (n >= strlen(AND_MORE) && !strcmp(names->data + n - strlen(AND_MORE), AND_MORE))
        return;
    if (n + strlen(name) + 2 > ROOM)
        buf_adds(names, AND_MORE);
    else
        buf_addf(names, "%s%s", n ? ", " : "", name);
}

/* No refusal: an API server remembers who asked until it restarts. */
static void check_removed(const struct server *server, struct upgrade_check *check) {
    unsigned target = kubernetes_minor(catalog_site(server->catalog)->release);
    const struct master_status *status;
    const struct site_node *node;
    cleanup_buf struct buf names = BUF_INIT(256);
    for (size_t i = 0; (node = next_master(server, &i, &status));)
        for (size_t k = 0; status && k < status->surroundings.n_removed; k++) {
            const struct status_removed *removed = &status->surroundings.removed[k];
            if (removed->minor <= target && !names_has(buf_text(&names), removed->api))
                names_add(&names, removed->api);
        }
    if (names.length)
        say(check, NULL, "NOTE: somebody asked for what v1.%u does not have any more: %s", target, buf_text(&names));
    else
        say(check, NULL, "nobody asked for what v1.%u does not have any more", target);
}

const struct upgrade_check *upgrade_checks(const struct server *server, int64_t now_ms,
                                           struct upgrade_check ret[static UPGRADE_CHECKS]) {
    static const char *const names[UPGRADE_CHECKS] = {"masters",  "etcd",   "caches", "certificates",
                                                      "backup",   "clocks", "nodes",  "budgets",
                                                      "webhooks", "room",   "removed"};
    for (size_t i = 0; i < UPGRADE_CHECKS; i++)
        ret[i] = (struct upgrade_check){.name = names[i]};
    check_masters(server, now_ms, &ret[0]);
    check_etcd(server, &ret[1]);
    check_caches(server, &ret[2]);
    check_certificates(server, now_ms, &ret[3]);
    check_backup(server, now_ms, &ret[4]);
    check_clocks(server, &ret[5]);
    check_surroundings(server, &ret[6], &ret[7], &ret[8]);
    check_room(server, &ret[9]);
    check_removed(server, &ret[10]);
    for (size_t i = 0; i < UPGRADE_CHECKS; i++)
        if (ret[i].remedy)
            return &ret[i];
    return NULL;
}
