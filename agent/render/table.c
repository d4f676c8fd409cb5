/* SPDX-License-Identifier: Apache-2.0
 * See render.h: the documents by name. */
#include "render.h"

#include <string.h>

const struct render renders[] = {
    {"haproxy.cfg", render_haproxy_cfg, true},
    {"haproxy.yaml", render_haproxy_yaml, true},
    {"keepalived.conf", render_keepalived_conf, true},
    {"keepalived.yaml", render_keepalived_yaml, true},
    {"vrrp.rules", render_vrrp_rules, true},
    {"kubeadm-init.yaml", render_kubeadm_init, true},
    {"kubeadm-join.yaml", render_kubeadm_join, false},
    {"kubeadm-upgrade.yaml", render_kubeadm_upgrade, false},
    {"coredns.yaml", render_coredns, true},
    {"bootstrap-kubelet.conf", render_bootstrap_kubelet, false},
    {"upload-certs.yaml", render_upload_certs, true},
    {"sysctl.conf", render_sysctl, false},
    {"hosts", render_hosts, false},
    {"resolv.conf", render_resolv, false},
    {"chrony.conf", render_chrony, false},
    {"daemon.json", render_docker, false},
    {"containerd.toml", render_containerd, false},
    {"cni.conflist", render_cni, false},
    {"kubelet-patch.yaml", render_kubelet_patch, false},
    {"kubelet-flags.env", render_kubelet_flags, false},
    {NULL, NULL, false},
};

const struct render *render_find(const char *name) {
    for (const struct render *entry = renders; entry->name; entry++)
        if (!strcmp(entry->name, name))
            return entry;
    return NULL;
}
