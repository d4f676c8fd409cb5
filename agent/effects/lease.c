/* SPDX-License-Identifier: Apache-2.0
 * See lease.h. It is taken by making it: only one of two masters can. */
#include "lease.h"
#include "api_call.h"
#include "decide/cluster.h"

#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LEASES "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"

struct lease_kind {
    const char *name;
    int old_s;
};
static const struct lease_kind maintenance = {"seedrack-maintenance", 3600}, front = {"seedrack-front", 60},
                               network = {"seedrack-network", 180};

/* 0 made, 1 there is one. */
static int make(const struct role *role, const struct lease_kind *kind, struct error *err) {
    char body[512], now[32];
    struct tm parts;
    time_t seconds = time(NULL);
    strftime(now, sizeof(now), "%FT%T.000000Z", gmtime_r(&seconds, &parts));
    snprintf(body, sizeof(body),
             "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":\"%s\"},"
             "\"spec\":{\"holderIdentity\":\"%s\",\"leaseDurationSeconds\":%d,\"acquireTime\":\"%s\"}}",
             kind->name, role->hostname, kind->old_s, now);
    return api_send(role, "POST", LEASES, body, 409, err);
}

/* Seconds since 1970; 0: it does not say. */
static time_t made_at(const cJSON *lease) {
    struct tm made = {0};
    const char *text = json_text(cJSON_GetObjectItemCaseSensitive(lease, "metadata"), "creationTimestamp");
    return strptime(text, "%Y-%m-%dT%H:%M:%SZ", &made) ? timegm(&made) : 0;
}

/* That very one, not a successor. */
static int drop_old(const struct role *role, const struct lease_kind *kind, const char *uid, struct error *err) {
    char body[256], path[160];
    snprintf(path, sizeof(path), LEASES "/%s", kind->name);
    snprintf(body, sizeof(body),
             "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"preconditions\":{\"uid\":\"%.60s\"}}", uid);
    return api_send(role, "DELETE", path, body, 409, err) < 0 ? -1 : 0;
}

static int take(const struct role *role, const struct lease_kind *kind, struct error *err) {
    int there = make(role, kind, err);
    if (there <= 0)
        return there;
    cleanup_json cJSON *lease = NULL;
    char host[64], path[160];
    snprintf(path, sizeof(path), LEASES "/%s", kind->name);
    if (api_get(role, path, &lease, err) < 0)
        return -1;
    cluster_lease_host(lease, host);
    if (!strcmp(host, role->hostname))
        return 0;
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(lease, "metadata");
    if (made_at(lease) + kind->old_s > time(NULL))
        return error_set(err, EAGAIN, "Lease %s: `%s` has it", kind->name, host);
    if (drop_old(role, kind, json_text(metadata, "uid"), err) < 0)
        return -1;
    there = make(role, kind, err);
    return there > 0 ? error_set(err, EAGAIN, "Lease %s: another master was first", kind->name) : there;
}

static int drop(const struct role *role, const struct lease_kind *kind, struct error *err) {
    char path[160];
    snprintf(path, sizeof(path), LEASES "/%s", kind->name);
    return api_delete(role, path, err) < 0 ? error_wrap(err, "Lease %s", kind->name) : 0;
}

int lease_take(const struct role *role, struct error *err) {
    return take(role, &maintenance, err);
}
int lease_drop(const struct role *role, struct error *err) {
    return drop(role, &maintenance, err);
}
int lease_take_front(const struct role *role, struct error *err) {
    return take(role, &front, err);
}
int lease_drop_front(const struct role *role, struct error *err) {
    return drop(role, &front, err);
}
int lease_take_network(const struct role *role, struct error *err) {
    return take(role, &network, err);
}
int lease_drop_network(const struct role *role, struct error *err) {
    return drop(role, &network, err);
}
