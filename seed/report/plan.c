/* SPDX-License-Identifier: Apache-2.0
 * See plan.h. */
#include "plan.h"

#include "kubernetes.h"
#include <stdio.h>
#include <string.h>

enum { TABLE_ROWS = 7, EVERYBODYS_ROUTER_ID = 51 };

unsigned plan_quorum(unsigned n) {
    return n / 2 + 1;
}

unsigned plan_tolerance(unsigned n) {
    return n - plan_quorum(n);
}

static unsigned warn(struct buf *ret, const char *text) {
    buf_addf(ret, "warning: %s\n", text);
    return 1;
}

static unsigned warn_masters(const struct site *site, struct buf *ret) {
    if (site->n_masters == 1)
        return warn(ret, "/nodes: one master tolerates no failure; use three");
    if (site->n_masters % 2 == 0)
        return warn(
            ret,
            "/nodes: an even number of masters tolerates no more failures than one master less; use an odd number");
    return 0;
}

/* In VRRP the higher number wins (RFC 5798 section 6.4); the article assumes the opposite. */
static unsigned warn_priorities(const struct site *site, struct buf *ret) {
    const struct site_node *first = NULL;
    bool used[256] = {false}, rising = false, equal = false;
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct site_node *node = &site->nodes[i];
        if (node->role != NODE_MASTER)
            continue;
        first = first ? first : node;
        rising = rising || node->vrrp_priority > first->vrrp_priority;
        equal = equal || used[node->vrrp_priority];
        used[node->vrrp_priority] = true;
    }
    unsigned count = 0;
    if (rising)
        count +=
            warn(ret, "/nodes: vrrp_priority is the wrong way round: in VRRP the higher number wins, so the VIP starts "
                      "on a later master");
    if (equal)
        count += warn(ret, "/nodes: two masters have the same vrrp_priority: the higher address wins");
    return count;
}

/* Warns when VIP or nodes cannot be reached without a router, and when a route to pods or services would hide
 * machines. */
static unsigned warn_subnets(const struct site *site, struct buf *ret) {
    bool vip = false, apart = false, hidden = false;
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct cidr *subnet = &site->nodes[i].address;
        vip = vip || !net_cidr_contains(subnet, site->vip);
        apart = apart || !net_cidr_overlaps(subnet, &site->nodes[0].address);
        hidden =
            hidden || net_cidr_overlaps(subnet, &site->pod_subnet) || net_cidr_overlaps(subnet, &site->service_subnet);
    }
    unsigned count = 0;
    if (vip)
        count += warn(ret, "/vip/address: outside the subnet of a node; that node cannot reach it without a router");
    if (apart)
        count += warn(ret, "/nodes: several subnets; host routes to pods need every node on one segment (cni bridge)");
    if (hidden)
        count += warn(ret, "/cluster: pod or service subnet overlaps the machines' own subnet; choose them apart");
    return count;
}

/* An endpoint that is not the VIP may be a load balancer; it may also be a mistake. */
static unsigned warn_endpoint(const struct site *site, struct buf *ret) {
    char host[256];
    struct in_addr in;
    snprintf(host, sizeof(host), "%.*s", (int)strcspn(site->control_plane_endpoint, ":"), site->control_plane_endpoint);
    bool is_address = net_address_parse(host, &in);
    for (size_t i = 0; i < site->n_nodes; i++)
        if ((is_address && site->nodes[i].address.in.s_addr == in.s_addr) || !strcmp(site->nodes[i].hostname, host))
            return warn(ret, "/cluster/control_plane_endpoint: a machine's own address: without it nobody reaches the "
                             "cluster; leave it out, so that it is the VIP");
    return is_address && in.s_addr != site->vip.s_addr
               ? warn(ret,
                      "/cluster/control_plane_endpoint: neither the VIP nor a machine: a load balancer must answer "
                      "there and lead to every master")
               : 0;
}

/* kube-controller-manager gives each node a /24 (--node-cidr-mask-size), also where an addon brings the network. */
static unsigned warn_pods(const struct site *site, struct buf *ret) {
    unsigned bits = site->pod_subnet.prefixlen <= 24 ? 24u - site->pod_subnet.prefixlen : 0;
    return !site->cni_bridge && site->n_nodes > (size_t)1 << bits
               ? warn(ret,
                      "/cluster/pod_subnet: fewer /24 than nodes: some nodes get no podCIDR, which some addons need")
               : 0;
}

/* What remains where whoever speaks first is believed (docs/tls.md). */
static unsigned warn_enrol(const struct site *site, struct buf *ret) {
    size_t bare = 0;
    for (size_t i = 0; i < site->n_nodes; i++)
        bare += !site->nodes[i].uuid[0] && !site->nodes[i].serial;
    if (!site->seed_ca || site->enrol != ENROL_LISTED || bare == 0)
        return 0;
    buf_addf(ret,
             "warning: /network/enrol: listed: whoever speaks first with the MAC of one of %zu machines is believed; "
             "give `uuid` or `serial` of each, or enrol: approve\n",
             bare);
    return 1;
}

