/* SPDX-License-Identifier: Apache-2.0
 * The host's own files: sysctl (article row R4, R5), hosts, resolv.conf, Docker's daemon.json (R3), CNI (R15),
 * kubelet's flags. */
#include "render.h"

#include <string.h>

int render_sysctl(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    (void)facts;
    buf_adds(ret, "net.ipv4.ip_forward = 1\n"
                  "net.bridge.bridge-nf-call-ip6tables = 1\n"
                  "net.bridge.bridge-nf-call-iptables = 1\n"
                  "vm.swappiness = 0\n");
    /* Connections from before a smaller MTU find the new size (RFC 4821). */
    for (size_t i = 0; i < role->network.n_links; i++)
        if (role->network.links[i].mtu) {
            buf_adds(ret, "net.ipv4.tcp_mtu_probing = 1\n");
            break;
        }
    return render_end(ret, err);
}

int render_hosts(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    (void)facts;
    buf_adds(ret, "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n");
    for (size_t i = 0; i < role->n_peers; i++)
        buf_addf(ret, "%s %s\n", role->peers[i].address.text, role->peers[i].hostname);
    buf_addf(ret, "%s %s-api\n", role->vip.text, role->cluster_name);
    return render_end(ret, err);
}

int render_resolv(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    (void)facts;
    for (size_t i = 0; i < role->n_nameservers; i++)
        buf_addf(ret, "nameserver %s\n", role->nameservers[i]);
    for (size_t i = 0; i < role->n_search; i++)
        buf_addf(ret, "%s%s%s", i ? " " : "search ", role->search[i], i + 1 == role->n_search ? "\n" : "");
    return render_end(ret, err);
}

/* chrony.conf(5). The start has set the clock by the seed's (agent/steps/clock.c); what is off by more than a second
 * within the first three answers is set, later ones are slewed, so that no Lease ends at once. */
int render_chrony(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    const char *seed = role->seed + strlen("http://");
    (void)facts;
    for (size_t i = 0; i < role->n_time_servers; i++)
        buf_addf(ret, "server %s iburst\n", role->time_servers[i]);
    if (!role->n_time_servers)
        buf_addf(ret, "server %.*s iburst\n", (int)strcspn(seed, ":/"), seed);
    buf_adds(ret, "driftfile /var/lib/seedrack/chrony/drift\n"
                  "makestep 1 3\n"
                  "rtcsync\n"
                  "port 0\n"
                  "cmdport 0\n"
                  "bindcmdaddress /run/chrony/chronyd.sock\n"
                  "pidfile /run/chrony/chronyd.pid\n"
                  "user root\n");
    return render_end(ret, err);
}

/* Docker must not touch iptables: its FORWARD policy DROP would block traffic to pods of other machines. */
int render_docker(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    (void)role;
    (void)facts;
    buf_adds(ret, "{\n"
                  "  \"bridge\": \"none\",\n"
                  "  \"iptables\": false,\n"
                  "  \"ip-masq\": false,\n"
                  "  \"exec-opts\": [\"native.cgroupdriver=cgroupfs\"],\n"
                  "  \"storage-driver\": \"overlay2\",\n"
                  "  \"log-driver\": \"json-file\",\n"
                  "  \"log-opts\": {\"max-size\": \"10m\", \"max-file\": \"3\"},\n"
                  "  \"live-restore\": false\n"
                  "}\n");
    return render_end(ret, err);
}

/* containerd's configuration of version 3, which 2.0 and newer read. What the layers have is never pulled; what a user
 * pulls comes by the site's registries (steps/registries.h) and by /etc/containerd/certs.d, which comes first. The shim
 * is called runc, and runs crun. */
int render_containerd(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    (void)facts;
    const char *pause = role_image(role, "/pause:");
    buf_addf(ret,
             "version = 3\n"
             "disabled_plugins = [\"io.containerd.nri.v1.nri\"]\n"
             "\n"
             "[plugins.\"io.containerd.cri.v1.images\".pinned_images]\n"
             "  sandbox = \"%s\"\n"
             "[plugins.\"io.containerd.cri.v1.images\".registry]\n"
             "  config_path = \"/etc/containerd/certs.d\"\n"
             "[plugins.\"io.containerd.cri.v1.runtime\".cni]\n"
             "  bin_dirs = [\"/opt/cni/bin\"]\n"
             "  conf_dir = \"/etc/cni/net.d\"\n"
             "[plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.runc]\n"
             "  runtime_type = \"io.containerd.runc.v2\"\n"
             "[plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.runc.options]\n"
             "  BinaryName = \"/usr/bin/crun\"\n"
             "  SystemdCgroup = false\n",
             pause ? pause : "");
    return render_end(ret, err);
}

int render_cni(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err) {
    (void)facts;
    if (!role->pod_cidr)
        return error_set(err, -1, "/cni/type: nothing to render, an addon brings its own CNI");
    buf_addf(ret,
             "{\n"
             "  \"cniVersion\": \"0.3.1\",\n"
             "  \"name\": \"seedrack\",\n"
             "  \"plugins\": [\n"
             "    {\n"
             "      \"type\": \"bridge\",\n"
             "      \"bridge\": \"cni0\",\n"
             "      \"isGateway\": true,\n"
             "      \"ipMasq\": true,\n"
             "      \"hairpinMode\": true,\n"
             "      \"ipam\": {\"type\": \"host-local\", \"ranges\": [[{\"subnet\": \"%s\"}]], \"routes\": [{\"dst\": "
             "\"0.0.0.0/0\"}]}\n"
             "    },\n"
             "    {\"type\": \"portmap\", \"capabilities\": {\"portMappings\": true}}\n"
             "  ]\n"
             "}\n",
             role->pod_cidr);
    return render_end(ret, err);
}

int render_kubelet_flags(const struct role *role, const struct render_facts *facts, struct buf *ret,
                         struct error *err) {
    (void)role;
    (void)facts;
    buf_adds(ret, "KUBELET_ARGS=\"--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf "
                  "--kubeconfig=/etc/kubernetes/kubelet.conf "
                  "--config=/var/lib/kubelet/config.yaml\"\n");
    return render_end(ret, err);
}
