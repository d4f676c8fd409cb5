/* SPDX-License-Identifier: Apache-2.0
 * kubeadm's configuration, v1beta2 (article row R11) and v1beta4. Secrets come from a ticket only. */
#include "render.h"
#include "decide/image.h"

#include "kubelet_configuration.h"
#include "kubernetes.h"
#include <string.h>

static bool is_v1beta4(const struct role *role) {
    return !strcmp(role->kubeadm_api, "kubeadm.k8s.io/v1beta4");
}

static int check_api(const struct role *role, struct error *err) {
    if (is_v1beta4(role) || !strcmp(role->kubeadm_api, "kubeadm.k8s.io/v1beta2"))
        return 0;
    error_set(err, -1, "/kubeadm_api: `%s` is not known here", role->kubeadm_api);
    return error_remedy(err, "use a release whose kubeadm speaks v1beta2 or v1beta4");
}

/* One argument of extraArgs: v1beta2 has a map, v1beta4 a list of names and values. */
static void argument(const struct role *role, struct buf *ret, const char *name, const char *value) {
    if (is_v1beta4(role))
        buf_addf(ret, "  - name: %s\n    value: \"%s\"\n", name, value);
    else
        buf_addf(ret, "    %s: \"%s\"\n", name, value);
}

/* What the site adds to a program of the control plane. */
static void extra_args(const struct role *role, enum control_plane_component program, struct buf *ret) {
    const cJSON *item;
    cJSON_ArrayForEach(item, role->kubeadm.extra_args[program]) {
        argument(role, ret, item->string, item->valuestring);
    }
}

static bool has_extra_args(const struct role *role, enum control_plane_component program) {
    return cJSON_GetArraySize(role->kubeadm.extra_args[program]) > 0;
}

/* This machine's own settings as flags, which win over the cluster's one KubeletConfiguration (lib/kubelet.h). A newer
 * kubeadm takes them as a patch (render_kubelet_patch). */
static void overrides(const struct role *role, struct buf *ret) {
    const cJSON *item;
    cJSON_ArrayForEach(item, role->kubelet) {
        cleanup_buf struct buf value = BUF_INIT(KUBELET_FLAG_MAX);
        const char *flag = kubelet_flag(role, item, &value);
        argument(role, ret, flag, buf_text(&value));
    }
}

static const char *cri_socket(const struct role *role) {
    if (role->runtime == RUNTIME_DOCKER)
        return "/var/run/dockershim.sock";
    return is_v1beta4(role) ? "unix:///run/containerd/containerd.sock" : "/run/containerd/containerd.sock";
}

