/* SPDX-License-Identifier: Apache-2.0
 * See verify_pods.h. The pods run the pause image, which every release has, and answer ICMP; behind the Service are the
 * API servers. */
#include "verify_pods.h"

#include "shell.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SERVICE_TRIES = 50, TRY_MS = 200 }; /* kube-proxy on this machine writes the Service's rules within 10 s */

static bool apply(const char *name, const char *pause) {
    cleanup_buf struct buf text = BUF_INIT(4096);
    buf_addf(&text,
             "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":["
             "{\"apiVersion\":\"apps/v1\",\"kind\":\"DaemonSet\",\"metadata\":{\"name\":\"%s\",\"namespace\":"
             "\"kube-system\"},\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"%s\"}},\"template\":{"
             "\"metadata\":{\"labels\":{\"app\":\"%s\"}},\"spec\":{\"tolerations\":[{\"operator\":\"Exists\"}],"
             "\"automountServiceAccountToken\":false,\"terminationGracePeriodSeconds\":1,"
             "\"containers\":[{\"name\":\"pause\",\"image\":\"%s\",\"imagePullPolicy\":\"IfNotPresent\"}]}}}},",
             name, name, name, pause);
    buf_addf(&text,
             "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"kube-system\"},"
             "\"spec\":{\"type\":\"NodePort\",\"selector\":{\"component\":\"kube-apiserver\"},"
             "\"ports\":[{\"port\":6443}]}}]}",
             name);
    return shell_apply(buf_text(&text));
}

/* The address of the pod that runs on `hostname`; NULL: none does. */
static const char *pod_address(const cJSON *pods, const char *hostname) {
    const cJSON *pod;
    struct in_addr address;
    cJSON_ArrayForEach(pod, cJSON_GetObjectItemCaseSensitive(pods, "items")) {
        const cJSON *status = cJSON_GetObjectItemCaseSensitive(pod, "status");
        const char *text = json_text(status, "podIP");
        if (!strcmp(json_text(cJSON_GetObjectItemCaseSensitive(pod, "spec"), "nodeName"), hostname) &&
            !strcmp(json_text(status, "phase"), "Running") && inet_pton(AF_INET, text, &address) == 1)
            return text;
    }
    return NULL;
}

static int check_pods(const struct role *role, const char *name) {
    char command[256];
    snprintf(command, sizeof(command), "kubectl -n kube-system rollout status daemonset/%s --timeout=30s 2>&1", name);
    shell_run(command, NULL); /* a pod that is missing is named below */
    snprintf(command, sizeof(command), "kubectl -n kube-system get pods -l app=%s -o json", name);
    cleanup_json cJSON *pods = shell_json(command);
    int failures = 0;
    for (size_t i = 0; i < role->n_peers; i++) {
        const char *hostname = role->peers[i].hostname, *address = pod_address(pods, hostname);
        if (!address) {
            printf("FAILED  no pod runs on %s after 30 s; kubectl describe node %s\n", hostname, hostname);
            failures++;
            continue;
        }
        snprintf(command, sizeof(command), "busybox ping -c 1 -W 2 %s 2>&1", address);
        bool ok = shell_run(command, NULL);
        printf("%-7s a pod on %s answers at %s\n", ok ? "ok" : "FAILED", hostname, address);
        failures += !ok;
    }
    return failures;
}

static int check_answer(const char *what, const char *address, unsigned port) {
    char command[128];
    bool ok = false;
    snprintf(command, sizeof(command), "busybox nc -w 2 %s %u -e /bin/busybox true 2>&1", address, port);
    for (int i = 0; i < SERVICE_TRIES && !ok; i++) {
        if (i)
            nanosleep(&(struct timespec){.tv_nsec = TRY_MS * 1000000L}, NULL);
        ok = shell_run(command, NULL);
    }
    printf("%-7s a new Service answers at %s, %s:%u\n", ok ? "ok" : "FAILED", what, address, port);
    return !ok;
}

static int check_service(const struct role *role, const char *name) {
    char command[256];
    struct in_addr in;
    snprintf(command, sizeof(command), "kubectl -n kube-system get service %s -o json", name);
    cleanup_json cJSON *service = shell_json(command);
    const cJSON *spec = cJSON_GetObjectItemCaseSensitive(service, "spec"),
                *port = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(spec, "ports"), 0),
                *node_port = cJSON_GetObjectItemCaseSensitive(port, "nodePort");
    const char *address = json_text(spec, "clusterIP");
    if (inet_pton(AF_INET, address, &in) != 1 || !cJSON_IsNumber(node_port)) {
        printf("FAILED  a new Service got no address\n");
        return 1;
    }
    return check_answer("its address", address, 6443) +
           check_answer("the VIP", role->vip.text, (unsigned)node_port->valueint);
}

int verify_pods(const struct role *role) {
    char name[64], command[256];
    const char *pause = role_image(role, "/pause:");
    snprintf(name, sizeof(name), "seedrack-verify-%s", role->address.text);
    for (char *c = name; *c; c++)
        if (*c == '.')
            *c = '-';
    if (!pause || !apply(name, pause)) {
        printf("FAILED  a pod for each machine, and a Service: %s\n",
               pause ? "kubectl could not make them" : "the release has no pause image");
        return 1;
    }
    int failures = check_pods(role, name) + check_service(role, name);
    snprintf(command, sizeof(command),
             "kubectl -n kube-system delete daemonset/%s service/%s --ignore-not-found --wait=false 2>&1", name, name);
    if (!shell_run(command, NULL)) {
        printf("FAILED  %s stays behind; kubectl -n kube-system delete daemonset/%s service/%s\n", name, name, name);
        failures++;
    }
    return failures;
}
