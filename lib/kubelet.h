/* SPDX-License-Identifier: Apache-2.0
 * The KubeletConfiguration fields that the site may set for one machine. kubeadm keeps one KubeletConfiguration for the
 * whole cluster, so a machine's own values are passed as kubelet's flags, which win over it (kubelet v1.15 to
 * v1.30). */
#pragma once
#include <cjson/cJSON.h>

enum kubelet_type {
    KUBELET_BOOLEAN,
    KUBELET_NUMBER,
    KUBELET_CHOICE,
    KUBELET_DURATION,
    KUBELET_SIZE,
    KUBELET_CPUS,
    KUBELET_PATH,
    KUBELET_TEXT
};

struct kubelet_setting {
    const char *key;  /* "maxPods" */
    const char *flag; /* "max-pods" */
    enum kubelet_type type;
    int least, most;     /* of a number */
    const char *choices; /* "none, static" */
};

/* NULL when there is no such key; then *ret_near is the nearest known one, or NULL. */
const struct kubelet_setting *kubelet_setting_find(const char *key, const char **ret_near);

/* NULL when kubelet starts with the value; else what it wants, "a whole number, without quotes". */
const char *kubelet_setting_wants(const struct kubelet_setting *setting, const cJSON *value);