static void taints(const struct role *role, struct buf *ret) {
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

/* An emulated machine took four minutes to a healthy control plane, and more than one to its API server's first answer.
 * Two minutes are not enough where another learner is first. */
static void timeouts(struct buf *ret) {
    buf_adds(ret, "timeouts:\n"
                  "  controlPlaneComponentHealthCheck: 8m0s\n"
                  "  kubernetesAPICall: 5m0s\n"
                  "  etcdAPICall: 5m0s\n");
}

static void registration(const struct role *role, const struct render_facts *facts, struct buf *ret) {
    buf_addf(ret,
             "nodeRegistration:\n"
             "  name: \"%s\"\n"
             "  criSocket: %s\n",
             role->hostname, cri_socket(role));
    if (is_v1beta4(role)) /* the layers have all images */
        buf_adds(ret, "  imagePullPolicy: Never\n");
    if (is_v1beta4(role) && facts->cgroup_v1)
        buf_adds(ret, "  ignorePreflightErrors:\n  - SystemVerification\n");
    if (!role->default_taints)
        taints(role, ret);
    buf_adds(ret, "  kubeletExtraArgs:\n");
    argument(role, ret, "node-ip", role->address.text);
    if (role->n_labels) {
        cleanup_buf struct buf labels = BUF_INIT(64 * 1024);
        for (size_t i = 0; i < role->n_labels; i++)
            buf_addf(&labels, "%s%s=%s", i ? "," : "", role->labels[i].key, role->labels[i].value);
        argument(role, ret, "node-labels", buf_text(&labels));
    }
    if (kubernetes_has(role->release, K8S_KUBELET_PATCHES))
        buf_adds(ret, "patches:\n  directory: " RENDER_PATCHES "\n");
    else
        overrides(role, ret);
    if (is_v1beta4(role))
        timeouts(ret);
}

/* The plain HTTP health ports, which `kubectl get componentstatuses` needs (R18), on loopback: release 1.20 had them
 * switched off, a later one has none. */
static void component(const struct role *role, enum control_plane_component program, const char *name, const char *port,
                      struct buf *ret) {
    bool allocate = program == COMPONENT_CONTROLLER_MANAGER && role->cni_bridge;
    bool health = kubernetes_has(role->release, K8S_PLAIN_HEALTH);
    if (!allocate && !health && !has_extra_args(role, program))
        return;
    buf_addf(ret, "%s:\n  extraArgs:\n", name);
    if (health) {
        argument(role, ret, "port", port);
        argument(role, ret, "address", "127.0.0.1");
    }
    if (allocate) /* the /24 of each node is the site's, not the controller's */
        argument(role, ret, "allocate-node-cidrs", "false");
    extra_args(role, program, ret);
}

/* The folder that has CoreDNS' image: in the official registry it is one below that of the others. */
static void coredns_repository(const struct role *role, struct buf *ret) {
    for (size_t i = 0; role->kubeadm.image_repository && i < role->n_images; i++) {
        const char *name = strstr(role->images[i], "/coredns:");
        if (name)
            buf_addf(ret, "  imageRepository: \"%.*s\"\n", (int)(name - role->images[i]), role->images[i]);
    }
}

/* What the layers have, which need not be what kubeadm would take. */
static void own_versions(const struct role *role, struct buf *ret) {
    const char *etcd = image_tag(role, "/etcd:"), *coredns = image_tag(role, "/coredns:");
    if (etcd)
        buf_addf(ret, "etcd:\n  local:\n    dataDir: /var/lib/etcd\n    imageTag: \"%s\"\n", etcd);
    if (!coredns)
        return;
    buf_addf(ret, "dns:\n  imageTag: \"%s\"\n", coredns);
    coredns_repository(role, ret);
}

/* The keys that kubeadm makes. ECDSA spares it the search for primes. */
static void keys(const struct role *role, struct buf *ret) {
    const struct kubeadm_options *kubeadm = &role->kubeadm;
    if (kubernetes_has(role->release, K8S_KEY_ALGORITHMS))
        buf_addf(ret, "encryptionAlgorithm: %s\n",
                 kubeadm->encryption_algorithm ? kubeadm->encryption_algorithm : "ECDSA-P256");
    if (kubeadm->certificate_validity_period)
        buf_addf(ret, "certificateValidityPeriod: %s\n", kubeadm->certificate_validity_period);
    if (kubeadm->ca_certificate_validity_period)
        buf_addf(ret, "caCertificateValidityPeriod: %s\n", kubeadm->ca_certificate_validity_period);
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
             "%s"
             "  certSANs:\n"
             "  - \"%s\"\n",
             role->kubeadm_api, role->release, role->cluster_name, role->control_plane_endpoint, role->pod_subnet,
             role->service_subnet, role->dns_domain, is_v1beta4(role) ? "" : "  timeoutForControlPlane: 4m0s\n",
             role->vip.text);
    for (size_t i = 0; i < role->n_peers; i++)
        if (role->peers[i].role == NODE_MASTER)
            buf_addf(ret, "  - \"%s\"\n  - \"%s\"\n", role->peers[i].address.text, role->peers[i].hostname);
    if (has_extra_args(role, COMPONENT_API_SERVER))
        buf_adds(ret, "  extraArgs:\n");
    extra_args(role, COMPONENT_API_SERVER, ret);
    component(role, COMPONENT_CONTROLLER_MANAGER, "controllerManager", "10252", ret);
    component(role, COMPONENT_SCHEDULER, "scheduler", "10251", ret);
    if (role->kubeadm.image_repository)
        buf_addf(ret, "imageRepository: \"%s\"\n", role->kubeadm.image_repository);
    keys(role, ret);
    if (is_v1beta4(role))
        own_versions(role, ret);
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
    registration(role, facts, ret);
    buf_adds(ret, "---\n");
    cluster(role, ret);
    buf_adds(ret, "---\n");
    kubelet_configuration(role, ret);
    buf_addf(ret,
             "---\n"
             "apiVersion: kubeproxy.config.k8s.io/v1alpha1\n"
             "kind: KubeProxyConfiguration\n"
             "mode: %s\n"
             "clusterCIDR: \"%s\"\n",
             role->kubeadm.proxy_mode ? role->kubeadm.proxy_mode : "iptables", role->pod_subnet);
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
             "%s"
             "  bootstrapToken:\n"
             "    apiServerEndpoint: \"%s\"\n"
             "    token: \"%s\"\n"
             "    caCertHashes:\n"
             "    - \"%s\"\n",
             role->kubeadm_api, is_v1beta4(role) ? "" : "  timeout: 5m0s\n", role->control_plane_endpoint,
             ticket->token ? ticket->token : "<token>", ticket->ca_hash ? ticket->ca_hash : "<ca_hash>");
    registration(role, facts, ret);
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

