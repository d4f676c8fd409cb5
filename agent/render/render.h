/* SPDX-License-Identifier: Apache-2.0
 * The rendered documents. Every renderer is pure: role and facts in, text appended to *ret. In YAML every string from
 * outside is between double quotes ("1e3" is a host name, "12345" a password). Nothing is escaped: role_parse() accepts
 * no quotes, backslashes or control bytes (lib/check.h). */
#pragma once
#include "buf.h"
#include "error.h"
#include "role.h"

struct render_ticket { /* borrowed; NULL fields render as placeholders for people */
    const char *token, *ca_hash, *certificate_key;
};

struct render_passwords {         /* of the site, for masters; empty ones render as placeholders for people */
    char vrrp[9], stats_auth[98]; /* stats_auth: "user:password" */
};

struct render_facts {
    const char *interface;   /* the link of the role's address; NULL renders "eth0" */
    int made_link;           /* ifindex of that link if it is a bond or VLAN; 0: a card, or not known */
    bool cgroup_v1;          /* the host's kernel is booted with it; only in a namespace of somebody's host */
    bool conntrack_readonly; /* in a network namespace other than the first, conntrack's limits are read-only */
    const struct render_ticket *ticket;
    struct render_passwords passwords;
};

enum { RENDER_CONFIG_MAX = 256 * 1024 }; /* 512 masters need a tenth */
#define RENDER_ANNOTATION "seedrack/config"
#define RENDER_ANNOTATION_LINK "seedrack/link"
#define RENDER_PATCHES "/etc/seedrack/kubeadm-patches" /* kubeadm's patches folder; names its files TARGET.yaml */
#define RENDER_VRRP_CHAIN "SEEDRACK-VRRP"

struct render {
    const char *name;
    int (*render)(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
    bool masters_only;
};

extern const struct render renders[]; /* ends with a NULL name */
const struct render *render_find(const char *name);

/* 16 hex digits that change with the text (FNV-1a, 64 bits): not for security. Carried as an annotation by a static
 * pod, they make kubelet restart the pod when the file that it mounts changes. */
void render_fingerprint(const struct buf *text, char ret_hex[17]);

/* Every renderer's last line: 0, or the buffer's failure as an error. */
int render_end(const struct buf *ret, struct error *err);

int render_haproxy_cfg(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_haproxy_yaml(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_keepalived_conf(const struct role *role, const struct render_facts *facts, struct buf *ret,
                           struct error *err);
int render_keepalived_yaml(const struct role *role, const struct render_facts *facts, struct buf *ret,
                           struct error *err);
int render_vrrp_rules(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_kubeadm_init(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_kubeadm_join(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_kubeadm_upgrade(const struct role *role, const struct render_facts *facts, struct buf *ret,
                           struct error *err);
int render_sysctl(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_bootstrap_kubelet(const struct role *role, const struct render_facts *facts, struct buf *ret,
                             struct error *err);
int render_upload_certs(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_kubelet_patch(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_coredns(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_containerd(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_resolv(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_hosts(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_chrony(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_docker(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_cni(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
int render_kubelet_flags(const struct role *role, const struct render_facts *facts, struct buf *ret, struct error *err);
