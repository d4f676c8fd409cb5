/* SPDX-License-Identifier: Apache-2.0
 * See kubelet_configuration.h. */
#include "kubelet_configuration.h"

#include "kubelet.h"
#include "render.h"
#include <string.h>

static void scalar(const cJSON *item, struct buf *ret) {
    if (cJSON_IsBool(item))
        buf_adds(ret, cJSON_IsTrue(item) ? "true" : "false");
    else if (cJSON_IsString(item))
        buf_adds(ret, item->valuestring);
    else
        buf_addf(ret, "%ld", (long)item->valuedouble);
}

/* "memory.available<200Mi,nodefs.available<10%": the machine's own signals, then those that the cluster alone has. The
 * flag replaces the cluster's whole object, while a patch, and so a newer release, merges the two. */
static void signals(const cJSON *own, const cJSON *cluster, char separator, struct buf *ret) {
    const cJSON *signal;
    cJSON_ArrayForEach(signal, own) {
        buf_addf(ret, "%s%s%c%s", ret->length ? "," : "", signal->string, separator, signal->valuestring);
    }
    cJSON_ArrayForEach(signal, cluster) {
        if (!cJSON_GetObjectItemCaseSensitive(own, signal->string))
            buf_addf(ret, ",%s%c%s", signal->string, separator, signal->valuestring);
    }
}

const char *kubelet_flag(const struct role *role, const cJSON *item, struct buf *ret_value) {
    const char *near;
    const struct kubelet_setting *setting = kubelet_setting_find(item->string, &near);
    const cJSON *cluster = cJSON_GetObjectItemCaseSensitive(role->kubeadm.kubelet, item->string);
    if (cJSON_IsObject(item))
        signals(item, cluster, kubelet_setting_separator(setting), ret_value);
    else
        scalar(item, ret_value);
    return setting->flag; /* role_parse() let no other key through */
}

/* A setting in a KubeletConfiguration. */
static void yaml(const cJSON *item, struct buf *ret) {
    const char *quote = cJSON_IsString(item) ? "\"" : "";
    const cJSON *signal;
    buf_addf(ret, "%s:%s%s", item->string, cJSON_IsObject(item) ? "" : " ", quote);
    if (!cJSON_IsObject(item))
        scalar(item, ret);
    buf_addf(ret, "%s\n", quote);
    cJSON_ArrayForEach(signal, item) {
        buf_addf(ret, "  %s: \"%s\"\n", signal->string, signal->valuestring);
    }
}

/* Seedrack's own value, where the site has none. */
static void otherwise(const struct role *role, const char *key, const char *value, struct buf *ret) {
    if (!cJSON_GetObjectItemCaseSensitive(role->kubeadm.kubelet, key))
        buf_addf(ret, "%s: %s\n", key, value);
}

void kubelet_configuration(const struct role *role, struct buf *ret) {
    const cJSON *item;
    buf_adds(ret, "apiVersion: kubelet.config.k8s.io/v1beta1\n"
                  "kind: KubeletConfiguration\n"
                  "cgroupDriver: cgroupfs\n");
    otherwise(role, "failSwapOn", "true", ret);
    buf_adds(ret, "staticPodPath: /etc/kubernetes/manifests\n");
    otherwise(role, "fileCheckFrequency", "5s", ret);
    otherwise(role, "serializeImagePulls", "false", ret);
    cJSON_ArrayForEach(item, role->kubeadm.kubelet) {
        yaml(item, ret);
    }
    if (strcmp(role->kubeadm_api, "kubeadm.k8s.io/v1beta4") != 0)
        /* A static pod that asks for ephemeral storage before the node's first status carries any is rejected for good:
         * etcd of a joining master. */
        buf_adds(ret, "featureGates:\n  LocalStorageCapacityIsolation: false\n");
}

/* A strategic merge patch of the cluster's KubeletConfiguration: what this machine has alone. It is a file of kubeadm's
 * patches folder and may change nothing. */
int render_kubelet_patch(const struct role *role, const struct render_facts *facts, struct buf *ret,
                         struct error *err) {
    const cJSON *item;
    buf_adds(ret, "apiVersion: kubelet.config.k8s.io/v1beta1\n"
                  "kind: KubeletConfiguration\n");
    if (facts->cgroup_v1) /* a fact of the machine: no role document can ask for it */
        buf_adds(ret, "failCgroupV1: false\n");
    cJSON_ArrayForEach(item, role->kubelet) {
        yaml(item, ret);
    }
    return render_end(ret, err);
}
