/* SPDX-License-Identifier: Apache-2.0
 * The KubeletConfiguration fields that the site may set, for the cluster and for one machine. kubeadm keeps one
 * KubeletConfiguration for the whole cluster. A machine's own values are passed as kubelet's flags, which win over it,
 * or as a patch (K8S_KUBELET_PATCHES). */
#pragma once
#include <cjson/cJSON.h>
#include <stdbool.h>

enum kubelet_type {
    KUBELET_BOOLEAN,
    KUBELET_NUMBER,
    KUBELET_CHOICE,
    KUBELET_DURATION,
    KUBELET_SIZE,
    KUBELET_CPUS,
    KUBELET_PATH,
    KUBELET_TEXT,
    /* objects with a key for each eviction signal */
    KUBELET_LIMITS,  /* "10%" or "200Mi" */
    KUBELET_PERIODS, /* a duration */
    KUBELET_RECLAIMS /* "5%" or "1Gi" */
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

/* NULL when kubelet starts with the value; else what it wants, "a whole number, without quotes". Not for objects. */
const char *kubelet_setting_wants(const struct kubelet_setting *setting, const cJSON *value);

/* The eviction signals that are keys of an object, NULL-terminated. */
extern const char *const kubelet_signals[];
bool kubelet_setting_is_object(const struct kubelet_setting *setting);
/* Of an object: NULL when kubelet starts with the value of one signal. */
const char *kubelet_signal_wants(const struct kubelet_setting *setting, const cJSON *value);
/* Between signal and value in the flag of an object: "memory.available<200Mi", "memory.available=1m". */
char kubelet_setting_separator(const struct kubelet_setting *setting);
