/* SPDX-License-Identifier: Apache-2.0
 * See site_read.h. */
#include "site_read.h"

#include "check.h"
#include "kubernetes.h"
#include "pki.h"
#include "record/maintenance.h"
#include "site_network.h"
#include <stdio.h>
#include <string.h>

const char *const site_keys[] = {"site", "release", "runtime", "style",  "cluster", "network",    "vip",   "haproxy",
                                 "cni",  "boot",    "rollout", "backup", "addons",  "registries", "nodes", NULL};
const char *const boot_profile_names[] = {"metal", "virtio", NULL};
const char *const enrol_names[] = {"listed", "approve", "open", NULL};

/* For an object that may be absent: an empty one in its place, so that its members get their defaults. */
static bool optional(const struct cursor *root, const char *key, const char *const *keys, struct cursor *ret_at) {
    *ret_at = cursor_key(root, key);
    return !ret_at->item || cursor_object(ret_at, keys);
}

static void read_subnet(const struct cursor *object, const char *key, const char *fallback, struct cidr *ret_cidr) {
    const char *text = cursor_string(object, key, check_subnet, fallback);
    if (text)
        net_cidr_parse(text, ret_cidr);
}

/* The article's files have nothing of these keys. */
static void check_article(const struct cursor *cluster) {
    for (const char *const *key = kubeadm_option_keys; *key; key++) {
        struct cursor at = cursor_key(cluster, *key);
        if (at.item)
            cursor_fail(&at, "style article has the article's own configuration alone; remove it");
    }
}

static void read_cluster(struct site *site, const struct cursor *root) {
    static const char *const keys[] = {"name",       "control_plane_endpoint", "pod_subnet", "service_subnet",
                                       "dns_domain", KUBEADM_OPTION_KEYS,      NULL};
    struct cursor cluster = cursor_key(root, "cluster");
    if (!cursor_object(&cluster, keys))
        return;
    site->cluster_name = cursor_string(&cluster, "name", check_label, reader_required);
    site->dns_domain = cursor_string(&cluster, "dns_domain", check_dns_name, "cluster.local");
    read_subnet(&cluster, "pod_subnet", "10.244.0.0/16", &site->pod_subnet);
    read_subnet(&cluster, "service_subnet", "10.96.0.0/12", &site->service_subnet);
    site->cluster = cluster.item;
    kubeadm_options_read(&cluster, site->release, site->runtime == RUNTIME_DOCKER, &site->kubeadm);
    if (site->style == STYLE_ARTICLE)
        check_article(&cluster);
    const char *endpoint = cursor_string(&cluster, "control_plane_endpoint", check_endpoint, "");
    char vip[NET_ADDRESS_SIZE];
    net_address_text(site->vip, vip);
    if (endpoint && *endpoint)
        snprintf(site->control_plane_endpoint, sizeof(site->control_plane_endpoint), "%s", endpoint);
    else
        snprintf(site->control_plane_endpoint, sizeof(site->control_plane_endpoint), "%s:%u", vip, site->haproxy_port);
}

static void read_network(struct site *site, const struct cursor *root) {
    static const char *const keys[] = {"gateway", "nameservers", "search", "time_servers", "seed",
                                       "seed_ca", "generation",  "enrol",  "bond",         "vlan",
                                       "mtu",     "routes",      NULL};
    struct cursor network = cursor_key(root, "network");
    if (!cursor_object(&network, keys))
        return;
    const char *gateway = cursor_string(&network, "gateway", check_address, NULL);
    site->has_gateway = gateway && net_address_parse(gateway, &site->gateway);
    site->seed = cursor_string(&network, "seed", check_url, reader_required);
    site->enrol = (enum enrol)cursor_choice(&network, "enrol", enrol_names, ENROL_LISTED);
    site->seed_ca = cursor_string(&network, "seed_ca", check_pin, NULL);
    site->generation = (unsigned)cursor_number(&network, "generation", 1, PKI_GENERATION_MAX, 1);
    if (site->generation > 1 && !site->seed_ca)
        reader_fail(root->reader, "/network/generation",
                    "there is no seed_ca, whose certificates have generations; leave it out, or run seedctl init");
    site->network = network.item;
    network_read(&network, NULL, &site->defaults);
    site_read_resolver(&network);
    size_t n;
    site->nameservers = cursor_key(&network, "nameservers").item;
    struct cursor times = cursor_key(&network, "time_servers");
    cursor_array(&times, ROLE_TIME_SERVERS_MAX, &n);
    site->time_servers = times.item;
    for (size_t i = 0; i < n; i++) {
        struct cursor at = cursor_index(&times, i);
        cursor_text(&at, check_host);
    }
}