static unsigned warn_trust(const struct site *site, struct buf *ret) {
    return site->seed_ca ? warn_enrol(site, ret)
                         : warn(ret, "/network/seed_ca: none, so machines trust any host that answers as the seed; "
                                     "seedctl init makes one");
}

/* What machines with something older cannot do. */
static void note_generation(const struct site *site, struct buf *ret) {
    if (site->generation > 1)
        buf_addf(ret,
                 "note: /network/generation: %u: media made before it was raised, and versions before 0.10.0, take a "
                 "seed's certificate of any generation\n",
                 site->generation);
}

static unsigned warn_services(const struct site *site, struct buf *ret) {
    unsigned count = 0;
    if (site->virtual_router_id == EVERYBODYS_ROUTER_ID && site->style == STYLE_SEEDRACK)
        count += warn(ret, "/vip/virtual_router_id: 51 is everyone's default; give each cluster of a segment its own");
    if (strncmp(site->stats_address, "127.", 4) != 0)
        count +=
            warn(ret, site->stats_auth
                          ? "/haproxy/stats_address: the statistics page, which can switch servers off, is open to "
                            "the network behind one password"
                          : "/haproxy/stats_address: the statistics page is open to the network");
    if (!site->cni_bridge && site->n_addons == 0)
        count += warn(ret, "/cni/type: no network and no addon that brings one: nodes stay NotReady");
    return count;
}

static unsigned warn_release(const struct site *site, struct buf *ret) {
    unsigned count = 0;
    if (site->runtime == RUNTIME_CONTAINERD && !kubernetes_has(site->release, K8S_CRI_V1))
        count += warn(ret, "/runtime: kubelet before v1.23 speaks CRI v1alpha2, which containerd 2 dropped; use "
                           "containerd 1.x or docker");
    if (!kubernetes_has(site->release, K8S_READYZ) && site->style == STYLE_SEEDRACK)
        count += warn(ret, "/release: before v1.16 there is no /readyz; HAProxy asks /healthz");
    return count;
}

/* kubelet's sizes count where it rotates the logs, which is not with Docker. */
static unsigned warn_logs(const struct site *site, struct buf *ret) {
    unsigned count = 0;
    for (size_t i = 0; i < site->n_nodes && site->runtime == RUNTIME_DOCKER; i++) {
        const cJSON *kubelet = site->nodes[i].kubelet;
        if (!cJSON_GetObjectItemCaseSensitive(kubelet, "containerLogMaxFiles") &&
            !cJSON_GetObjectItemCaseSensitive(kubelet, "containerLogMaxSize"))
            continue;
        buf_addf(ret,
                 "warning: /nodes/%zu/kubelet: containerLogMaxFiles and containerLogMaxSize do nothing with Docker, "
                 "which keeps 3 files of 10 MB for a container\n",
                 i);
        count++;
    }
    return count;
}

unsigned plan_warnings(const struct site *site, struct buf *ret) {
    return warn_masters(site, ret) + warn_priorities(site, ret) + warn_subnets(site, ret) + warn_endpoint(site, ret) +
           warn_pods(site, ret) + warn_trust(site, ret) + warn_services(site, ret) + warn_release(site, ret) +
           warn_logs(site, ret);
}

void plan_text(const struct site *site, struct buf *ret) {
    buf_addf(ret, "site %s: %s, %s, %zu masters, %zu workers, endpoint %s\n\n", site->name, site->release,
             runtime_names[site->runtime], site->n_masters, site->n_nodes - site->n_masters,
             site->control_plane_endpoint);
    buf_addf(ret, "%-16s %-7s %-18s %-18s %-18s %s\n", "HOSTNAME", "ROLE", "MAC", "ADDRESS", "PODS", "VRRP");
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct site_node *node = &site->nodes[i];
        char address[NET_CIDR_SIZE];
        net_cidr_text(&node->address, address);
        buf_addf(ret, "%-16s %-7s %-18s %-18s %-18s ", node->hostname, node_role_names[node->role], node->mac, address,
                 node->pod_cidr[0] ? node->pod_cidr : "-");
        if (node->role == NODE_MASTER)
            buf_addf(ret, "%u\n", node->vrrp_priority);
        else
            buf_adds(ret, "-\n");
    }
    buf_adds(ret, "\netcd members  quorum  may fail\n");
    for (unsigned n = 1; n <= TABLE_ROWS || n <= site->n_masters; n++)
        buf_addf(ret, "%12u  %6u  %8u%s\n", n, plan_quorum(n), plan_tolerance(n),
                 n == site->n_masters ? "  <- this site" : "");
    buf_adds(ret, "\n");
    plan_warnings(site, ret);
    note_generation(site, ret);
}
