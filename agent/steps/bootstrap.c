/* SPDX-License-Identifier: Apache-2.0
 * Step 12: reserve ► begin ► kubeadm init ► commit, or wait ► ticket ► kubeadm join. After a reboot it only checks the
 * bootstrap record and starts kubelet. */
#include "bootstrap/attempt.h"
#include "bootstrap/certificates.h"
#include "bootstrap/kubeadm.h"
#include "bootstrap/leave.h"
#include "bootstrap/network.h"
#include "bootstrap/rejoin.h"
#include "effects/journal_file.h"
#include "maintenance/restore.h"
#include "maintenance/retired.h"
#include "world/world.h"
#include "rows.h"

#include "log.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { COURTESY_S = 3, LISTENING_S = 3 /* of 5: steps 9 to 11 take the rest */ };

int bootstrap_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    if (!agent->journal.member || !kubeadm_is_whole())
        buf_adds(why, "not a member of the cluster yet");
    else if (!agent->world->service_running("kubelet"))
        buf_adds(why, "a member; kubelet is not running");
    else
        return 1;
    return 0;
}

/* What is left belongs to the cluster of the record. */
static bool is_of_the_cluster(const struct bootstrap_fsm *fsm) {
    return fsm->record.state == RECORD_INITIALISED && !strcmp(fsm->record.id.ca_hash, fsm->machine.ca_hash);
}

/* What steps 10 and 11 had written. */
static int lay_own_files(struct agent *agent, struct error *err) {
    if (kubelet_run(agent, err) < 0)
        return -1;
    return role_is_master(agent->role) ? control_run(agent, err) : 0;
}

/* Removes what an interrupted attempt left, and writes again what steps 10 and 11 had written. */
static int wipe_attempt(struct agent *agent, struct attempt *attempt, struct error *err) {
    log_warning("an earlier kubeadm run was interrupted; removing what it left");
    bool has_etcd = leave_has_etcd(agent->role), ours = is_of_the_cluster(&attempt->driver.fsm);
    if (has_etcd && !ours)
        log_warning("it left an etcd, which is not of the cluster of the record, or its CA cannot be read");
    if (has_etcd && ours && leave_etcd(agent, err) < 0)
        return -1;
    return agent->world->wipe_kubernetes(agent->role, err) < 0 ? -1 : lay_own_files(agent, err);
}

static int probe_vip(struct agent *agent, struct attempt *attempt, struct error *err) {
    (void)attempt;
    return network_vip_is_free(agent, err);
}

/* Of containers that are gone. With those of another policy kubelet does not start (kubernetes.io: Control CPU and
 * Memory Management Policies on the Node). */
static void forget_checkpoints(const struct agent *agent) {
    static const char *const files[] = {"/var/lib/kubelet/cpu_manager_state", "/var/lib/kubelet/memory_manager_state"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !agent->world->service_running("kubelet"); i++)
        if (unlink(files[i]) < 0 && errno != ENOENT)
            log_warning("`%s`: %s", files[i], strerror(errno));
}

static int start_kubelet(struct agent *agent, struct attempt *attempt, struct error *err) {
    forget_checkpoints(agent);
    if (certificates_renew_at_boot(agent, err) < 0)
        return -1;
    return certificates_must_rejoin(agent) ? rejoin(agent, attempt, err) : agent->world->service_up("kubelet", err);
}

static int join(struct agent *agent, struct attempt *attempt, struct error *err) {
    return restore_before_join(agent, err) < 0 ? -1 : attempt_join(agent, attempt, err);
}

static const struct attempt_effects effects = {.save = journal_save,
                                               .run = {
                                                   [BOOTSTRAP_ASK] = attempt_ask,
                                                   [BOOTSTRAP_WIPE] = wipe_attempt,
                                                   [BOOTSTRAP_PROBE] = probe_vip,
                                                   [BOOTSTRAP_RESERVE] = attempt_move,
                                                   [BOOTSTRAP_BEGIN] = attempt_move,
                                                   [BOOTSTRAP_COMMIT] = attempt_move,
                                                   [BOOTSTRAP_ABORT] = attempt_move,
                                                   [BOOTSTRAP_INIT] = attempt_init,
                                                   [BOOTSTRAP_TICKET] = attempt_ticket,
                                                   [BOOTSTRAP_JOIN] = join,
                                                   [BOOTSTRAP_KUBELET] = start_kubelet,
                                                   [BOOTSTRAP_FINISH] = attempt_finish,
                                               }};

/* How long this machine lets the masters that are listed before it reserve first. The first master has the highest VRRP
 * priority. If it makes the cluster, the VIP need not move to it later, with every connection. The wait ends at once
 * when another machine reserves. The first master reserves 5 s after its step 8, when it has heard no foreign VRRP:
 * this is the time that a machine which started a little earlier must wait, too. */
static unsigned courtesy_s(const struct role *role) {
    unsigned before = 0;
    for (size_t i = 0; i < role->n_peers && strcmp(role->peers[i].hostname, role->hostname) != 0; i++)
        before += role->peers[i].role == NODE_MASTER;
    return role_is_master(role) && before ? LISTENING_S + before * COURTESY_S : 0;
}

int bootstrap_run(struct agent *agent, struct error *err) {
    if (retired_check(agent, err) < 0)
        return -1;
    int restored = restore_at_start(agent, err);
    if (restored < 0 || (restored > 0 && lay_own_files(agent, err) < 0))
        return -1;
    struct bootstrap_machine machine = {.hostname = agent->role->hostname,
                                        .master = role_is_master(agent->role),
                                        .courtesy_s = courtesy_s(agent->role),
                                        .traces = agent->world->wipe_needed(),
                                        .whole = kubeadm_is_whole()};
    struct error none;
    if (kubeadm_ca_hash(agent->world, machine.ca_hash, &none) < 0)
        machine.ca_hash[0] = '\0';
    return attempt_follow(agent, &machine, &effects, err);
}
