/* SPDX-License-Identifier: Apache-2.0
 * See site_check.h. */
#include "site_check.h"

#include "record/identity.h"
#include "kubernetes.h"
#include "role.h"
#include "site_network.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail_node(struct reader *reader, size_t index, const char *key, const char *cause, const char *value,
                      const char *remedy) {
    char pointer[64];
    snprintf(pointer, sizeof(pointer), "/nodes/%zu/%s", index, key);
    reader_fail(reader, pointer, "%s `%s`; %s", cause, value, remedy);
}

static bool site_check_same(const char *a, const char *b) {
    return a && b && !strcmp(a, b);
}

static void check_unique(const struct site *site, struct reader *reader) {
    for (size_t i = 1; i < site->n_nodes; i++) {
        const struct site_node *node = &site->nodes[i];
        bool hostname = false, mac = false, address = false, wipe = false;
        for (size_t k = 0; k < i; k++) {
            mac = mac || site_check_same(node->mac, site->nodes[k].mac);
            if (node->retired || site->nodes[k].retired) /* another machine may have its name and address */
                continue;
            hostname = hostname || site_check_same(node->hostname, site->nodes[k].hostname);
            address =
                address || (node->address_text[0] && site_check_same(node->address_text, site->nodes[k].address_text));
            wipe = wipe || site_check_same(node->wipe, site->nodes[k].wipe);
        }
        if (hostname)
            fail_node(reader, i, "hostname", "duplicate hostname", node->hostname, "give each node its own");
        if (mac)
            fail_node(reader, i, "mac", "duplicate MAC address", node->mac, "give each node its own");
        if (address)
            fail_node(reader, i, "address", "duplicate address", node->address_text, "give each node its own");
        if (wipe)
            fail_node(reader, i, "disk/wipe", "duplicate grant", node->wipe, "give each disk its own");
    }
}

static bool is_set(struct in_addr in) {
    return in.s_addr != 0;
}

static void check_node_addresses(const struct site *site, struct reader *reader) {
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct site_node *node = &site->nodes[i];
        struct in_addr in = node->address.in;
        if (!is_set(in))
            continue;
        if (in.s_addr == site->vip.s_addr)
            fail_node(reader, i, "address", "the VIP has the address", node->address_text, "give one of them another");
        if (site->has_gateway && in.s_addr == site->gateway.s_addr)
            fail_node(reader, i, "address", "the gateway has the address", node->address_text, "give the node another");
        else if (site->has_gateway && !net_cidr_contains(&node->address, site->gateway))
            fail_node(reader, i, "address", "the gateway is not in the subnet of", node->address_text,
                      "correct /network/gateway, the address or its prefix length");
    }
}

/* Pod and service subnets exist only inside the cluster. A machine with an address in one of them could not be
 * reached. */
static void check_subnet(const struct site *site, const struct cidr *subnet, const char *pointer,
                         struct reader *reader) {
    char text[NET_CIDR_SIZE], vip[NET_ADDRESS_SIZE];
    if (subnet->prefixlen == 0)
        return;
    net_cidr_text(subnet, text);
    net_address_text(site->vip, vip);
    for (size_t i = 0; i < site->n_nodes; i++)
        if (is_set(site->nodes[i].address.in) && net_cidr_contains(subnet, site->nodes[i].address.in)) {
            reader_fail(reader, pointer,
                        "%s holds the address %s of /nodes/%zu; choose a subnet apart from the machines'", text,
                        site->nodes[i].address_text, i);
            break;
        }
    if (is_set(site->vip) && net_cidr_contains(subnet, site->vip))
        reader_fail(reader, pointer, "%s holds the VIP %s; choose a subnet apart from the machines'", text, vip);
    if (site->has_gateway && net_cidr_contains(subnet, site->gateway))
        reader_fail(reader, pointer, "%s holds the gateway; choose a subnet apart from the machines'", text);
}

