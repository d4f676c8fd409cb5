/* SPDX-License-Identifier: Apache-2.0
 * Step 12: reserve ► begin ► kubeadm init ► commit, or wait ► ticket ► kubeadm join; after a reboot only validate and
 * start kubelet. */
#include "bootstrap.h"
#include "../effects/child.h"
#include "../effects/service.h"
#include "../effects/wipe.h"
#include "../seed.h"
#include "../steps.h"
#include "control.h"

#include "cleanup.h"
#include "file.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KUBELET_CONFIG "/var/lib/kubelet/config.yaml"
#define KUBELET_CONF "/etc/kubernetes/kubelet.conf"
enum { KUBEADM_S = 600, COURTESY_S = 3 };

int bootstrap_record(struct agent *agent, uint64_t version, unsigned wait_s, struct record *ret, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    char path[320];
    const struct membership *seen = &agent->membership;
    int length = snprintf(path, sizeof(path), "/v1/bootstrap?seen_epoch=%llu&seen_token=%llu", (unsigned long long)seen->epoch,
                          (unsigned long long)seen->token);
    if (seen->ca_hash[0])
        length += snprintf(path + length, sizeof(path) - (size_t)length, "&seen_ca_hash=%s", seen->ca_hash);
    if (version)
        snprintf(path + length, sizeof(path) - (size_t)length, "&version=%llu&wait=%u", (unsigned long long)version, wait_s);
    return seed_call(agent, "GET", path, NULL, wait_s + 5, NULL, &answer, err) < 0 ? -1 : record_parse(answer, ret, err);
}

int bootstrap_kubeadm(const char *const *argv, struct error *err) {
    static const char *const marks[] = {"[ERROR ", "error execution phase", NULL};
    return child_run(argv, &(struct child_options){.log_path = KUBEADM_LOG, .timeout_s = KUBEADM_S, .marks = marks}, NULL, err);
}

int bootstrap_clean(struct agent *agent, struct error *err) {
    if (!wipe_needed())
        return 0;
    log_warning("an earlier kubeadm run was interrupted; removing what it left");
    if (wipe_kubernetes(agent->role, err) < 0 || kubelet_run(agent, err) < 0)
        return -1;
    return is_master(agent->role) ? control_run(agent, err) : 0;
}

/* Article row R14: admin.conf to $HOME/.kube/config, mode and owner. */
static int lay_kubeconfig(struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(65536);
    if (file_read("/etc/kubernetes/admin.conf", &text, err) < 0 || file_mkdirs("/root/.kube", 0700, err) < 0)
        return -1;
    return file_ensure("/root/.kube/config", buf_text(&text), text.length, 0600, err) < 0 ? -1 : 0;
}

int bootstrap_joined(struct agent *agent, struct error *err) {
    agent->membership.joined = true;
    if (membership_save(&agent->membership, err) < 0)
        return -1;
    if (!is_master(agent->role))
        return 0;
    return lay_kubeconfig(err) < 0 || control_lay_keepalived(agent, err) < 0 ? -1 : 0;
}

static bool belongs(const struct agent *agent) {
    return agent->membership.joined && access(KUBELET_CONF, F_OK) == 0 && access(KUBELET_CONFIG, F_OK) == 0;
}

int bootstrap_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    if (!belongs(agent))
        buf_adds(why, "not a member of the cluster yet");
    else if (!service_running("kubelet"))
        buf_adds(why, "a member; kubelet is not running");
    else
        return 1;
    return 0;
}

/* Nothing of Kubernetes starts before this (I6). With the seed away the cached committed record decides. */
static int validate_and_start(struct agent *agent, struct error *err) {
    char hash[CA_HASH_SIZE];
    struct record record;
    if (ca_hash_of_file("/etc/kubernetes/pki/ca.crt", hash, err) < 0)
        return -1;
    if (strcmp(hash, agent->membership.ca_hash) != 0) {
        error_set(err, EPERM, "/etc/kubernetes/pki/ca.crt is %.20s…, this machine joined %.20s…", hash, agent->membership.ca_hash);
        return error_remedy(err, "restore the file from another machine of the cluster, or wipe this machine");
    }
    if (bootstrap_record(agent, 0, 0, &record, err) == 0) {
        if (membership_validate(&agent->membership, &record, err) < 0)
            return -1;
    } else if (seed_is_away(err)) {
        log_warning("%s; going on with the cached committed record", err->message);
    } else {
        return -1;
    }
    return service_up("kubelet", err);
}

/* How long this machine lets the masters listed before it go first: the first one shall hold the VIP, and where it makes the cluster
 * the VIP need not move, with every connection to it, when it joins. Ends at once when another machine reserves. */
static unsigned courtesy_s(const struct role *role) {
    unsigned before = 0;
    for (size_t i = 0; i < role->n_peers && strcmp(role->peers[i].hostname, role->hostname) != 0; i++)
        before += role->peers[i].role == NODE_MASTER;
    return is_master(role) ? before * COURTESY_S : 0;
}

int bootstrap_run(struct agent *agent, struct error *err) {
    if (belongs(agent))
        return validate_and_start(agent, err);
    struct record record;
    if (!agent->claim[0] && claim_run(agent, err) < 0) /* an offline stick came this far without the seed */
        return -1;
    if (bootstrap_record(agent, 0, 0, &record, err) < 0)
        return -1;
    unsigned courtesy = courtesy_s(agent->role);
    if (record.state == RECORD_EMPTY && courtesy && bootstrap_record(agent, record.version, courtesy, &record, err) < 0)
        return -1;
    while (!belongs(agent)) {
        bool mine = !strcmp(record.holder, agent->role->hostname);
        bool open = record.state == RECORD_EMPTY || (mine && (record.state == RECORD_RESERVED || record.state == RECORD_INITIALISING));
        if (record.state == RECORD_QUARANTINE) {
            error_set(err, EPERM, "the seed's record is in QUARANTINE: a machine proved that the seed forgot something");
            return error_remedy(err, "restore the newest state of the seed, or run seedctl rearm there if the cluster is to be born anew");
        }
        if (record.state == RECORD_INITIALISED && mine && agent->membership.made)
            open = true; /* we committed and lost power before the end: finish */
        int result = 0;
        if (open && is_master(agent->role))
            result = bootstrap_init(agent, &record, err);
        else if (record.state == RECORD_INITIALISED)
            result = bootstrap_join(agent, &record, err);
        else
            seed_event(agent, "bootstrap", "waiting", 0, 0, "%s %s", record_state_name(record.state), record.holder);
        if (result < 0)
            return -1;
        if (!belongs(agent) && bootstrap_record(agent, record.version, 50, &record, err) < 0)
            return -1;
    }
    return 0;
}
