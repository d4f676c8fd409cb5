/* SPDX-License-Identifier: Apache-2.0
 * See static_pods.h. */
#include "static_pods.h"
#include "agent.h"
#include "world/world.h"

#define MANIFESTS "/etc/kubernetes/manifests/"
enum { IP_PROTOCOL_VRRP = 112 };

struct file {
    const char *what, *path;
    bool conf_style_only;
};
/* The configuration comes first: the pod mounts it. */
static const struct file haproxy[] = {{"haproxy.cfg", "/etc/haproxy/haproxy.cfg", false},
                                      {"haproxy.yaml", MANIFESTS "haproxy.yaml", false}};
static const struct file keepalived[] = {{"keepalived.conf", "/etc/keepalived/keepalived.conf", true},
                                         {"keepalived.yaml", MANIFESTS "keepalived.yaml", false}};

static bool applies(const struct agent *agent, const struct file *file) {
    return !file->conf_style_only || agent->role->vip_style == VIP_CONF;
}

static int pair_laid(struct agent *agent, const struct file files[2], struct buf *why, struct error *err) {
    for (size_t i = 0; i < 2; i++) {
        int differs =
            applies(agent, &files[i]) ? agent->world->rendered_differs(agent, files[i].what, files[i].path, err) : 0;
        if (differs) {
            buf_addf(why, "%s differs", files[i].path);
            return differs < 0 ? -1 : 0;
        }
    }
    return 1;
}

static int pair_apply(struct agent *agent, const struct file files[2], struct error *err) {
    for (size_t i = 0; i < 2; i++)
        if (applies(agent, &files[i]) &&
            agent->world->rendered_apply(agent, files[i].what, files[i].path, 0600, err) < 0)
            return -1;
    return 0;
}

/* Must be in place before Keepalived starts to listen. */
static int close_vrrp(struct agent *agent, struct error *err) {
    cleanup_buf struct buf rules = BUF_INIT(RENDER_CONFIG_MAX);
    return agent->world->rendered_text(agent, "vrrp.rules", &rules, err) < 0
               ? -1
               : agent->world->firewall_apply(buf_text(&rules), RENDER_VRRP_CHAIN, IP_PROTOCOL_VRRP, err);
}

static int vrrp_is_closed(const struct agent *agent, struct buf *why, struct error *err) {
    cleanup_buf struct buf rules = BUF_INIT(RENDER_CONFIG_MAX);
    if (agent->world->rendered_text(agent, "vrrp.rules", &rules, err) < 0)
        return -1;
    if (agent->world->firewall_has(buf_text(&rules), RENDER_VRRP_CHAIN, IP_PROTOCOL_VRRP))
        return 1;
    buf_adds(why, "the firewall lets VRRP in from others than the masters");
    return 0;
}

int static_pods_haproxy_laid(struct agent *agent, struct buf *why, struct error *err) {
    return pair_laid(agent, haproxy, why, err);
}

int static_pods_keepalived_laid(struct agent *agent, struct buf *why, struct error *err) {
    int closed = vrrp_is_closed(agent, why, err);
    if (closed != 1)
        return closed;
    return agent->world->own_link_find(agent->role, &agent->link, err) < 0 ? -1
                                                                           : pair_laid(agent, keepalived, why, err);
}

int static_pods_lay_haproxy(struct agent *agent, struct error *err) {
    return pair_apply(agent, haproxy, err);
}

int static_pods_lay_keepalived(struct agent *agent, struct error *err) {
    return close_vrrp(agent, err) < 0 || agent->world->own_link_find(agent->role, &agent->link, err) < 0
               ? -1
               : pair_apply(agent, keepalived, err);
}
