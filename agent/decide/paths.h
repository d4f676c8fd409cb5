/* SPDX-License-Identifier: Apache-2.0
 * Where things lie on a machine (docs/disks.md). /data is the data partition, or RAM; its paths are the same before and
 * after the pivot. */
#pragma once

#define AGENT_STATE "/var/lib/seedrack" /* durable, 0700; on the data partition */
#define AGENT_JOURNAL AGENT_STATE "/journal.json"
#define NETWORK_PROVED AGENT_STATE "/network.json"       /* the last with which the machine reached its seed */
#define NETWORK_REFUSED AGENT_STATE "/network-lost.json" /* the one with which it did not */
#define REGISTRIES AGENT_STATE "/registries"             /* of the user's, as containerd has them */
#define CERTS_D "/etc/containerd/certs.d"                /* where containerd looks for them */
#define AGENT_DNS_TO_SPREAD AGENT_STATE "/dns-to-spread" /* from kubeadm init until CoreDNS runs on more machines */
#define AGENT_BACKUPS AGENT_STATE "/backups"             /* those that this master made */
#define ROLE_FILE AGENT_STATE "/role.json"               /* the last good one */
#define AGENT_RUN "/run/seedrack"                        /* volatile, 0700: secrets on their way */
#define AGENT_STALE AGENT_RUN "/stale"                   /* member/caches.c: what is stale */

#define DATA "/data"
#define DATA_LAYERS DATA "/layers"     /* <sha256>, verified */
#define DATA_ROOT DATA "/root"         /* what the root writes beside its state; RAM always */
#define DATA_STATE DATA "/state"       /* agent/, etc-kubernetes/, var-lib/ */
#define MOUNTED "/run/seedrack/layers" /* <sha256>/: the layers, mounted */
#define SYSROOT "/sysroot"

#define USB_LABEL "SEEDRACK" /* of the medium that `make iso` writes */
#define USB "/run/seedrack/usb"

#define ADMIN_CONF "/etc/kubernetes/admin.conf"
#define KUBELET_CONF "/etc/kubernetes/kubelet.conf"
#define UPGRADE_BEGUN AGENT_STATE "/upgrade-begun"   /* kubeadm has changed what this machine runs */
#define UPGRADE_IMAGES AGENT_STATE "/images-before"  /* images that the release before had alone, a name each line */
#define UPGRADE_KUBEADM_DONE AGENT_RUN "/upgraded"   /* in this boot, and the reboot is still to come */
#define KUBELET_OWN_CONF AGENT_STATE "/kubelet.conf" /* as it was, while kubelet asks another master */
#define KUBE_PKI "/etc/kubernetes/pki"
#define KUBE_TURN "/etc/kubernetes/seedrack-turn.json" /* maintenance/slot.c; it goes with the membership */
#define RESTORED                                                                                                       \
    AGENT_STATE "/restored" /* maintenance/restore.c: the turn of the last restore that this machine knows of */
#define KUBELET_PKI "/var/lib/kubelet/pki"
#define KUBELET_PEM KUBELET_PKI "/kubelet-client-current.pem"     /* a link, kubelet's own */
#define KUBELET_ENDED_PEM KUBELET_PKI "/kubelet-client-ended.pem" /* bootstrap/rejoin.c: until it has a new one */
#define KUBEADM_LOG "/var/log/seedrack/kubeadm.log"