static void check_subnets(const struct site *site, struct reader *reader) {
    check_subnet(site, &site->pod_subnet, "/cluster/pod_subnet", reader);
    check_subnet(site, &site->service_subnet, "/cluster/service_subnet", reader);
    if (site->pod_subnet.prefixlen && site->service_subnet.prefixlen &&
        net_cidr_overlaps(&site->pod_subnet, &site->service_subnet))
        reader_fail(reader, "/cluster/service_subnet", "overlaps /cluster/pod_subnet; choose two subnets apart");
    /* kube-apiserver refuses more than 20 host bits (--service-cluster-ip-range) */
    if (site->service_subnet.prefixlen && site->service_subnet.prefixlen < 12)
        reader_fail(reader, "/cluster/service_subnet", "larger than /12; kube-apiserver takes at most 20 host bits");
    if (!site->cni_bridge && site->pod_subnet.prefixlen > 24) /* kube-controller-manager, --node-cidr-mask-size */
        reader_fail(reader, "/cluster/pod_subnet", "smaller than /24, which each node gets; give a larger one");
    if (site->service_subnet.prefixlen > 28) /* cluster DNS is its tenth address */
        reader_fail(reader, "/cluster/service_subnet", "smaller than /28; cluster DNS needs the tenth address");
}

/* Ports that kubeadm's control plane and kubelet listen on, on the same machine. */
static bool reserved(unsigned port) {
    static const unsigned ports[] = {2379, 2380, 2381, 6443, 10248, 10249, 10250, 10251, 10252, 10256, 10257, 10259};
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
        if (ports[i] == port)
            return true;
    return false;
}

static void check_ports(const struct site *site, struct reader *reader) {
    const char *colon = strrchr(site->control_plane_endpoint, ':');
    if (reserved(site->haproxy_port))
        reader_fail(reader, "/haproxy/bind_port", "%u belongs to Kubernetes on the same machine; use 8443",
                    site->haproxy_port);
    if (reserved(site->stats_port))
        reader_fail(reader, "/haproxy/stats_port", "%u belongs to Kubernetes on the same machine; use 9090",
                    site->stats_port);
    if (site->haproxy_port && site->stats_port == site->haproxy_port)
        reader_fail(reader, "/haproxy/stats_port", "the same as bind_port; use another");
    if (site->haproxy_port && colon && strtoul(colon + 1, NULL, 10) != site->haproxy_port)
        reader_fail(reader, "/cluster/control_plane_endpoint", "port %s, but /haproxy/bind_port is %u; make them equal",
                    colon + 1, site->haproxy_port);
}

/* The first or last address of a machine's subnet is nobody's. */
static void check_edge(const struct site *site, struct in_addr in, const char *pointer, struct reader *reader) {
    char text[NET_ADDRESS_SIZE];
    net_address_text(in, text);
    for (size_t i = 0; is_set(in) && i < site->n_nodes; i++) {
        struct cidr at = {.in = in, .prefixlen = site->nodes[i].address.prefixlen};
        if (is_set(site->nodes[i].address.in) && net_cidr_contains(&site->nodes[i].address, in) &&
            net_cidr_is_edge(&at)) {
            reader_fail(reader, pointer, "%s is the first or last address of the subnet of /nodes/%zu; take another",
                        text, i);
            return;
        }
    }
}

static bool is_in_cluster(const struct site *site, struct in_addr in) {
    return (site->pod_subnet.prefixlen && net_cidr_contains(&site->pod_subnet, in)) ||
           (site->service_subnet.prefixlen && net_cidr_contains(&site->service_subnet, in));
}

/* A host that machines need before and beside the cluster: it is no address of the cluster's own. */
static void check_outside(const struct site *site, struct in_addr in, const char *pointer, struct reader *reader) {
    char text[NET_ADDRESS_SIZE];
    net_address_text(in, text);
    if (in.s_addr == site->vip.s_addr)
        reader_fail(reader, pointer, "%s is the VIP, which only the cluster answers; give the host another", text);
    else if (is_in_cluster(site, in))
        reader_fail(reader, pointer, "%s is in the pod or service subnet; choose a subnet apart from it", text);
    check_edge(site, in, pointer, reader);
}

