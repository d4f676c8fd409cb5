/* SPDX-License-Identifier: Apache-2.0
 * See kubelet.h. Pairs of kubernetes v1.20, cmd/kubelet/app/options/options.go (AddKubeletConfigFlags);
 * ranges and choices of pkg/kubelet/apis/config/validation and of what reads the value at kubelet's start. */
#include "kubelet.h"

#include "check.h"
#include "json.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { MANY = INT32_MAX };

static const struct kubelet_setting settings[] = {
    {"containerLogMaxFiles", "container-log-max-files", KUBELET_NUMBER, 2, MANY, NULL},
    {"containerLogMaxSize", "container-log-max-size", KUBELET_SIZE, 0, 0, NULL},
    {"cpuCFSQuota", "cpu-cfs-quota", KUBELET_BOOLEAN, 0, 0, NULL},
    {"cpuCFSQuotaPeriod", "cpu-cfs-quota-period", KUBELET_DURATION, 0, 0, NULL},
    {"cpuManagerPolicy", "cpu-manager-policy", KUBELET_CHOICE, 0, 0, "none, static"},
    {"cpuManagerReconcilePeriod", "cpu-manager-reconcile-period", KUBELET_DURATION, 0, 0, NULL},
    {"enableControllerAttachDetach", "enable-controller-attach-detach", KUBELET_BOOLEAN, 0, 0, NULL},
    {"enableDebuggingHandlers", "enable-debugging-handlers", KUBELET_BOOLEAN, 0, 0, NULL},
    {"eventBurst", "event-burst", KUBELET_NUMBER, 0, MANY, NULL},
    {"eventRecordQPS", "event-qps", KUBELET_NUMBER, 0, MANY, NULL},
    {"evictionHard", "eviction-hard", KUBELET_LIMITS, 0, 0, NULL},
    {"evictionMaxPodGracePeriod", "eviction-max-pod-grace-period", KUBELET_NUMBER, -MANY, MANY, NULL},
    {"evictionMinimumReclaim", "eviction-minimum-reclaim", KUBELET_RECLAIMS, 0, 0, NULL},
    {"evictionPressureTransitionPeriod", "eviction-pressure-transition-period", KUBELET_DURATION, 0, 0, NULL},
    {"evictionSoft", "eviction-soft", KUBELET_LIMITS, 0, 0, NULL},
    {"evictionSoftGracePeriod", "eviction-soft-grace-period", KUBELET_PERIODS, 0, 0, NULL},
    {"failSwapOn", "fail-swap-on", KUBELET_BOOLEAN, 0, 0, NULL},
    {"fileCheckFrequency", "file-check-frequency", KUBELET_DURATION, 0, 0, NULL},
    {"hairpinMode", "hairpin-mode", KUBELET_CHOICE, 0, 0, "promiscuous-bridge, hairpin-veth, none"},
    {"healthzPort", "healthz-port", KUBELET_NUMBER, 0, 65535, NULL},
    {"httpCheckFrequency", "http-check-frequency", KUBELET_DURATION, 0, 0, NULL},
    {"imageGCHighThresholdPercent", "image-gc-high-threshold", KUBELET_NUMBER, 0, 100, NULL},
    {"imageGCLowThresholdPercent", "image-gc-low-threshold", KUBELET_NUMBER, 0, 100, NULL},
    {"imageMinimumGCAge", "minimum-image-ttl-duration", KUBELET_DURATION, 0, 0, NULL},
    {"kubeAPIBurst", "kube-api-burst", KUBELET_NUMBER, 0, MANY, NULL},
    {"kubeAPIQPS", "kube-api-qps", KUBELET_NUMBER, 0, MANY, NULL},
    {"kubeReservedCgroup", "kube-reserved-cgroup", KUBELET_TEXT, 0, 0, NULL},
    {"makeIPTablesUtilChains", "make-iptables-util-chains", KUBELET_BOOLEAN, 0, 0, NULL},
    {"maxOpenFiles", "max-open-files", KUBELET_NUMBER, 0, MANY, NULL},
    {"maxPods", "max-pods", KUBELET_NUMBER, 0, MANY, NULL},
    {"nodeStatusMaxImages", "node-status-max-images", KUBELET_NUMBER, -1, MANY, NULL},
    {"nodeStatusUpdateFrequency", "node-status-update-frequency", KUBELET_DURATION, 0, 0, NULL},
    {"oomScoreAdj", "oom-score-adj", KUBELET_NUMBER, -1000, 1000, NULL},
    {"podPidsLimit", "pod-max-pids", KUBELET_NUMBER, -1, MANY, NULL},
    {"podsPerCore", "pods-per-core", KUBELET_NUMBER, 0, MANY, NULL},
    {"protectKernelDefaults", "protect-kernel-defaults", KUBELET_BOOLEAN, 0, 0, NULL},
    {"readOnlyPort", "read-only-port", KUBELET_NUMBER, 0, 65535, NULL},
    {"registryBurst", "registry-burst", KUBELET_NUMBER, 0, MANY, NULL},
    {"registryPullQPS", "registry-qps", KUBELET_NUMBER, 0, MANY, NULL},
    {"reservedSystemCPUs", "reserved-cpus", KUBELET_CPUS, 0, 0, NULL},
    {"resolvConf", "resolv-conf", KUBELET_PATH, 0, 0, NULL},
    {"rotateCertificates", "rotate-certificates", KUBELET_BOOLEAN, 0, 0, NULL},
    {"runtimeRequestTimeout", "runtime-request-timeout", KUBELET_DURATION, 0, 0, NULL},
    {"serializeImagePulls", "serialize-image-pulls", KUBELET_BOOLEAN, 0, 0, NULL},
    {"streamingConnectionIdleTimeout", "streaming-connection-idle-timeout", KUBELET_DURATION, 0, 0, NULL},
    {"syncFrequency", "sync-frequency", KUBELET_DURATION, 0, 0, NULL},
    {"systemReservedCgroup", "system-reserved-cgroup", KUBELET_TEXT, 0, 0, NULL},
    {"tlsMinVersion", "tls-min-version", KUBELET_CHOICE, 0, 0,
     "VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13"},
    {"topologyManagerPolicy", "topology-manager-policy", KUBELET_CHOICE, 0, 0,
     "none, best-effort, restricted, single-numa-node"},
    {"volumePluginDir", "volume-plugin-dir", KUBELET_PATH, 0, 0, NULL},
    {"volumeStatsAggPeriod", "volume-stats-agg-period", KUBELET_DURATION, 0, 0, NULL},
};

enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

/* pkg/kubelet/eviction/api. Not those of containerfs, which kubelet sets itself. */
const char *const kubelet_signals[] = {"memory.available",
                                       "nodefs.available",
                                       "nodefs.inodesFree",
                                       "imagefs.available",
                                       "imagefs.inodesFree",
                                       "pid.available",
                                       NULL};

const struct kubelet_setting *kubelet_setting_find(const char *key, const char **ret_near) {
    const char *names[SETTINGS + 1] = {NULL};
    for (size_t i = 0; i < SETTINGS; i++) {
        if (!strcmp(settings[i].key, key))
            return &settings[i];
        names[i] = settings[i].key;
    }
    *ret_near = json_nearest(key, names);
    return NULL;
}

#define DIGIT "0123456789"

static bool is_choice(const char *choices, const char *text) {
    size_t length = strlen(text);
    for (const char *at = choices; *at;) {
        size_t n = strcspn(at, ",");
        if (n == length && !strncmp(at, text, n))
            return true;
        at += n + strspn(at + n, ", ");
    }
    return false;
}

/* time.ParseDuration of Go, without a sign: numbers, each with its unit. */
static bool is_duration(const char *text) {
    static const char *const units[] = {"ns", "us", "ms", "s", "m", "h"};
    if (!strcmp(text, "0"))
        return true;
    do {
        size_t n = strspn(text, DIGIT), fraction = text[n] == '.' ? 1 + strspn(text + n + 1, DIGIT) : 0, unit = 0;
        if (n == 0 || n > 9 || fraction == 1 || fraction > 9)
            return false;
        text += n + fraction;
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && !unit; i++) {
            size_t length = strlen(units[i]);
            if (!strncmp(text, units[i], length) && (!text[length] || strchr(DIGIT, text[length])))
                unit = length;
        }
        if (!unit)
            return false;
        text += unit;
    } while (*text);
    return true;
}

/* resource.Quantity: a number of bytes with or without a suffix, which fits into 64 bits: kubelet does not start with a
 * larger one. */
