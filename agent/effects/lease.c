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
#define NAME "seedrack-maintenance"
enum { OLD_S = 3600 };

/* 0 made, 1 there is one. */
static int make(const struct role *role, struct error *err) {
    char body[512], now[32];
    struct tm parts;
    time_t seconds = time(NULL);
    strftime(now, sizeof(now), "%FT%T.000000Z", gmtime_r(&seconds, &parts));
    snprintf(body, sizeof(body),
             "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":\"" NAME
             "\"},\"spec\":{\"holderIdentity\":\"%s\",\"leaseDurationSeconds\":%d,\"acquireTime\":\"%s\"}}",
             role->hostname, OLD_S, now);
    return api_send(role, "POST", LEASES, body, 409, err);
}

/* Seconds since 1970; 0: it does not say. */
static time_t made_at(const cJSON *lease) {
    struct tm made = {0};
    const char *text = json_text(cJSON_GetObjectItemCaseSensitive(lease, "metadata"), "creationTimestamp");
    return strptime(text, "%Y-%m-%dT%H:%M:%SZ", &made) ? timegm(&made) : 0;
}

/* That very one, not a successor. */
static int drop_old(const struct role *role, const char *uid, struct error *err) {
    char body[256];
    snprintf(body, sizeof(body),
             "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"preconditions\":{\"uid\":\"%.60s\"}}", uid);
    return api_send(role, "DELETE", LEASES "/" NAME, body, 409, err) < 0 ? -1 : 0;
}

int lease_take(const struct role *role, struct error *err) {
    int there = make(role, err);
    if (there <= 0)
        return there;
    cleanup_json cJSON *lease = NULL;
    char host[64];
    if (api_get(role, LEASES "/" NAME, &lease, err) < 0)
        return -1;
    cluster_lease_host(lease, host);
    if (!strcmp(host, role->hostname))
        return 0;
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(lease, "metadata");
    if (made_at(lease) + OLD_S > time(NULL))
        return error_set(err, EAGAIN, "Lease " NAME ": `%s` has it", host);
    if (drop_old(role, json_text(metadata, "uid"), err) < 0)
        return -1;
    there = make(role, err);
    return there > 0 ? error_set(err, EAGAIN, "Lease " NAME ": another master was first") : there;
}

int lease_drop(const struct role *role, struct error *err) {
    return api_delete(role, LEASES "/" NAME, err) < 0 ? error_wrap(err, "Lease " NAME) : 0;
}