static void read_vip(struct site *site, const struct cursor *root) {
    static const char *const keys[] = {"address",   "virtual_router_id", "style", "advert_interval_ms",
                                       "interface", "password",          "image", NULL};
    struct cursor vip = cursor_key(root, "vip");
    if (!cursor_object(&vip, keys))
        return;
    const char *address = cursor_string(&vip, "address", check_address, reader_required);
    if (address)
        net_address_parse(address, &site->vip);
    site->virtual_router_id = (uint8_t)cursor_number(&vip, "virtual_router_id", 1, 255, 51);
    site->vip_style = (enum vip_style)cursor_choice(&vip, "style", vip_style_names, VIP_CONF);
    site->advert_interval_ms = (unsigned)cursor_number(&vip, "advert_interval_ms", 100, 10000, 500);
    if (site->advert_interval_ms % 10 != 0) /* RFC 5798 counts centiseconds */
        reader_fail(root->reader, "/vip/advert_interval_ms", "%u is not a multiple of 10; VRRP counts in hundredths",
                    site->advert_interval_ms);
    site->vip_interface = cursor_string(&vip, "interface", check_interface, NULL);
    site->vip_password = cursor_string(&vip, "password", check_password, NULL);
    site->keepalived_image = cursor_string(&vip, "image", check_image, NULL);
    if (site->vip_password && site->vip_style != VIP_OSIXIA_ENV)
        reader_fail(root->reader, "/vip/password",
                    "VRRP 3 has no passwords (RFC 5798); remove it, or use style osixia-env");
}

static void read_haproxy(struct site *site, const struct cursor *root) {
    static const char *const keys[] = {"bind_port", "stats_port", "stats_address", "stats_auth", "image", NULL};
    struct cursor haproxy;
    if (!optional(root, "haproxy", keys, &haproxy))
        return;
    site->haproxy_port = (uint16_t)cursor_number(&haproxy, "bind_port", 1, 65535, 8443);
    site->stats_port = (uint16_t)cursor_number(&haproxy, "stats_port", 1, 65535, 9090);
    site->stats_address = cursor_string(&haproxy, "stats_address", check_listen, "127.0.0.1");
    site->stats_auth = cursor_string(&haproxy, "stats_auth", check_auth, NULL);
    site->haproxy_image = cursor_string(&haproxy, "image", check_image, NULL);
    if (site->stats_auth && site->style != STYLE_ARTICLE)
        reader_fail(root->reader, "/haproxy/stats_auth",
                    "a password in a document; remove it: the page is read-only on 127.0.0.1 (style article keeps it)");
}

static void read_kernel_arguments(struct site *site, const struct cursor *boot) {
    struct cursor list = cursor_key(boot, "kernel_arguments");
    size_t n, length = 0;
    cursor_array(&list, SITE_KERNEL_ARGUMENTS_MAX, &n);
    site->kernel_arguments = list.item;
    for (size_t i = 0; i < n; i++) {
        struct cursor at = cursor_index(&list, i);
        const char *text = cursor_text(&at, check_kernel_argument);
        length += text ? 1 + strlen(text) : 0;
    }
    if (length > SITE_KERNEL_ARGUMENTS_SIZE_MAX)
        cursor_fail(&list, "%zu bytes with the blanks between them; shorten them to %d", length,
                    SITE_KERNEL_ARGUMENTS_SIZE_MAX);
}

static void read_boot(struct site *site, const struct cursor *root) {
    static const char *const keys[] = {"profile", "shell", "kernel_arguments", NULL};
    struct cursor boot;
    if (!optional(root, "boot", keys, &boot))
        return;
    site->boot_profile = (enum boot_profile)cursor_choice(&boot, "profile", boot_profile_names, BOOT_METAL);
    site->boot_shell = cursor_boolean(&boot, "shell", false);
    read_kernel_arguments(site, &boot);
}

static void read_rollout(struct site *site, const struct cursor *root) {
    static const char *const keys[] = {"soak_s", "drain_timeout_s", NULL};
    struct cursor rollout;
    site->soak_s = MAINTENANCE_SOAK_S;
    site->drain_timeout_s = MAINTENANCE_DRAIN_S;
    if (!optional(root, "rollout", keys, &rollout))
        return;
    site->soak_s = (int)cursor_number(&rollout, "soak_s", 1, MAINTENANCE_SOAK_MAX_S, MAINTENANCE_SOAK_S);
    site->drain_timeout_s =
        (int)cursor_number(&rollout, "drain_timeout_s", 1, MAINTENANCE_DRAIN_MAX_S, MAINTENANCE_DRAIN_S);
}

