/* SPDX-License-Identifier: Apache-2.0
 * See dns.h. New pods keep away from each other by the affinity of kubeadm's Deployment. */
#include "dns.h"
#include "agent.h"
#include "decide/cluster.h"
#include "decide/paths.h"
#include "world/world.h"

#include "buf.h"
#include "log.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SETTLED_S = 180, RESTART_S = 60 };

bool dns_expects(void) {
    return access(AGENT_DNS_TO_SPREAD, F_OK) == 0;
}

/* 0 also when the API server does not say. */
static size_t ready_nodes(const struct world *world) {
    static const char *const argv[] = {"kubectl", "--kubeconfig", ADMIN_CONF, "get", "nodes", "--no-headers", NULL};
    cleanup_buf struct buf output = BUF_INIT(1 << 20);
    struct error ignored;
    size_t ready = 0;
    if (world->child_run(argv, &(struct child_options){.timeout_s = RESTART_S}, &output, &ignored) < 0)
        return 0;
    for (const char *at = buf_text(&output); (at = strstr(at, " Ready ")); at++)
        ready++;
    return ready;
}

void dns_spread(struct agent *agent) {
    static const char *const argv[] = {"kubectl", "--kubeconfig", ADMIN_CONF,           "--namespace", "kube-system",
                                       "rollout", "restart",      "deployment/coredns", NULL};
    struct stat since;
    struct error err = {0};
    size_t started, all;
    if (stat(AGENT_DNS_TO_SPREAD, &since) < 0 || agent->world->etcd_voters(&started, &all, &err) < 0 ||
        (started < cluster_masters(agent->role) && time(NULL) - since.st_mtime < SETTLED_S) ||
        ready_nodes(agent->world) < 2)
        return;
    if (agent->world->child_run(argv, &(struct child_options){.log_path = KUBEADM_LOG, .timeout_s = RESTART_S}, NULL,
                                &err) < 0)
        log_warning("CoreDNS still runs on one machine: %s", err.message);
    else if ((unlink(AGENT_DNS_TO_SPREAD) < 0 && error_errno(&err, errno, "remove `" AGENT_DNS_TO_SPREAD "`") < 0) ||
             agent->world->file_sync_folder(AGENT_STATE, &err) < 0)
        log_warning("%s", err.message);
    else
        log_info("CoreDNS is spread over the machines");
}