static bool is_size(const char *text) {
    static const struct {
        const char *text;
        int64_t factor;
    } suffixes[] = {{"", 1},         {"k", 1000},     {"M", 1000000},  {"G", 1000000000},       {"T", 1000000000000},
                    {"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}, {"Ti", INT64_C(1) << 40}};
    size_t n = strspn(text, DIGIT);
    int64_t number = 0;
    if (n == 0 || n > 12 || text[0] == '0')
        return false;
    for (size_t i = 0; i < n; i++)
        number = number * 10 + (text[i] - '0');
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        if (!strcmp(text + n, suffixes[i].text))
            return number <= INT64_MAX / suffixes[i].factor;
    return false;
}

/* A part of what there is: "10%", "0.5%". kubelet takes 0% and 100% for no limit. */
static bool is_percentage(const char *text) {
    size_t n = strspn(text, DIGIT), fraction = text[n] == '.' ? 1 + strspn(text + n + 1, DIGIT) : 0;
    if (!strcmp(text, "100%"))
        return true;
    return (n == 1 || n == 2) && fraction != 1 && fraction <= 3 && !strcmp(text + n + fraction, "%");
}

/* Whether a percentage is nothing at all. */
static bool is_zero(const char *text) {
    return strspn(text, "0.") == strspn(text, DIGIT ".");
}

/* cpuset.Parse: "0-3,8". */
static bool is_cpus(const char *text) {
    for (;;) {
        size_t first = strspn(text, DIGIT), last = text[first] == '-' ? strspn(text + first + 1, DIGIT) : 0;
        if (first == 0 || first > 4 || last > 4 || (text[first] == '-' && last == 0))
            return false;
        text += first + (last ? 1 + last : 0);
        if (*text != ',')
            return !*text;
        text++;
    }
}

const char *kubelet_setting_wants(const struct kubelet_setting *setting, const cJSON *value) {
    const char *text = cJSON_GetStringValue(value);
    double number = cJSON_IsNumber(value) ? value->valuedouble : -1e10;
    bool plain = text && !check_kubelet_value(text);
    switch (setting->type) {
    case KUBELET_BOOLEAN:
        return cJSON_IsBool(value) ? NULL : "true or false, without quotes";
    case KUBELET_NUMBER:
        return number >= setting->least && number <= setting->most && number == (double)(long)number
                   ? NULL
                   : "a whole number, without quotes";
    case KUBELET_CHOICE:
        return plain && is_choice(setting->choices, text) ? NULL : "one of the choices";
    case KUBELET_DURATION:
        return plain && is_duration(text) ? NULL : "a duration with its unit such as `60s` or `1h30m`";
    case KUBELET_SIZE:
        return plain && is_size(text) ? NULL : "a size such as `10Mi`";
    case KUBELET_CPUS:
        return plain && is_cpus(text) ? NULL : "a list of processors such as `0-3,8`";
    case KUBELET_PATH:
        return plain && text[0] == '/' ? NULL : "an absolute path";
    case KUBELET_LIMITS:
    case KUBELET_PERIODS:
    case KUBELET_RECLAIMS:
        return "an object";
    case KUBELET_TEXT:
        break;
    }
    return text ? check_kubelet_value(text) : "text in quotes";
}

bool kubelet_setting_is_object(const struct kubelet_setting *setting) {
    return setting->type == KUBELET_LIMITS || setting->type == KUBELET_PERIODS || setting->type == KUBELET_RECLAIMS;
}

/* pkg/kubelet/eviction/helpers.go: a minimum reclaim of 0% keeps kubelet from starting, a limit of 0% is none. */
const char *kubelet_signal_wants(const struct kubelet_setting *setting, const cJSON *value) {
    const char *text = cJSON_GetStringValue(value);
    if (setting->type == KUBELET_PERIODS)
        return text && is_duration(text) ? NULL : "a duration with its unit such as `1m30s`";
    bool part = text && is_percentage(text) && (setting->type == KUBELET_LIMITS || !is_zero(text));
    return part || (text && is_size(text)) ? NULL : "a part such as `10%`, or an amount such as `200Mi`";
}

char kubelet_setting_separator(const struct kubelet_setting *setting) {
    return setting->type == KUBELET_LIMITS ? '<' : '=';
}