static void read_backup_to(struct site *site, const struct cursor *at) {
    struct site_backup *backup = &site->backup;
    static const char *const keys[] = {"folder", "s3", NULL}, *const s3_keys[] = {"url", "region", "secret", "ca",
                                                                                  NULL};
    struct cursor to, s3;
    if (!optional(at, "to", keys, &to) || !to.item)
        return;
    backup->folder = cursor_string(&to, "folder", check_folder, NULL);
    if (!optional(&to, "s3", s3_keys, &s3) || !s3.item)
        return;
    backup->s3.url = cursor_string(&s3, "url", check_bucket, reader_required);
    backup->s3.region = cursor_string(&s3, "region", check_label, "us-east-1");
    backup->s3.secret = cursor_string(&s3, "secret", check_label, reader_required);
    backup->s3.ca = cursor_string(&s3, "ca", check_certificates, reader_required);
    if (!site->seed_ca)
        cursor_fail(&s3, "it needs a secret, which is never sent without TLS; write network.seed_ca, or leave s3 out");
}

static void read_backup(struct site *site, const struct cursor *root) {
    static const char *const keys[] = {"every", "keep", "recipient", "to", NULL};
    struct cursor backup = cursor_key(root, "backup");
    if (!backup.item || !cursor_object(&backup, keys))
        return;
    const char *every = cursor_string(&backup, "every", check_period, "24h");
    site->backup.every_ms = every ? check_period_s(every) * 1000 : 0;
    site->backup.keep = (unsigned)cursor_number(&backup, "keep", 1, SITE_BACKUPS_MAX, 7);
    site->backup.recipient = cursor_string(&backup, "recipient", check_age_recipient, reader_required);
    read_backup_to(site, &backup);
}

static bool is_named(const char *secret, void *context) {
    (void)context;
    return secret;
}

static void read_manifest(struct site_addon *addon, const struct cursor *at) {
    static const char *const keys[] = {"file", NULL};
    struct cursor manifest = cursor_key(at, "manifest");
    if (cJSON_IsObject(manifest.item) && cursor_object(&manifest, keys))
        addon->file = cursor_string(&manifest, "file", check_path, reader_required);
    else if (!manifest.item || cJSON_IsString(manifest.item))
        addon->manifest = cursor_string(at, "manifest", check_manifest, reader_required);
    else
        cursor_fail(&manifest, "neither text nor an object; give the manifest itself, or {\"file\": path}");
}

static void read_replace(struct site_addon *addon, const struct cursor *at) {
    static const char *const keys[] = {"from", "to", NULL};
    struct cursor list = cursor_key(at, "replace");
    size_t n;
    cursor_array(&list, ROLE_PAIRS_MAX, &n);
    addon->replace = list.item;
    for (size_t i = 0; i < n; i++) {
        struct cursor pair = cursor_index(&list, i);
        if (!cursor_object(&pair, keys))
            continue;
        cursor_string(&pair, "from", check_not_empty, reader_required);
        cursor_string(&pair, "to", NULL, reader_required);
    }
}

static void read_addons(struct site *site, const struct cursor *root) {
    static const char *const keys[] = {"name", "manifest", "replace", NULL};
    struct cursor list = cursor_key(root, "addons");
    size_t n;
    cursor_array(&list, ROLE_ADDONS_MAX, &n);
    for (size_t i = 0; i < n; i++) {
        struct cursor at = cursor_index(&list, i);
        struct site_addon *addon = &site->addons[site->n_addons++];
        if (!cursor_object(&at, keys))
            continue;
        addon->name = cursor_string(&at, "name", check_label, reader_required);
        read_manifest(addon, &at);
        read_replace(addon, &at);
    }
}

static void read_registries(struct site *site, const struct cursor *root) {
    struct cursor list = cursor_key(root, "registries");
    site->registries = registries_read(&list, &site->n_registries);
    site->registries_tree = list.item;
    if (site->n_registries && site->runtime == RUNTIME_DOCKER)
        cursor_fail(&list, "Docker has no such settings; use containerd, or remove them");
    if (!site->seed_ca && registries_any_secret(site->registries, site->n_registries, is_named, NULL))
        cursor_fail(&list, "a secret is never sent without TLS; write network.seed_ca, or leave `secret` out");
}

void site_read(struct site *site, const struct cursor *root) {
    static const char *const cni_keys[] = {"type", NULL};
    struct cursor cni;
    site->name = cursor_string(root, "site", check_label, reader_required);
    site->release = cursor_string(root, "release", check_release, reader_required);
    bool docker = !site->release || kubernetes_has(site->release, K8S_DOCKERSHIM);
    site->runtime =
        (enum runtime)cursor_choice(root, "runtime", runtime_names, docker ? RUNTIME_DOCKER : RUNTIME_CONTAINERD);
    site->style = (enum style)cursor_choice(root, "style", style_names, STYLE_SEEDRACK);
    read_vip(site, root);
    read_haproxy(site, root);
    read_cluster(site, root); /* after vip and haproxy: the endpoint's default is made of both */
    read_network(site, root);
    if (optional(root, "cni", cni_keys, &cni))
        site->cni_bridge = cursor_choice(&cni, "type", cni_names, 0) == 0;
    read_boot(site, root);
    read_rollout(site, root);
    read_backup(site, root);
    read_addons(site, root);
    read_registries(site, root);
}
