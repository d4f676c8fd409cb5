/* SPDX-License-Identifier: Apache-2.0
 * Step 11: see control.h. */
#include "control.h"
#include "effects/firewall.h"
#include "seed/passwords.h"
#include "rendered.h"
#include "steps.h"

#include "file.h"
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANIFESTS "/etc/kubernetes/manifests/"
#define ADMIN_CONF "/etc/kubernetes/admin.conf"
#define KUBECONFIG "/root/.kube/config"
enum { IP_PROTOCOL_VRRP = 112 };

struct file {
    const char *what, *path;
    bool conf_style_only;
};
/* The configuration before the pod that mounts it. */
static const struct file haproxy[] = {{"haproxy.cfg", "/etc/haproxy/haproxy.cfg", false},
                                      {"haproxy.yaml", MANIFESTS "haproxy.yaml", false}};
static const struct file keepalived[] = {{"keepalived.conf", "/etc/keepalived/keepalived.conf", true},
                                         {"keepalived.yaml", MANIFESTS "keepalived.yaml", false}};

static bool applies(const struct agent *agent, const struct file *file) {
    return !file->conf_style_only || agent->role->vip_style == VIP_CONF;
}

static int pair_done(struct agent *agent, const struct file files[2], struct buf *why, struct error *err) {
    for (size_t i = 0; i < 2; i++) {
        int differs = applies(agent, &files[i]) ? rendered_differs(agent, files[i].what, files[i].path, err) : 0;
        if (differs) {
            buf_addf(why, "%s differs", files[i].path);
            return differs < 0 ? -1 : 0;
        }
    }
    return 1;
}

static int pair_apply(struct agent *agent, const struct file files[2], struct error *err) {
    for (size_t i = 0; i < 2; i++)
        if (applies(agent, &files[i]) && rendered_apply(agent, files[i].what, files[i].path, 0600, err) < 0)
            return -1;
    return 0;
}

/* Before Keepalived hears anybody. */
static int close_vrrp(struct agent *agent, struct error *err) {
    cleanup_buf struct buf rules = BUF_INIT(RENDER_CONFIG_MAX);
    return rendered_text(agent, "vrrp.rules", &rules, err) < 0
               ? -1
               : firewall_apply(buf_text(&rules), RENDER_VRRP_CHAIN, IP_PROTOCOL_VRRP, err);
}

static int vrrp_is_closed(const struct agent *agent, struct buf *why, struct error *err) {
    cleanup_buf struct buf rules = BUF_INIT(RENDER_CONFIG_MAX);
    if (rendered_text(agent, "vrrp.rules", &rules, err) < 0)
        return -1;
    if (firewall_has(buf_text(&rules), RENDER_VRRP_CHAIN, IP_PROTOCOL_VRRP))
        return 1;
    buf_adds(why, "the firewall lets VRRP in from others than the masters");
    return 0;
}

int control_lay_keepalived(struct agent *agent, struct error *err) {
    return close_vrrp(agent, err) < 0 || agent_find_link(agent, err) < 0 ? -1 : pair_apply(agent, keepalived, err);
}

/* Article row R14: admin.conf to $HOME/.kube/config, mode and owner. */
int control_lay_kubeconfig(struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(65536);
    if (file_read(ADMIN_CONF, &text, err) < 0 || file_mkdirs("/root/.kube", 0700, err) < 0)
        return -1;
    return file_ensure(KUBECONFIG, buf_text(&text), text.length, 0600, err) < 0 ? -1 : 0;
}

/* What the root wrote beside its state ends with the power. One that somebody changed is his. */
static bool lacks_kubeconfig(void) {
    return access(KUBECONFIG, F_OK) < 0 && access(ADMIN_CONF, F_OK) == 0;
}

int control_done(struct agent *agent, struct buf *why, struct error *err) {
    if (passwords_take(agent, err) < 0)
        return -1;
    int done = pair_done(agent, haproxy, why, err);
    if (done != 1 || !agent->journal.member)
        return done;
    if (lacks_kubeconfig()) {
        buf_adds(why, KUBECONFIG " is not there");
        return 0;
    }
    done = vrrp_is_closed(agent, why, err);
    if (done != 1)
        return done;
    return agent_find_link(agent, err) < 0 ? -1 : pair_done(agent, keepalived, why, err);
}

/* A port that something else holds would only show as a crash loop of the static pod. */
static int port_free(uint16_t port, const char *user, struct error *err) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0)
        return error_errno(err, errno, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int code = bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
    close(fd);
    if (code == 0)
        return 0;
    error_errno(err, code, "port %u, wanted by %s", port, user);
    error_code(err, SR_PORT_TAKEN);
    return error_remedy(err, "stop what listens there; `ss -ltnp sport = :%u` names it", port);
}

int control_run(struct agent *agent, struct error *err) {
    const struct role *role = agent->role;
    if (!agent->journal.member && access("/var/lib/kubelet/config.yaml", F_OK) < 0 &&
        (port_free(role->haproxy_port, "HAProxy", err) < 0 || port_free(6443, "the API server", err) < 0))
        return -1;
    if (pair_apply(agent, haproxy, err) < 0)
        return -1;
    if (!agent->journal.member)
        return 0;
    if (lacks_kubeconfig() && control_lay_kubeconfig(err) < 0)
        return -1;
    return control_lay_keepalived(agent, err);
}
