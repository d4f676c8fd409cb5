/* SPDX-License-Identifier: Apache-2.0
 * Step 11: HAProxy's and, on a member, Keepalived's static pods; root's kubeconfig. */
#include "bootstrap/kubeconfig.h"
#include "bootstrap/static_pods.h"
#include "rows.h"
#include "turn.h"
#include "world/world.h"

#include "clock.h"
#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { API_SERVER_PORT = 6443, FRONT_MS = 40000, FRONT_WELL_MS = 3000, PAUSE_MS = 200 };

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

/* HAProxy first. Keepalived is a member's. */
static int lay(struct agent *agent, struct error *err) {
    if (static_pods_lay_haproxy(agent, err) < 0)
        return -1;
    if (!agent->journal.member)
        return 0;
    if (kubeconfig_is_missing() && kubeconfig_lay(agent->world, err) < 0)
        return -1;
    return static_pods_lay_keepalived(agent, err);
}

static void pause_ms(long ms) {
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* kubelet restarts the pods a moment after their manifests changed: what answers at once may be what was there before.
 */
static int await_front(struct agent *agent, struct error *err) {
    int64_t begun = clock_boottime_ms(), well = 0;
    for (;;) {
        int64_t now = clock_boottime_ms();
        if (agent->world->api_front_ready(agent->role, err) < 0)
            well = 0;
        else if (!well)
            well = now;
        if (well && now - well >= FRONT_WELL_MS)
            return 0;
        if (now - begun >= FRONT_MS)
            return error_wrap(err, "after %d s", FRONT_MS / 1000);
        pause_ms(PAUSE_MS);
    }
}

/* On a master that serves, when no other one does it: so the VIP always finds one whose HAProxy answers. Whoever has to
 * wait longer tries again later. Where no API server answers, nothing is served that could be missed. */
static int lay_in_turn(struct agent *agent, struct error *err) {
    int turn = turn_take(agent, agent->world->lease_take_front, "HAProxy and Keepalived restart:", err);
    if (turn <= 0)
        return turn < 0 ? -1 : lay(agent, err);
    int result = lay(agent, err) < 0 || await_front(agent, err) < 0 ? -1 : 0;
    turn_drop(agent, agent->world->lease_drop_front);
    return result;
}

int control_run(struct agent *agent, struct error *err) {
    const struct role *role = agent->role;
    if (!agent->journal.member && access("/var/lib/kubelet/config.yaml", F_OK) < 0 &&
        (port_free(role->haproxy_port, "HAProxy", err) < 0 || port_free(API_SERVER_PORT, "the API server", err) < 0))
        return -1;
    bool serves = agent->journal.member && agent->world->service_running("kubelet");
    return serves ? lay_in_turn(agent, err) : lay(agent, err);
}