static void check_seed(const struct site *site, const char *host, struct reader *reader) {
    static const char pointer[] = "/network/seed";
    struct in_addr in = {0};
    bool is_address = net_address_parse(host, &in);
    if (is_address)
        check_outside(site, in, pointer, reader);
    else if (!cJSON_GetArraySize(site->nameservers))
        reader_fail(reader, pointer,
                    "`%s` is a name, and there is no nameserver; give its address, or /network/nameservers", host);
    for (size_t i = 0; i < site->n_nodes; i++)
        if ((is_address && site->nodes[i].address.in.s_addr == in.s_addr) ||
            site_check_same(site->nodes[i].hostname, host))
            reader_fail(reader, pointer,
                        "`%s` is the machine /nodes/%zu, which starts from the seed; take another host", host, i);
}

/* Hosts that machines ask: addresses outside of the cluster, or names that they can resolve. */
static void check_servers(const struct site *site, const char *key, const cJSON *list, struct reader *reader) {
    const cJSON *item;
    unsigned i = 0;
    cJSON_ArrayForEach(item, list) {
        char pointer[48];
        struct in_addr in;
        snprintf(pointer, sizeof(pointer), "/network/%s/%u", key, i++);
        if (cJSON_IsString(item) && net_address_parse(item->valuestring, &in))
            check_outside(site, in, pointer, reader);
        else if (cJSON_IsString(item) && !cJSON_GetArraySize(site->nameservers))
            reader_fail(reader, pointer,
                        "`%s` is a name, and there is no nameserver; give its address, or /network/nameservers",
                        item->valuestring);
    }
}

/* Machines know the names in /etc/hosts: each other's, and CLUSTER-api for the VIP (render_hosts). */
static void check_endpoint_name(const struct site *site, struct reader *reader) {
    char host[256], own[80];
    struct in_addr in;
    snprintf(host, sizeof(host), "%.*s", (int)strcspn(site->control_plane_endpoint, ":"), site->control_plane_endpoint);
    snprintf(own, sizeof(own), "%s-api", site->cluster_name ? site->cluster_name : "");
    if (net_address_parse(host, &in) || !strcmp(host, own) || cJSON_GetArraySize(site->nameservers))
        return;
    for (size_t i = 0; i < site->n_nodes; i++)
        if (site_check_same(site->nodes[i].hostname, host))
            return;
    reader_fail(reader, "/cluster/control_plane_endpoint",
                "`%s` is a name, and there is no nameserver; take `%s` or the VIP, or give /network/nameservers", host,
                own);
}

static void check_hosts(const struct site *site, struct reader *reader) {
    char host[256] = "";
    if (site->seed && strstr(site->seed, "://"))
        snprintf(host, sizeof(host), "%.*s", (int)strcspn(strstr(site->seed, "://") + 3, ":"),
                 strstr(site->seed, "://") + 3);
    check_edge(site, site->vip, "/vip/address", reader);
    if (site->has_gateway)
        check_edge(site, site->gateway, "/network/gateway", reader);
    if (host[0])
        check_seed(site, host, reader);
    check_servers(site, "nameservers", site->nameservers, reader);
    check_servers(site, "time_servers", site->time_servers, reader);
    check_endpoint_name(site, reader);
}

/* Names that /etc/hosts of every machine has already. */
static void check_hostnames(const struct site *site, struct reader *reader) {
    char own[80];
    snprintf(own, sizeof(own), "%s-api", site->cluster_name ? site->cluster_name : "");
    const char *const taken[] = {"localhost", "ip6-localhost", "ip6-loopback", own};
    for (size_t i = 0; i < site->n_nodes; i++)
        for (size_t k = 0; k < sizeof(taken) / sizeof(taken[0]); k++)
            if (site_check_same(site->nodes[i].hostname, taken[k]))
                fail_node(reader, i, "hostname", "in /etc/hosts another address has the name", taken[k],
                          "give the node another");
}

