/* SPDX-License-Identifier: Apache-2.0
 * The site document, typed, with every default filled in. Pure: the caller of site_resolve() passes the function that
 * reads addons' files. docs/site.md is the reference of the keys. */
#pragma once
#include "buf.h"
#include "error.h"
#include "net.h"
#include "power.h"
#include "reader.h"
#include "role.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SITE_NODES_MAX = ROLE_PEERS_MAX,
    SITE_ERRORS_MAX = 64,
    SITE_BACKUPS_MAX = 366, /* of which the seed keeps the newest */
    SITE_KERNEL_ARGUMENTS_MAX = 16,
    /* Of all, with a blank before each. The seed's own arguments must also fit (cmdline.h). */
    SITE_KERNEL_ARGUMENTS_SIZE_MAX = 1024,
};

/* Which kernel machines boot: one with the drivers of real hardware, or a small one for virtual machines. */
enum boot_profile { BOOT_METAL, BOOT_VIRTIO };
extern const char *const boot_profile_names[];

/* Who may claim a machine of the site (docs/tls.md). */
enum enrol { ENROL_LISTED, ENROL_APPROVE, ENROL_OPEN };
extern const char *const enrol_names[];

struct site_node {
    const char *hostname;
    enum node_role role;
    const char *mac; /* lower case */
    struct cidr address;
    char address_text[NET_ADDRESS_SIZE];  /* without the prefix length */
    const char *interface;                /* NULL: the link that has `mac` */
    char pod_cidr[NET_CIDR_SIZE];         /* "" unless cni_bridge */
    uint8_t vrrp_priority;                /* masters 1..254, workers 0 */
    struct network network;               /* what it says of its cards, and what all machines have */
    const cJSON *own_network;             /* the validated object, or NULL */
    const cJSON *labels, *kubelet, *disk; /* validated objects, or NULL */
    struct role_disk selector;            /* what `disk` says */
    char uuid[40];                        /* of its firmware, in lower case; "": any */
    const char *serial;                   /* of its firmware; NULL: any */
    const char *wipe;                     /* the nonce of a wipe grant for that disk; NULL: none */
    size_t place;                         /* in the document's list */
    bool retired;                         /* the note of a machine that left the cluster for good */
    bool diskless, install;               /* install: it starts from its own disk (docs/install.md) */
    const cJSON *taints;                  /* validated list; NULL: kubeadm decides */
    struct site_power power;              /* for the seed alone: never in a role document */
};

struct site_addon {
    const char *name;
    const char *file;     /* relative to the site document's folder, or NULL */
    const char *manifest; /* NULL until site_resolve() when `file` is given */
    const cJSON *replace; /* validated list of {"from", "to"}, or NULL */
};

struct site {
    cJSON *tree; /* owns the strings */
    const char *name, *release;
    enum runtime runtime;
    enum style style;

    const char *cluster_name, *dns_domain;
    const cJSON *cluster; /* the validated object */
    struct kubeadm_options kubeadm;
    char control_plane_endpoint[272];
    struct cidr pod_subnet, service_subnet;

    struct in_addr gateway;
    bool has_gateway;
    const cJSON *network;      /* the validated object: what each machine's own does not say is here */
    struct network defaults;   /* of all machines */
    const cJSON *nameservers;  /* validated list, or NULL */
    const cJSON *time_servers; /* validated list, or NULL */
    enum enrol enrol;
    const char *seed, *seed_ca; /* seed_ca: the pin of seedctl init; NULL: no TLS */
    unsigned generation;        /* of certificates, the lowest that counts (lib/pki.h) */

    struct in_addr vip;
    uint8_t virtual_router_id;
    enum vip_style vip_style;
    unsigned advert_interval_ms;
    const char *vip_interface, *vip_password; /* NULL: none */

    uint16_t haproxy_port, stats_port;
    const char *stats_address, *stats_auth;       /* stats_auth NULL: none */
    const char *haproxy_image, *keepalived_image; /* NULL: the release's own */

    enum boot_profile boot_profile;
    bool boot_shell;               /* a shell on every machine's console */
    const cJSON *kernel_arguments; /* validated list, or NULL */

    int soak_s, drain_timeout_s; /* of the maintenance record (docs/maintenance.md) */

    struct site_backup {
        int64_t every_ms; /* 0: no backups are made */
        unsigned keep;
        const char *recipient; /* age's public key of the operator */
        const char *folder;    /* on the seed's machine, where they also go; NULL: nowhere */
        struct site_s3 {
            const char *url, *region, *secret, *ca; /* url NULL: nowhere */
        } s3;
    } backup;

    const cJSON *registries_tree; /* validated list, or NULL */
    struct registry *registries;
    size_t n_registries;
    int64_t secrets_ms; /* not of the document: when a secret that they name was last set or removed; 0: never */

    bool cni_bridge;
    struct site_addon addons[ROLE_ADDONS_MAX];
    size_t n_addons;
    struct site_node *nodes; /* in the document's order; behind them those that are retired */
    size_t n_nodes, n_masters, n_retired;
};

struct site_errors {
    struct problem list[SITE_ERRORS_MAX];
    size_t n; /* further problems are dropped */
};

/* Parses and validates the whole document and reports every problem. 0, and the caller owns *ret_site (site_free);
 * or -1 with errors->n >= 1. */
int site_parse(const char *text, size_t length, struct site **ret_site, struct site_errors *errors);
void site_free(struct site *site);
static inline void cleanup_sitep(struct site **site) {
    site_free(*site);
}
#define cleanup_site __attribute__((cleanup(cleanup_sitep)))

/* Reads the manifests that addons name as {"file": ...}; `read` is file_read(), `folder` that of the document. */
int site_resolve(struct site *site, const char *folder,
                 int (*read)(const char *path, struct buf *ret, struct error *err), struct error *err);

/* Moves the nodes for which `is_retired` is true behind the others, where n_nodes does not count them. What follows
 * from the place of a node stays. */
void site_set_aside(struct site *site, bool (*is_retired)(const struct site_node *node, void *context), void *context);

/* Case-insensitive; NULL when unknown, or retired. */
const struct site_node *site_find_mac(const struct site *site, const char *mac);

/* The same among those that are retired. */
const struct site_node *site_find_retired(const struct site *site, const char *mac);
