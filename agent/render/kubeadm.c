/* SPDX-License-Identifier: Apache-2.0
 * kubeadm's configuration, v1beta2 (article row R11; Kubernetes 1.15 to 1.21). Secrets come from a ticket only. */
#include "render.h"

#include "kubelet.h"
#include <string.h>

static int check_api(const struct role *role, struct error *err) {
    if (!strcmp(role->kubeadm_api, "kubeadm.k8s.io/v1beta2"))
        return 0;
    error_set(err, -1, "/kubeadm_api: `%s` is not known here", role->kubeadm_api);
    return error_remedy(err, "use a release whose kubeadm speaks kubeadm.k8s.io/v1beta2");
}

/* This machine's own settings as flags, which win over the cluster's one KubeletConfiguration (lib/kubelet.h). */
static void overrides(const struct role *role, struct buf *ret) {
    const cJSON *item;
    cJSON_ArrayForEach(item, role->kubelet) {
        const char *near;
        const struct kubelet_setting *setting = kubelet_setting_find(item->string, &near);
        if (!setting) /* role_parse() let no other key through */
            continue;
        buf_addf(ret, "    %s: ", setting->flag);
        if (setting->type == KUBELET_BOOLEAN)
            buf_addf(ret, "\"%s\"\n", cJSON_IsTrue(item) ? "true" : "false");
        else if (setting->type == KUBELET_NUMBER)
            buf_addf(ret, "\"%ld\"\n", (long)item->valuedouble);
        else
            buf_addf(ret, "\"%s\"\n", item->valuestring);
    }
}

static void registration(const struct role *role, struct buf *ret) {
    buf_addf(ret,
             "nodeRegistration:\n"
             "  name: \"%s\"\n"
             "  criSocket: %s\n",
             role->hostname,
             role->runtime == RUNTIME_DOCKER ? "/var/run/dockershim.sock" : "/run/containerd/containerd.sock");
    if (!role->default_taints) {
        buf_addf(ret, "  taints:%s\n", role->n_taints ? "" : " []");
        for (size_t i = 0; i < role->n_taints; i++) {
            const char *text = role->taints[i];
            int key = (int)strcspn(text, "=:");
            const char *effect = strrchr(text, ':') + 1;
            buf_addf(ret, "  - key: \"%.*s\"\n    effect: %s\n", key, text, effect);
            if (text[key] == '=')
                buf_addf(ret, "    value: \"%.*s\"\n", (int)(effect - 1 - (text + key + 1)), text + key + 1);
        }
    }
    buf_addf(ret, "  kubeletExtraArgs:\n    node-ip: \"%s\"\n", role->address.text);
    if (role->n_labels) {
        buf_adds(ret, "    node-labels: \"");
        for (size_t i = 0; i < role->n_labels; i++)
            buf_addf(ret, "%s%s=%s", i ? "," : "", role->labels[i].key, role->labels[i].value);
        buf_adds(ret, "\"\n");
    }
    overrides(role, ret);
}

/* Release 1.20 switched off the plain HTTP health ports, which `kubectl get componentstatuses` needs (R18). They are
 * switched on again, on loopback. */
static void component(const struct role *role, const char *name, const char *port, struct buf *ret) {
    bool allocate = !strcmp(name, "controllerManager") && role->cni_bridge;
    bool health = role_minor(role->release) <= 20;
    if (!allocate && !health)
        return;
    buf_addf(ret, "%s:\n  extraArgs:\n", name);
    if (health)
        buf_addf(ret, "    port: \"%s\"\n    address: 127.0.0.1\n", port);
    if (allocate) /* the /24 of each node is the site's, not the controller's */
        buf_adds(ret, "    allocate-node-cidrs: \"false\"\n");
}

static void cluster(const struct role *role, struct buf *ret) {
    buf_addf(ret,
             "apiVersion: %s\n"
             "kind: ClusterConfiguration\n"
             "kubernetesVersion: %s\n"
             "clusterName: \"%s\"\n"
             "controlPlaneEndpoint: \"%s\"\n"
             "networking:\n"
             "  podSubnet: \"%s\"\n"
             "  serviceSubnet: \"%s\"\n"
             "  dnsDomain: \"%s\"\n"
             "apiServer:\n"
             "  timeoutForControlPlane: 4m0s\n"
             "  certSANs:\n"
             "  - \"%s\"\n",
             role->kubeadm_api, role->release, role->cluster_name, role->control_plane_endpoint, role->pod_subnet,
             role->service_subnet, role->dns_domain, role->vip.text);
    for (size_t i = 0; i < role->n_peers; i++)
        if (role->peers[i].role == NODE_MASTER)
            buf_addf(ret, "  - \"%s\"\n  - \"%s\"\n", role->peers[i].address.text, role->peers[i].hostname);
    component(role, "controllerManager", "10252", ret);
    component(role, "scheduler", "10251", ret);
}

