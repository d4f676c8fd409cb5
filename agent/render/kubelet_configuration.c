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

const char *kubelet_flag(const cJSON *item, struct buf *ret_value) {
    const char *near;
    scalar(item, ret_value);
    return kubelet_setting_find(item->string, &near)->flag; /* role_parse() let no other key through */
}

/* A setting in a KubeletConfiguration. */
static void yaml(const cJSON *item, struct buf *ret) {
    const char *quote = cJSON_IsString(item) ? "\"" : "";
    buf_addf(ret, "%s: %s", item->string, quote);
    scalar(item, ret);
    buf_addf(ret, "%s\n", quote);
}

void kubelet_configuration(const struct role *role, struct buf *ret) {
    buf_adds(ret, "apiVersion: kubelet.config.k8s.io/v1beta1\n"
                  "kind: KubeletConfiguration\n"
                  "cgroupDriver: cgroupfs\n"
                  "failSwapOn: true\n"
                  "staticPodPath: /etc/kubernetes/manifests\n"
                  "fileCheckFrequency: 5s\n"
                  "serializeImagePulls: false\n");
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
