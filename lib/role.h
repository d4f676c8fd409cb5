/* SPDX-License-Identifier: Apache-2.0
 * The role document: what one machine becomes. Composed by the seed (seed/site/compose.c), read by the agent.
 * Pure: parse whole, validate whole, then use. All strings belong to the role's own JSON tree. */
#pragma once
#include "buf.h"
#include "error.h"
#include "kubeadm_options.h"
#include "network.h"
#include "registries.h"
#include <cjson/cJSON.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROLE_KIND "seedrack-role"
#define ROLE_VERSION_HEADER "Seedrack-Role-Version" /* of GET /v1/role: the newest version that the agent reads */
#define ROLE_LAYER_SIZE_MAX (INT64_C(1) << 40)
enum {
    ROLE_VERSION = 1,
    ROLE_VERSION_OLDEST = 1, /* that the seed still composes; what an agent reads that does not say */
    ROLE_PEERS_MAX = 512,
    ROLE_LAYERS_MAX = 32,
    ROLE_IMAGES_MAX = 64,
    ROLE_ADDONS_MAX = 16,
    ROLE_PAIRS_MAX = 64,
    ROLE_TAINTS_MAX = 16,
    ROLE_TIME_SERVERS_MAX = 4,
    ROLE_NAMESERVERS_MAX = 3, /* MAXNS of resolv.conf(5) */
    ROLE_SEARCH_MAX = 6,
};

enum node_role { NODE_MASTER, NODE_WORKER };
enum runtime { RUNTIME_DOCKER, RUNTIME_CONTAINERD };
enum vip_style { VIP_CONF, VIP_OSIXIA_ENV };
enum style { STYLE_SEEDRACK, STYLE_ARTICLE }; /* article: the literal text of the article, without Seedrack's changes */

/* The words of the documents, in the enums' order, NULL-terminated. */
extern const char *const node_role_names[], *const runtime_names[], *const vip_style_names[], *const style_names[];
extern const char *const cni_names[]; /* 0: bridge */

struct role_address {
    const char *text; /* "172.22.132.11", without the prefix length */
    struct in_addr in;
    uint8_t prefixlen;
};

/* Every machine of the site, this one included, in the site document's order. */
struct role_peer {
    const char *hostname;
    enum node_role role;
    struct role_address address;
    const char *pod_cidr;  /* "10.244.3.0/24" with CNI bridge, else NULL */
    uint8_t vrrp_priority; /* masters: 1..254 */
};

struct role_layer {
    const char *name;   /* "runtime", "kubernetes", "control-plane" */
    const char *sha256; /* 64 hex digits */
    uint64_t size;
    const char *kernel; /* NULL: every machine; else only where uname -r says so */
};

struct role_pair { /* labels, kubelet settings, addon replacements */
    const char *key, *value;
};

/* Which disk may be used. Every key that is given must fit; all NULL: there must be only one candidate. */
struct role_disk {
    const char *serial, *wwn, *model;
    const char *size; /* "480G": see check_disk_size() */
    const char *path; /* "/dev/sda", or the controller's place "pci-0000:04:00.0", the same with every kernel */
    bool accept_slow; /* a master's disk is accepted even if it is too slow for etcd */
};

struct role_addon {
    const char *name;
    const char *manifest; /* the text to apply */
    struct role_pair *replace;
    size_t n_replace;
};

struct role {
    cJSON *tree; /* owns every string below */

    const char *site, *release, *kubeadm_api; /* "seven-nodes", "v1.20.2", "kubeadm.k8s.io/v1beta2" */
    enum runtime runtime;
    enum style style;

    /* this machine */
    const char *hostname, *mac;
    enum node_role role;
    struct role_address address;
    const char *interface; /* NULL: the link that has `mac` */
    const char *pod_cidr;  /* NULL unless cni_bridge */
    struct role_pair *labels;
    size_t n_labels;
    const char **taints; /* "key=value:NoSchedule"; NULL: none, or kubeadm decides when default_taints */
    size_t n_taints;
    bool default_taints;
    const cJSON *kubelet; /* object of KubeletConfiguration overrides, or NULL */
    struct role_disk disk;
    bool diskless; /* keeps everything in RAM */
    struct role_layer
        boot; /* kernel, initramfs and boot loader to install on its disk; sha256 NULL: it boots from elsewhere */

    /* network */
    const char *gateway; /* NULL: none */
    const char **nameservers;
    size_t n_nameservers;
    const char **search; /* DNS domains */
    size_t n_search;
    struct network network;    /* its cards; the first link has `mac`, or is a bond or VLAN of it */
    const char **time_servers; /* none: the seed's machine is asked */
    size_t n_time_servers;
    const char *seed; /* URL */

    /* cluster */
    const char *cluster_name, *control_plane_endpoint, *pod_subnet, *service_subnet, *dns_domain;
    struct kubeadm_options kubeadm;

    /* vip and haproxy */
    struct role_address vip; /* prefixlen of the machine's own subnet */
    uint8_t virtual_router_id, vrrp_priority;
    unsigned advert_interval_ms;
    enum vip_style vip_style;
    const char *vip_interface; /* the same on every master; NULL: the link with the machine's address */
    uint16_t haproxy_port, stats_port;
    const char *stats_address; /* "127.0.0.1"; "*" = everywhere */
    const char *haproxy_image, *keepalived_image;

    bool cni_bridge; /* false: cni.type "none", an addon brings its own */

    struct role_peer *peers;
    size_t n_peers;
    struct role_layer *layers;
    size_t n_layers;
    const char **images; /* every image this machine must hold before kubeadm runs */
    size_t n_images;
    struct role_addon *addons;
    size_t n_addons;
    struct registry *registries;
    size_t n_registries;
    int64_t secrets_ms; /* when a secret that they name was last set or removed, milliseconds since 1970; 0: never */
};

/* Parses and validates the whole document; unknown, duplicate, missing or mistyped keys are errors that name the
 * JSON pointer. On success the caller owns *ret_role (role_free). */
int role_parse(const char *text, size_t length, struct role **ret_role, struct error *err);
/* What the document says of its links and routes, as one line, to be compared and kept. */
int role_network_text(const struct role *role, struct buf *ret, struct error *err);
/* From such a line. The machine's own MAC and address are the role's; EINVAL: it makes no sense. */
int role_network_parse(const struct role *role, const char *text, size_t length, struct network *ret,
                       struct error *err);
/* The first image with `part` in its name; NULL: none has. */
const char *role_image(const struct role *role, const char *part);
void role_free(struct role *role);

/* Whether this machine is one of the control plane. */
static inline bool role_is_master(const struct role *role) {
    return role->role == NODE_MASTER;
}

static inline void cleanup_rolep(struct role **role) {
    role_free(*role);
}
#define cleanup_role __attribute__((cleanup(cleanup_rolep)))