static void kubelet(struct buf *ret) {
    buf_adds(ret, "apiVersion: kubelet.config.k8s.io/v1beta1\n"
                  "kind: KubeletConfiguration\n"
                  "cgroupDriver: cgroupfs\n"
                  "failSwapOn: true\n"
                  "staticPodPath: /etc/kubernetes/manifests\n"
                  "fileCheckFrequency: 5s\n"
                  "serializeImagePulls: false\n"
                  /* A static pod that asks for ephemeral storage before the node's first status carries any is
                   * rejected for good: etcd of a joining master. */
                  "featureGates:\n"
                  "  LocalStorageCapacityIsolation: false\n");
}

int render_kubeadm_init(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    if (check_api(role, err) < 0)
        return -1;
    if (role->style == STYLE_ARTICLE) {
        buf_addf(ret,
                 "apiVersion: %s\n"
                 "kind: ClusterConfiguration\n"
                 "kubernetesVersion: %s\n"
                 "controlPlaneEndpoint: \"%s\"\n"
                 "networking:\n"
                 "  podSubnet: \"%s\"\n",
                 role->kubeadm_api, role->release, role->control_plane_endpoint, role->pod_subnet);
        return render_end(ret, err);
    }
    buf_addf(ret,
             "apiVersion: %s\n"
             "kind: InitConfiguration\n"
             /* kubeadm always makes one. Given here: the description that it has without a file (decide/token.c
              * looks for it), and a short life */
             "bootstrapTokens:\n"
             "- description: \"The default bootstrap token generated by 'kubeadm init'.\"\n"
             "  ttl: 15m0s\n"
             "localAPIEndpoint:\n"
             "  advertiseAddress: \"%s\"\n"
             "  bindPort: 6443\n",
             role->kubeadm_api, role->address.text);
    registration(role, ret);
    buf_adds(ret, "---\n");
    cluster(role, ret);
    buf_adds(ret, "---\n");
    kubelet(ret);
    buf_addf(ret,
             "---\n"
             "apiVersion: kubeproxy.config.k8s.io/v1alpha1\n"
             "kind: KubeProxyConfiguration\n"
             "mode: iptables\n"
             "clusterCIDR: \"%s\"\n",
             role->pod_subnet);
    if (facts->conntrack_readonly)
        buf_adds(ret, "conntrack:\n  maxPerCore: 0\n  min: 0\n");
    return render_end(ret, err);
}

int render_kubeadm_join(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    static const struct render_ticket none = {0};
    const struct render_ticket *ticket = facts->ticket ? facts->ticket : &none;
    if (check_api(role, err) < 0)
        return -1;
    buf_addf(ret,
             "apiVersion: %s\n"
             "kind: JoinConfiguration\n"
             "discovery:\n"
             "  timeout: 5m0s\n"
             "  bootstrapToken:\n"
             "    apiServerEndpoint: \"%s\"\n"
             "    token: \"%s\"\n"
             "    caCertHashes:\n"
             "    - \"%s\"\n",
             role->kubeadm_api, role->control_plane_endpoint, ticket->token ? ticket->token : "<token>",
             ticket->ca_hash ? ticket->ca_hash : "<ca_hash>");
    registration(role, ret);
    if (role->role == NODE_MASTER)
        buf_addf(ret,
                 "controlPlane:\n"
                 "  localAPIEndpoint:\n"
                 "    advertiseAddress: \"%s\"\n"
                 "    bindPort: 6443\n"
                 "  certificateKey: \"%s\"\n",
                 role->address.text, ticket->certificate_key ? ticket->certificate_key : "<certificate_key>");
    return render_end(ret, err);
}

/* For `kubeadm init phase upload-certs`: the key is passed in this file, never in argv. */
int render_upload_certs(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    const char *key = facts->ticket ? facts->ticket->certificate_key : NULL;
    if (check_api(role, err) < 0)
        return -1;
    buf_addf(ret,
             "apiVersion: %s\n"
             "kind: InitConfiguration\n"
             "certificateKey: \"%s\"\n"
             "---\n"
             "apiVersion: %s\n"
             "kind: ClusterConfiguration\n"
             "kubernetesVersion: %s\n"
             "controlPlaneEndpoint: \"%s\"\n",
             role->kubeadm_api, key ? key : "<certificate_key>", role->kubeadm_api, role->release,
             role->control_plane_endpoint);
    return render_end(ret, err);
}