/* The kubeconfig with which a member's kubelet asks for a certificate, with a ticket's token (kubernetes.io: TLS
 * bootstrapping). kubeadm join writes one like it. */
int render_bootstrap_kubelet(const struct role *role, const struct render_facts *facts, struct buf *ret,
                             struct error *err) {
    const char *token = facts->ticket ? facts->ticket->token : NULL;
    buf_addf(ret,
             "apiVersion: v1\n"
             "kind: Config\n"
             "clusters:\n"
             "- name: \"%s\"\n"
             "  cluster:\n"
             "    certificate-authority: /etc/kubernetes/pki/ca.crt\n"
             "    server: \"https://%s\"\n"
             "contexts:\n"
             "- name: tls-bootstrap\n"
             "  context:\n"
             "    cluster: \"%s\"\n"
             "    user: tls-bootstrap-token-user\n"
             "current-context: tls-bootstrap\n"
             "users:\n"
             "- name: tls-bootstrap-token-user\n"
             "  user:\n"
             "    token: \"%s\"\n",
             role->cluster_name, role->control_plane_endpoint, role->cluster_name, token ? token : "<token>");
    return render_end(ret, err);
}

/* What apply and node have alike (v1beta4, UpgradeConfiguration). The layers have all images; certificates are renewed
 * with the components that use them. */
static void upgrade_options(const struct render_facts *facts, struct buf *ret) {
    buf_adds(ret, "  imagePullPolicy: Never\n"
                  "  patches:\n    directory: " RENDER_PATCHES "\n");
    if (facts->cgroup_v1)
        buf_adds(ret, "  ignorePreflightErrors:\n  - SystemVerification\n");
}

int render_kubeadm_upgrade(const struct role *role, const struct render_facts *facts, struct buf *ret,
                           struct error *err) {
    if (!is_v1beta4(role))
        return error_set(err, -1, "/kubeadm_api: `%s` has no UpgradeConfiguration", role->kubeadm_api);
    buf_addf(ret, "apiVersion: %s\nkind: UpgradeConfiguration\napply:\n  kubernetesVersion: %s\n", role->kubeadm_api,
             role->release);
    upgrade_options(facts, ret);
    buf_adds(ret, "node:\n");
    upgrade_options(facts, ret);
    timeouts(ret);
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

/* CoreDNS' configuration for a site without name servers: kubeadm's own forwards other names to those of the machine,
 * and CoreDNS does not start when there are none. Then other names are answered with NXDOMAIN at once. */
int render_coredns(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    (void)facts;
    buf_addf(ret,
             "apiVersion: v1\n"
             "kind: ConfigMap\n"
             "metadata:\n"
             "  name: coredns\n"
             "  namespace: kube-system\n"
             "data:\n"
             "  Corefile: |\n"
             "    .:53 {\n"
             "        errors\n"
             "        health {\n"
             "           lameduck 5s\n"
             "        }\n"
             "        ready\n"
             "        kubernetes %s in-addr.arpa ip6.arpa {\n"
             "           pods insecure\n"
             "           fallthrough in-addr.arpa ip6.arpa\n"
             "           ttl 30\n"
             "        }\n"
             "        prometheus :9153\n"
             "        cache 30 {\n"
             "           disable success %s\n"
             "           disable denial %s\n"
             "        }\n"
             "        reload\n"
             "        loadbalance\n"
             "    }\n",
             role->dns_domain, role->dns_domain, role->dns_domain);
    return render_end(ret, err);
}
