/* SPDX-License-Identifier: Apache-2.0
 * Step 11: HAProxy's and, on a member, Keepalived's static pods; root's kubeconfig. */
#include "bootstrap/kubeconfig.h"
#include "bootstrap/static_pods.h"
#include "rows.h"
#include "world/world.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { API_SERVER_PORT = 6443 };

int control_done(struct agent *agent, struct buf *why, struct error *err) {
    if (agent->world->passwords_take(&agent->seed, &agent->passwords, err) < 0)
        return -1;
    int done = static_pods_haproxy_laid(agent, why, err);
    if (done != 1 || !agent->journal.member)
        return done;
    if (kubeconfig_is_missing()) {
        buf_adds(why, KUBECONFIG " is not there");
        return 0;
    }
    return static_pods_keepalived_laid(agent, why, err);
}

/* Checked here, since a port that is in use would otherwise only show as a crash loop of the static pod. */
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
        (port_free(role->haproxy_port, "HAProxy", err) < 0 || port_free(API_SERVER_PORT, "the API server", err) < 0))
        return -1;
    if (static_pods_lay_haproxy(agent, err) < 0)
        return -1;
    if (!agent->journal.member)
        return 0;
    if (kubeconfig_is_missing() && kubeconfig_lay(agent->world, err) < 0)
        return -1;
    return static_pods_lay_keepalived(agent, err);
}
