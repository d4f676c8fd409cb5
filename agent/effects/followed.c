/* SPDX-License-Identifier: Apache-2.0
 * See followed.h. */
#include "followed.h"
#include "api_call.h"
#include "decide/cluster.h"

#include "json.h"
#include "kubernetes.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SERVICES "/api/v1/namespaces/kube-system/services"

/* A Service of its own for each master, named by its address: "seedrack-followed-172-22-132-11". */
static void followed_name(const struct role *role, char ret[static 64]) {
    snprintf(ret, 64, "seedrack-followed-%s", role->address.text);
    for (char *c = ret; *c; c++)
        if (*c == '.')
            *c = '-';
}

int api_remove_followed(const struct role *role, struct error *err) {
    char name[64], path[160];
    followed_name(role, name);
    snprintf(path, sizeof(path), SERVICES "/%s", name);
    return api_delete(role, path, err) < 0 ? -1 : 0;
}

int api_make_followed(const struct role *role, char ret_uid[static API_UID_SIZE], struct error *err) {
    char name[64], path[160], body[512];
    cleanup_json cJSON *made = NULL;
    followed_name(role, name);
    snprintf(
        body, sizeof(body),
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"%s\"},\"spec\":{\"clusterIP\":\"None\","
        "\"selector\":{\"component\":\"kube-apiserver\"},\"ports\":[{\"port\":6443}]}}",
        name);
    snprintf(path, sizeof(path), SERVICES "/%s", name);
    if (api_remove_followed(role, err) < 0 || api_send(role, "POST", SERVICES, body, 409, err) < 0 ||
        api_get(role, path, &made, err) < 0)
        return -1;
    const char *uid = json_text(cJSON_GetObjectItemCaseSensitive(made, "metadata"), "uid");
    if (!uid[0] || strlen(uid) >= API_UID_SIZE)
        return error_set(err, EPROTO, "API server: the new Service `%s` has no uid", name);
    snprintf(ret_uid, API_UID_SIZE, "%s", uid);
    return 0;
}

static void followed_slices(const struct role *role, const char *more, char ret[static 256]) {
    char name[64];
    followed_name(role, name);
    snprintf(ret, 256,
             "/apis/discovery.k8s.io/%s/namespaces/kube-system/"
             "endpointslices?labelSelector=kubernetes.io%%2Fservice-name%%3D%s%s",
             kubernetes_has(role->release, K8S_SLICES_V1) ? "v1" : "v1beta1", name, more);
}

static bool shows_followed(void *context, const char *text, size_t length) {
    return cluster_slice_event(text, length, context);
}

int api_wait_followed(const struct role *role, const char *uid, unsigned timeout_s, struct error *err) {
    struct http_options options;
    struct api_user user;
    char path[256], url[320], wanted[API_UID_SIZE];
    followed_slices(role, "&watch=1&resourceVersion=0&timeoutSeconds=60", path);
    snprintf(url, sizeof(url), "https://%s:6443%s", role->address.text, path);
    snprintf(wanted, sizeof(wanted), "%s", uid);
    return api_agent(role, &user, &options, err) < 0 ? -1
                                                     : api_watch(url, &options, shows_followed, wanted, timeout_s, err);
}

int api_has_followed(const struct role *role, const char *uid, bool cached, bool *ret, struct error *err) {
    cleanup_json cJSON *list = NULL;
    char path[256];
    followed_slices(role, cached ? "&resourceVersion=0" : "", path);
    if (api_get(role, path, &list, err) < 0)
        return -1;
    *ret = cluster_slices_have(list, uid);
    return 0;
}

int api_controllers_host(const struct role *role, char ret[static 64], struct error *err) {
    cleanup_json cJSON *lease = NULL;
    if (api_get(role, "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager", &lease,
                err) < 0)
        return -1;
    cluster_lease_host(lease, ret);
    return 0;
}