/* A UUID that many machines have is no help; seed/record/identity.c knows which. */
static void check_uuids(const struct site *site, struct reader *reader) {
    for (size_t i = 0; i < site->n_nodes; i++) {
        char unique[IDENTITY_UUID_SIZE];
        identity_uuid(site->nodes[i].uuid, unique);
        if (site->nodes[i].uuid[0] && !unique[0])
            fail_node(reader, i, "uuid", "firmware has it where nobody set one:", site->nodes[i].uuid,
                      "remove it; `serial` may tell the machine");
        for (size_t k = 0; k < i && unique[0]; k++)
            if (!strcmp(site->nodes[i].uuid, site->nodes[k].uuid))
                fail_node(reader, i, "uuid", "duplicate UUID", site->nodes[i].uuid, "give each node its own");
    }
}

/* A BMC has an address of its own. Of two nodes with one BMC the wrong machine would be turned off. */
static void check_powers(const struct site *site, struct reader *reader) {
    const char *s3 = site->backup.s3.url ? site->backup.s3.secret : NULL;
    char vip[NET_ADDRESS_SIZE];
    net_address_text(site->vip, vip);
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct site_node *node = &site->nodes[i];
        const struct site_power *power = &node->power;
        if (!power->address)
            continue;
        if (site_check_same(power->secret, s3))
            fail_node(reader, i, "power/secret", "masters get it for the backups' bucket:", power->secret,
                      "give the BMC a secret of its own, which stays on the seed");
        if (site_check_same(power->address, vip))
            fail_node(reader, i, "power/address", "the VIP has the address", vip, "give that of the BMC");
        for (size_t k = 0; k < site->n_nodes; k++) {
            if (site_check_same(power->address, site->nodes[k].address_text))
                fail_node(reader, i, "power/address", "a machine of the site has the address", power->address,
                          "give that of the BMC");
            if (k < i && !node->retired && !site->nodes[k].retired && power_is_same(power, &site->nodes[k].power))
                fail_node(reader, i, "power/address", "another node has this BMC, too:", power->address,
                          "give each node its own; where one BMC has several systems, name `system`");
        }
    }
}

static void check_versions(const struct site *site, struct reader *reader) {
    if (site->release && site->runtime == RUNTIME_DOCKER && !kubernetes_has(site->release, K8S_DOCKERSHIM))
        reader_fail(reader, "/runtime", "Kubernetes %s has no dockershim (gone since v1.24); use containerd",
                    site->release);
    if (site->vip_interface && site->style != STYLE_ARTICLE && site->vip_style != VIP_OSIXIA_ENV)
        reader_fail(reader, "/vip/interface", "only for style article or osixia-env; name it at the node instead");
}

void site_check(const struct site *site, struct reader *reader) {
    if (site->n_nodes > 0 && site->n_masters == 0)
        reader_fail(reader, "/nodes", "no master; give at least one node the role `master` (three survive a failure)");
    if (site->n_nodes == 0 && reader->n == 0)
        reader_fail(reader, "/nodes", "empty; list at least one master");
    for (size_t i = 0; i < site->n_addons; i++)
        for (size_t k = 0; k < i; k++)
            if (site_check_same(site->addons[i].name, site->addons[k].name))
                reader_fail(reader, "/addons", "two are called `%s`; rename one", site->addons[i].name);
    if (site->has_gateway && site->gateway.s_addr == site->vip.s_addr)
        reader_fail(reader, "/vip/address", "the gateway has this address; give the VIP another");
    check_unique(site, reader);
    check_node_addresses(site, reader);
    site_check_networks(site, reader);
    check_hosts(site, reader);
    check_hostnames(site, reader);
    check_uuids(site, reader);
    check_powers(site, reader);
    check_subnets(site, reader);
    check_ports(site, reader);
    check_versions(site, reader);
}
