/* SPDX-License-Identifier: Apache-2.0
 * Keepalived holds the VIP (article rows R9, R10). Style `conf` is VRRP version 3: fractions of a second, and no
 * password, which RFC 5798 dropped because it never protected anything. In VRRP the higher priority wins. */
#include "render.h"

#include <string.h>

static const char *interface_of(const struct role *role, const struct render_facts *facts) {
    return role->vip_interface ? role->vip_interface : facts->interface ? facts->interface : "eth0";
}

/* Renders nothing for a single master: keepalived rejects an empty list of peers. */
static void unicast(const struct role *role, struct buf *ret) {
    bool any = false;
    for (size_t i = 0; i < role->n_peers; i++) {
        const struct role_peer *peer = &role->peers[i];
        if (peer->role != NODE_MASTER || !strcmp(peer->hostname, role->hostname))
            continue;
        if (!any)
            buf_addf(ret, "    unicast_src_ip %s\n    unicast_peer {\n", role->address.text);
        any = true;
        buf_addf(ret, "        %s\n", peer->address.text);
    }
    if (any)
        buf_adds(ret, "    }\n");
}

int render_keepalived_conf(const struct role *role, const struct render_facts *facts, struct buf *ret,
                           struct error *err) {
    const char *interface = interface_of(role, facts);
    buf_addf(ret,
             "global_defs {\n"
             "    router_id %s\n"
             "    vrrp_version 3\n"
             "    script_user root\n"
             "    enable_script_security\n"
             "}\n"
             "\n"
             "# The local HAProxy, not the API server behind it: HAProxy itself finds another one.\n"
             "vrrp_script haproxy {\n"
             "    script \"/bin/busybox nc -w 1 127.0.0.1 %u -e /bin/busybox true\"\n"
             "    interval 1\n"
             "    timeout 2\n"
             "    fall 2\n"
             "    rise 1\n"
             "}\n"
             "\n"
             "# Who has the VIP keeps it: a master that comes back would take it before its kube-proxy serves.\n"
             "vrrp_instance kube_apiserver {\n"
             "    state BACKUP\n"
             "    nopreempt\n"
             "    interface %s\n"
             "    virtual_router_id %u\n"
             "    priority %u\n"
             "    advert_int %u.%02u\n",
             role->hostname, role->haproxy_port, interface, role->virtual_router_id, role->vrrp_priority,
             role->advert_interval_ms / 1000, role->advert_interval_ms % 1000 / 10);
    unicast(role, ret);
    buf_addf(ret,
             "    virtual_ipaddress {\n"
             "        %s/%u dev %s\n"
             "    }\n"
             "    track_script {\n"
             "        haproxy\n"
             "    }\n"
             "    garp_master_delay 1\n"
             "    garp_master_refresh 10\n"
             "}\n",
             role->vip.text, role->vip.prefixlen, interface);
    return render_end(ret, err);
}

static void environment(const struct role *role, const struct render_facts *facts, struct buf *ret) {
    const char *interface = interface_of(role, facts), *password = facts->passwords.vrrp;
    buf_addf(ret,
             "    env:\n"
             "    - name: KEEPALIVED_VIRTUAL_IPS\n"
             "      value: \"%s\"\n"
             "    - name: KEEPALIVED_INTERFACE\n"
             "      value: \"%s\"\n"
             "    - name: KEEPALIVED_UNICAST_PEERS\n"
             "      value: \"#PYTHON2BASH:[",
             role->vip.text, interface);
    const char *separator = "";
    for (size_t i = 0; i < role->n_peers; i++) {
        if (role->peers[i].role != NODE_MASTER)
            continue;
        buf_addf(ret, "%s'%s'", separator, role->peers[i].address.text);
        separator = ", ";
    }
    buf_adds(ret, "]\"\n");
    buf_addf(ret,
             "    - name: KEEPALIVED_PASSWORD\n"
             "      value: \"%s\"\n"
             "    - name: KEEPALIVED_PRIORITY\n"
             "      value: \"%u\"\n"
             "    - name: KEEPALIVED_ROUTER_ID\n"
             "      value: \"%u\"\n",
             password[0] ? password : "<vrrp_password>", role->vrrp_priority, role->virtual_router_id);
}

/* The article's own annotation, or the fingerprint of the configuration that the pod mounts. Style osixia-env mounts
 * none. And the link, if it may be made anew under its name: Keepalived would not hear on that one, and leave the VIP
 * to others for good, also with dynamic_interfaces (acassen/keepalived#2190). */
static int annotate(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    cleanup_buf struct buf config = BUF_INIT(RENDER_CONFIG_MAX);
    char fingerprint[17];
    bool has_config = role->style != STYLE_ARTICLE && role->vip_style != VIP_OSIXIA_ENV;
    if (role->style == STYLE_ARTICLE || has_config || facts->made_link)
        buf_adds(ret, "  annotations:\n");
    if (role->style == STYLE_ARTICLE)
        buf_adds(ret, "    scheduler.alpha.kubernetes.io/critical-pod: \"\"\n");
    if (facts->made_link)
        buf_addf(ret, "    " RENDER_ANNOTATION_LINK ": \"%d\"\n", facts->made_link);
    if (!has_config)
        return 0;
    if (render_keepalived_conf(role, facts, &config, err) < 0)
        return -1;
    render_fingerprint(&config, fingerprint);
    buf_addf(ret, "    " RENDER_ANNOTATION ": \"%s\"\n", fingerprint);
    return 0;
}

int render_keepalived_yaml(const struct role *role, const struct render_facts *facts, struct buf *ret,
                           struct error *err) {
    bool osixia = role->vip_style == VIP_OSIXIA_ENV, article = role->style == STYLE_ARTICLE;
    cleanup_buf struct buf annotations = BUF_INIT(256);
    if (annotate(role, facts, &annotations, err) < 0)
        return -1;
    buf_addf(ret,
             "kind: Pod\n"
             "apiVersion: v1\n"
             "metadata:\n"
             "%s"
             "  labels:\n"
             "    component: keepalived\n"
             "    tier: control-plane\n"
             "  name: kube-keepalived\n"
             "  namespace: kube-system\n"
             "spec:\n"
             "  hostNetwork: true\n"
             "  priorityClassName: %s\n"
             "  containers:\n"
             "  - name: kube-keepalived\n"
             "    image: \"%s\"\n",
             buf_text(&annotations), article ? "system-cluster-critical" : "system-node-critical",
             role->keepalived_image);
    if (osixia)
        environment(role, facts, ret);
    if (!article)
        buf_adds(ret, "    imagePullPolicy: IfNotPresent\n");
    if (!osixia)
        buf_adds(ret, "    command: [keepalived, --dont-fork, --log-console, -f, /etc/keepalived/keepalived.conf]\n"
                      "    volumeMounts:\n"
                      "    - name: keepalived-conf\n"
                      "      readOnly: true\n"
                      "      mountPath: /etc/keepalived/keepalived.conf\n");
    buf_adds(ret, "    resources:\n"
                  "      requests:\n"
                  "        cpu: 100m\n"
                  "    securityContext:\n"
                  "      privileged: true\n"
                  "      capabilities:\n"
                  "        add:\n"
                  "        - NET_ADMIN\n");
    if (!osixia)
        buf_adds(ret, "  volumes:\n"
                      "  - name: keepalived-conf\n"
                      "    hostPath:\n"
                      "      path: /etc/keepalived/keepalived.conf\n"
                      "      type: File\n");
    return render_end(ret, err);
}
