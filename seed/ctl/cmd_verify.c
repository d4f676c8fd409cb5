/* SPDX-License-Identifier: Apache-2.0
 * seedctl verify, run on a master: checks the listening sockets (article row R13), the API server, Services and DNS,
 * the nodes and the component status (row R18), and a new pod on each machine. */
#include "commands.h"

#include "cleanup.h"
#include "file.h"
#include "json.h"
#include "log.h"
#include "role.h"
#include "shell.h"
#include "verify_pods.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { LISTEN = 0x0a }; /* TCP_LISTEN of include/net/tcp_states.h, as /proc/net/tcp shows it */

/* Whether a socket listens on `port` at `address` (or everywhere); 0.0.0.0 accepts any address. */
static bool listens(struct in_addr address, unsigned port) {
    static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
    for (size_t i = 0; i < 2; i++) {
        cleanup_fclose FILE *table = fopen(tables[i], "re");
        char line[512], local[64];
        unsigned found, state;
        while (table && fgets(line, sizeof(line), table)) {
            if (sscanf(line, " %*d: %40[0-9A-F]:%x %*[0-9A-F]:%*x %x", local, &found, &state) != 3 || found != port ||
                state != LISTEN)
                continue;
            char wanted[9];
            snprintf(wanted, sizeof(wanted), "%08X", address.s_addr);
            if (!address.s_addr || !strcmp(local, wanted) || strspn(local, "0") == strlen(local))
                return true;
        }
    }
    return false;
}

static int check_socket(const char *name, const char *address, unsigned port) {
    struct in_addr in = {0};
    inet_pton(AF_INET, address, &in);
    bool ok = listens(in, port);
    printf("%-7s %s listens on %s:%u\n", ok ? "ok" : "MISSING", name, address, port);
    return !ok;
}

static int check_sockets(const struct role *role) {
    const char *own = role->address.text, *loopback = "127.0.0.1",
               *stats = strcmp(role->stats_address, "*") ? role->stats_address : "0.0.0.0";
    return check_socket("haproxy", "0.0.0.0", role->haproxy_port) +
           check_socket("haproxy statistics", stats, role->stats_port) + check_socket("kube-apiserver", own, 6443) +
           check_socket("etcd client", own, 2379) + check_socket("etcd peer", own, 2380) +
           check_socket("kubelet", own, 10250) + check_socket("kubelet healthz", loopback, 10248) +
           check_socket("kube-proxy metrics", loopback, 10249) +
           check_socket("kube-controller-manager", loopback, 10257) + check_socket("kube-scheduler", loopback, 10259);
}

/* One of the API server's own checks; each that fails is a line which begins with [-]. */
static int check_health(const char *path) {
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    char command[128];
    snprintf(command, sizeof(command), "kubectl get --raw '%s?verbose' 2>&1", path);
    bool ok = shell_run(command, &text);
    printf("%-7s API server %s\n", ok ? "ok" : "FAILED", path);
    for (const char *line = buf_text(&text); !ok && *line;) {
        int length = (int)strcspn(line, "\n");
        if (!strncmp(line, "[-]", 3))
            printf("        %.*s\n", length, line);
        line += length + (line[length] == '\n');
    }
    return !ok;
}

/* The n-th address of the Services' subnet: kubeadm gives the first one to the API server and the tenth to the
 * cluster's DNS. */
static void service_address(const struct role *role, unsigned n, char ret[INET_ADDRSTRLEN]) {
    char network[INET_ADDRSTRLEN];
    struct in_addr in = {0};
    snprintf(network, sizeof(network), "%.*s", (int)strcspn(role->service_subnet, "/"), role->service_subnet);
    inet_pton(AF_INET, network, &in);
    in.s_addr = htonl(ntohl(in.s_addr) + n);
    inet_ntop(AF_INET, &in, ret, INET_ADDRSTRLEN);
}

static int check_services(const struct role *role) {
    char address[INET_ADDRSTRLEN], command[512];
    service_address(role, 1, address);
    snprintf(command, sizeof(command), "busybox nc -w 2 %s 443 -e /bin/busybox true 2>&1", address);
    bool service = shell_run(command, NULL), name = true;
    printf("%-7s Service kubernetes answers at %s:443\n", service ? "ok" : "FAILED", address);
    if (role_image(role, "/coredns:")) {
        service_address(role, 10, address);
        snprintf(command, sizeof(command), "busybox nslookup -type=a kubernetes.default.svc.%s %s 2>&1",
                 role->dns_domain, address);
        name = shell_run(command, NULL);
        printf("%-7s DNS at %s knows kubernetes.default.svc.%s\n", name ? "ok" : "FAILED", address, role->dns_domain);
    }
    return !service + !name;
}

/* Whether the item's conditions have `type` with status True. */
static bool condition_true(const cJSON *conditions, const char *type) {
    const cJSON *condition;
    cJSON_ArrayForEach(condition, conditions) {
        if (!strcmp(json_text(condition, "type"), type))
            return !strcmp(json_text(condition, "status"), "True");
    }
    return false;
}

static bool node_ready(const cJSON *list, const char *hostname) {
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(list, "items")) {
        const cJSON *status = cJSON_GetObjectItemCaseSensitive(item, "status");
        if (!strcmp(json_text(cJSON_GetObjectItemCaseSensitive(item, "metadata"), "name"), hostname))
            return condition_true(cJSON_GetObjectItemCaseSensitive(status, "conditions"), "Ready");
    }
    return false;
}

static int check_cluster(const struct role *role) {
    cleanup_json cJSON *nodes = shell_json("kubectl get nodes -o json"),
                       *components = shell_json("kubectl get componentstatuses -o json 2>/dev/null");
    int failures = 0, healthy = 0;
    for (size_t i = 0; i < role->n_peers; i++) {
        bool ok = node_ready(nodes, role->peers[i].hostname);
        printf("%-7s node %s is Ready\n", ok ? "ok" : "FAILED", role->peers[i].hostname);
        failures += !ok;
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(components, "items")) {
        bool ok = condition_true(cJSON_GetObjectItemCaseSensitive(item, "conditions"), "Healthy");
        printf("%-7s component %s is Healthy\n", ok ? "ok" : "FAILED",
               json_text(cJSON_GetObjectItemCaseSensitive(item, "metadata"), "name"));
        healthy += ok;
        failures += !ok;
    }
    if (healthy < 3) { /* scheduler, controller-manager, etcd-0 */
        printf("FAILED  only %d of at least 3 components are Healthy\n", healthy);
        failures++;
    }
    return failures;
}

int seedctl_verify(const struct arguments *arguments) {
    const char *path = arguments->role ? arguments->role : "/var/lib/seedrack/role.json";
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    cleanup_role struct role *role = NULL;
    struct error err = {0};
    if (file_read(path, &text, &err) < 0 || role_parse(buf_text(&text), text.length, &role, &err) < 0) {
        error_remedy(&err, "run it on a master, e.g. qemu-tests/rack exec k8s-m1 seedctl verify");
        error_report(&err, "seedctl");
        return 1;
    }
    if (role->role != NODE_MASTER) {
        fprintf(stderr, "seedctl: verify: %s is a worker; run it on a master\n", role->hostname);
        return 1;
    }
    int failures = check_sockets(role);
    failures += check_health("/livez");
    failures += check_health("/readyz");
    failures += check_services(role);
    failures += verify_pods(role);
    failures += check_cluster(role);
    return failures ? fprintf(stderr, "seedctl: verify: %d checks failed; each is named above\n", failures), 1 : 0;
}
