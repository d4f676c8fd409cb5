/* SPDX-License-Identifier: Apache-2.0
 * `seed-agent service NAME start|stop|restart|status`: runit's services in OpenRC's words. kubeadm knows systemd and
 * OpenRC (kubernetes v1.20, cmd/kubeadm/app/util/initsystem); the image's rc-service calls this, so that kubeadm itself
 * starts kubelet when its configuration is written and restarts it when its certificate is rotatable. */
#include "commands.h"
#include "decide/cluster.h"
#include "decide/paths.h"
#include "effects/api_server.h"
#include "effects/await.h"
#include "effects/http.h"
#include "effects/ports.h"
#include "effects/service.h"

#include "clock.h"
#include "file.h"
#include "kubernetes.h"
#include "log.h"
#include "role.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BOOTSTRAP_CONF "/etc/kubernetes/bootstrap-kubelet.conf"
#define CLIENT_CERT "/var/lib/kubelet/pki/kubelet-client-current.pem"
enum { TLS_BOOTSTRAP_S = 30, STATIC_PODS_MS = 20000, OWN_API_MS = 120000, PAUSE_MS = 100, API_PAUSE_MS = 250 };

/* The role when this machine is a master, else NULL. */
static struct role *master_role(void) {
    struct error ignored;
    cleanup_role struct role *role = NULL;
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    if (file_read(ROLE_FILE, &text, &ignored) < 0 || role_parse(buf_text(&text), text.length, &role, &ignored) < 0 ||
        role->role != NODE_MASTER)
        return NULL;
    struct role *found = role;
    role = NULL;
    return found;
}

/* Waits until kubelet runs its static pods. kubeadm announces the new etcd member as soon as kubelet has its
 * certificate. When etcd grows from one voter to two there is no quorum until the new member runs, so kubelet must not
 * still be busy with the other pods then. */
static void await_static_pods(const struct role *role) {
    struct port port = {.in.s_addr = htonl(INADDR_LOOPBACK), .number = role->haproxy_port};
    struct error ignored;
    int64_t deadline = clock_boottime_ms() + STATIC_PODS_MS;
    while (ports_probe(&port, 1, PAUSE_MS, &ignored) == 0 && port.answer != PORT_OPEN && clock_boottime_ms() < deadline)
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
}

/* A joining master's kubelet asks the API server of its own machine for its certificate. That one is ready only after
 * kubeadm got its answer from here and etcd has joined, and kubelet, which asked too early, sleeps up to 20 s before it
 * asks again. So a process that kubeadm does not wait for starts kubelet anew when its API server is ready. Not sooner:
 * that would stop it in the middle of starting etcd. */
static void restart_when_api_is_ready(const struct role *role) {
    const struct role_peer *own = cluster_peer(role, role->hostname);
    struct error ignored;
    int64_t deadline = clock_boottime_ms() + OWN_API_MS;
    if (!own || fork() != 0) /* also when there is no process: kubelet asks again by itself */
        return;
    setsid();
    for (int fd = 0; fd < 3; fd++) /* kubeadm waits until its pipe is closed */
        close(fd);
    bool ready = false;
    while (http_init(&ignored) == 0 && !(ready = api_ready(own, &ignored) == 0) && clock_boottime_ms() < deadline)
        nanosleep(&(struct timespec){.tv_nsec = API_PAUSE_MS * 1000000L}, NULL);
    if (ready && access(CLIENT_CERT, F_OK) < 0)
        service_restart("kubelet", &ignored);
    _exit(0);
}

/* kubeadm join checks whether kubelet has its certificate right after this call, and then every 5 s. So this returns
 * when it has. If that takes too long it is no failure: kubeadm checks again. */
static int kubelet_restart(struct error *err) {
    struct error late;
    if (service_restart("kubelet", err) < 0)
        return -1;
    if (access(BOOTSTRAP_CONF, F_OK) < 0)
        return 0;
    cleanup_role struct role *master = master_role();
    if (master && kubernetes_has(master->release, K8S_OWN_API_FIRST)) {
        restart_when_api_is_ready(master);
        return 0;
    }
    if (await_path(CLIENT_CERT, TLS_BOOTSTRAP_S, &late) < 0 ||
        await_path("/etc/kubernetes/kubelet.conf", TLS_BOOTSTRAP_S, &late) < 0)
        log_warning("kubelet has no certificate yet: %s", late.message);
    else if (master)
        await_static_pods(master);
    return 0;
}

static int act(const char *name, const char *verb, struct error *err) {
    if (!strcmp(verb, "stop"))
        return service_down(name, err);
    if (!strcmp(verb, "restart"))
        return strcmp(name, "kubelet") != 0 ? service_restart(name, err) : kubelet_restart(err);
    return service_up(name, err);
}

int cmd_service(int argc, char **argv) {
    struct error err = {0};
    bool known = false;
    for (const char *const *verb = (const char *const[]){"start", "stop", "restart", "status", NULL};
         *verb && argc == 3; verb++)
        known |= !strcmp(argv[2], *verb);
    if (!known) {
        fprintf(stderr, "seed-agent: service needs NAME start|stop|restart|status; see seed-agent --help\n");
        return 2;
    }
    log_set("seed-agent", LOG_INFO);
    if (!service_exists(argv[1])) { /* the words that kubeadm looks for */
        fprintf(stderr, "rc-service: service `%s' does not exist\n", argv[1]);
        return 1;
    }
    if (!strcmp(argv[2], "status")) {
        bool running = service_running(argv[1]);
        printf(" * status: %s\n", running ? "started" : "stopped");
        return running ? 0 : 3;
    }
    if (act(argv[1], argv[2], &err) < 0) {
        error_report(&err, "seed-agent");
        return 1;
    }
    return 0;
}
