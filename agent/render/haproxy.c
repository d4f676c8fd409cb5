/* SPDX-License-Identifier: Apache-2.0
 * HAProxy in front of the API servers (article rows R7, R8). Style seedrack differs from the article's text: it checks
 * readiness instead of an open port, tries another server when one does not answer within a second, and shows the
 * statistics page only to the machine itself, with the site's password. */
#include "render.h"

#include "kubernetes.h"

static const char *stats_auth(const struct render_facts *facts) {
    return facts->passwords.stats_auth[0] ? facts->passwords.stats_auth : "<user>:<password>";
}

static void article_head(const struct role *role, const struct render_facts *facts, struct buf *ret) {
    buf_addf(ret,
             "global\n"
             "    log 127.0.0.1 local0\n"
             "    log 127.0.0.1 local1 notice\n"
             "    tune.ssl.default-dh-param 2048\n"
             "\n"
             "defaults\n"
             "    log global\n"
             "    mode http\n"
             "    option dontlognull\n"
             "    timeout connect 5000ms\n"
             "    timeout client 600000ms\n"
             "    timeout server 600000ms\n"
             "\n"
             "listen stats\n"
             "    bind :%u\n"
             "    mode http\n"
             "    balance\n"
             "    stats uri /haproxy_stats\n"
             "    stats auth %s\n"
             "    stats admin if TRUE\n",
             role->stats_port, stats_auth(facts));
}

static void head(const struct role *role, const struct render_facts *facts, struct buf *ret) {
    buf_addf(ret,
             "global\n"
             "    log stdout format raw local0 notice\n"
             "    maxconn 4096\n"
             "\n"
             "defaults\n"
             "    log global\n"
             "    mode http\n"
             "    option dontlognull\n"
             "    timeout connect 1000ms\n"
             "    timeout check 1500ms\n"
             "    timeout client 600000ms\n"
             "    timeout server 600000ms\n"
             "\n"
             "listen stats\n"
             "    bind %s:%u\n"
             "    mode http\n"
             "    stats enable\n"
             "    stats uri /haproxy_stats\n"
             "    stats auth %s\n",
             role->stats_address, role->stats_port, stats_auth(facts));
}

int render_haproxy_cfg(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    bool article = role->style == STYLE_ARTICLE;
    (article ? article_head : head)(role, facts, ret);
    buf_addf(ret,
             "\n"
             "frontend kube-apiserver-https\n"
             "    mode tcp\n"
             "    bind :%u\n"
             "    default_backend kube-apiserver-backend\n"
             "\n"
             "backend kube-apiserver-backend\n"
             "    mode tcp\n"
             "    balance roundrobin\n"
             "    stick-table type ip size 200k expire 30m\n"
             "    stick on src\n",
             role->haproxy_port);
    /* The check is frequent because kubelet depends on it: while etcd grows from one voter to two there is no
     * quorum, kubelet waits for the creation of a mirror pod, and it starts etcd only when HAProxy closes that
     * connection. After 10 s without quorum, controller-manager and scheduler would lose their leases and restart. */
    if (!article)
        buf_addf(ret,
                 "    option httpchk GET %s\n"
                 "    option redispatch 1\n"
                 "    default-server check check-ssl verify none inter 1s fastinter 100ms fall 2 rise 1 "
                 "observe layer4 on-error fastinter on-marked-down shutdown-sessions\n",
                 kubernetes_has(role->release, K8S_READYZ) ? "/readyz" : "/healthz");
    unsigned number = 0;
    for (size_t i = 0; i < role->n_peers; i++)
        if (role->peers[i].role == NODE_MASTER)
            buf_addf(ret, "    server apiserver%u %s:6443%s\n", ++number, role->peers[i].address.text,
                     article ? " check" : "");
    return render_end(ret, err);
}

int render_haproxy_yaml(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    bool article = role->style == STYLE_ARTICLE;
    cleanup_buf struct buf config = BUF_INIT(RENDER_CONFIG_MAX);
    char fingerprint[17];
    if (render_haproxy_cfg(role, facts, &config, err) < 0)
        return -1;
    render_fingerprint(&config, fingerprint);
    buf_addf(ret,
             "kind: Pod\n"
             "apiVersion: v1\n"
             "metadata:\n"
             "  annotations:\n"
             "    %s: \"%s\"\n"
             "  labels:\n"
             "    component: haproxy\n"
             "    tier: control-plane\n"
             "  name: kube-haproxy\n"
             "  namespace: kube-system\n"
             "spec:\n"
             "  hostNetwork: true\n"
             "  priorityClassName: %s\n"
             "  containers:\n"
             "  - name: kube-haproxy\n"
             "    image: \"%s\"\n"
             "%s"
             "    resources:\n"
             "      requests:\n"
             "        cpu: 100m\n"
             "    volumeMounts:\n"
             "    - name: haproxy-cfg\n"
             "      readOnly: true\n"
             "      mountPath: /usr/local/etc/haproxy/haproxy.cfg\n"
             "  volumes:\n"
             "  - name: haproxy-cfg\n"
             "    hostPath:\n"
             "      path: /etc/haproxy/haproxy.cfg\n"
             "      type: %s\n",
             article ? "scheduler.alpha.kubernetes.io/critical-pod" : RENDER_ANNOTATION, article ? "" : fingerprint,
             article ? "system-cluster-critical" : "system-node-critical", role->haproxy_image,
             article ? ""
                     : "    imagePullPolicy: IfNotPresent\n    command: [haproxy, -W, -db, -f, "
                       "/usr/local/etc/haproxy/haproxy.cfg]\n",
             article ? "FileOrCreate" : "File");
    return render_end(ret, err);
}
