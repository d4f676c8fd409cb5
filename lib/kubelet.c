/* SPDX-License-Identifier: Apache-2.0
 * See kubelet.h. Pairs of kubernetes v1.20, cmd/kubelet/app/options/options.go (AddKubeletConfigFlags). */
#include "kubelet.h"

#include "json.h"
#include <string.h>

static const struct kubelet_setting settings[] = {
    {"containerLogMaxFiles", "container-log-max-files", KUBELET_NUMBER},
    {"containerLogMaxSize", "container-log-max-size", KUBELET_TEXT},
    {"cpuCFSQuota", "cpu-cfs-quota", KUBELET_BOOLEAN},
    {"cpuCFSQuotaPeriod", "cpu-cfs-quota-period", KUBELET_TEXT},
    {"cpuManagerPolicy", "cpu-manager-policy", KUBELET_TEXT},
    {"cpuManagerReconcilePeriod", "cpu-manager-reconcile-period", KUBELET_TEXT},
    {"enableControllerAttachDetach", "enable-controller-attach-detach", KUBELET_BOOLEAN},
    {"enableDebuggingHandlers", "enable-debugging-handlers", KUBELET_BOOLEAN},
    {"eventBurst", "event-burst", KUBELET_NUMBER},
    {"eventRecordQPS", "event-qps", KUBELET_NUMBER},
    {"evictionMaxPodGracePeriod", "eviction-max-pod-grace-period", KUBELET_NUMBER},
    {"evictionPressureTransitionPeriod", "eviction-pressure-transition-period", KUBELET_TEXT},
    {"failSwapOn", "fail-swap-on", KUBELET_BOOLEAN},
    {"fileCheckFrequency", "file-check-frequency", KUBELET_TEXT},
    {"hairpinMode", "hairpin-mode", KUBELET_TEXT},
    {"healthzPort", "healthz-port", KUBELET_NUMBER},
    {"httpCheckFrequency", "http-check-frequency", KUBELET_TEXT},
    {"imageGCHighThresholdPercent", "image-gc-high-threshold", KUBELET_NUMBER},
    {"imageGCLowThresholdPercent", "image-gc-low-threshold", KUBELET_NUMBER},
    {"imageMinimumGCAge", "minimum-image-ttl-duration", KUBELET_TEXT},
    {"kubeAPIBurst", "kube-api-burst", KUBELET_NUMBER},
    {"kubeAPIQPS", "kube-api-qps", KUBELET_NUMBER},
    {"kubeReservedCgroup", "kube-reserved-cgroup", KUBELET_TEXT},
    {"makeIPTablesUtilChains", "make-iptables-util-chains", KUBELET_BOOLEAN},
    {"maxOpenFiles", "max-open-files", KUBELET_NUMBER},
    {"maxPods", "max-pods", KUBELET_NUMBER},
    {"nodeStatusMaxImages", "node-status-max-images", KUBELET_NUMBER},
    {"nodeStatusUpdateFrequency", "node-status-update-frequency", KUBELET_TEXT},
    {"oomScoreAdj", "oom-score-adj", KUBELET_NUMBER},
    {"podPidsLimit", "pod-max-pids", KUBELET_NUMBER},
    {"podsPerCore", "pods-per-core", KUBELET_NUMBER},
    {"protectKernelDefaults", "protect-kernel-defaults", KUBELET_BOOLEAN},
    {"readOnlyPort", "read-only-port", KUBELET_NUMBER},
    {"registryBurst", "registry-burst", KUBELET_NUMBER},
    {"registryPullQPS", "registry-qps", KUBELET_NUMBER},
    {"reservedSystemCPUs", "reserved-cpus", KUBELET_TEXT},
    {"resolvConf", "resolv-conf", KUBELET_TEXT},
    {"rotateCertificates", "rotate-certificates", KUBELET_BOOLEAN},
    {"runtimeRequestTimeout", "runtime-request-timeout", KUBELET_TEXT},
    {"serializeImagePulls", "serialize-image-pulls", KUBELET_BOOLEAN},
    {"streamingConnectionIdleTimeout", "streaming-connection-idle-timeout", KUBELET_TEXT},
    {"syncFrequency", "sync-frequency", KUBELET_TEXT},
    {"systemReservedCgroup", "system-reserved-cgroup", KUBELET_TEXT},
    {"tlsMinVersion", "tls-min-version", KUBELET_TEXT},
    {"topologyManagerPolicy", "topology-manager-policy", KUBELET_TEXT},
    {"volumePluginDir", "volume-plugin-dir", KUBELET_TEXT},
    {"volumeStatsAggPeriod", "volume-stats-agg-period", KUBELET_TEXT},
};

enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

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
