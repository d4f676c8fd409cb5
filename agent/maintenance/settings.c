/* SPDX-License-Identifier: Apache-2.0
 * See settings.h. kubeadm does both, as in an upgrade (kubernetes.io: Reconfiguring a kubeadm cluster). */
#include "settings.h"
#include "agent.h"
#include "bootstrap/kubeadm.h"
#include "decide/paths.h"
#include "render/render.h"
#include "work.h"
#include "world/world.h"

#include "kubernetes.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CONFIG AGENT_RUN "/kubeadm-settings.yaml"
#define LAID AGENT_STATE "/settings-laid" /* the turn, and the ETag of the role document */
enum { LAID_SIZE = 160 };

static int bring_to_cluster(struct agent *agent, struct error *err) {
    static const char *const argv[] = {"kubeadm", "init",     "phase", "upload-config",
                                       "kubelet", "--config", CONFIG,  NULL};
    char ignored[CA_HASH_SIZE];
    if (agent->world->rendered_apply(agent, "kubeadm-init.yaml", CONFIG, 0600, err) < 0)
        return -1;
    int result = kubeadm_run(agent->world, argv, ignored, err);
    unlink(CONFIG);
    return result;
}

static int lay_own(struct agent *agent, struct error *err) {
    const char *argv[8] = {"kubeadm", "upgrade", "node", "phase", "kubelet-config"};
    char ignored[CA_HASH_SIZE];
    if (kubernetes_has(agent->role->release, K8S_KUBELET_PATCHES)) {
        argv[5] = "--patches";
        argv[6] = RENDER_PATCHES;
    }
    int result = kubeadm_run(agent->world, argv, ignored, err);
    if (result == 0)
        kubeadm_remove_copies(agent->world);
    return result;
}

static void mark_of(const struct work *work, char ret[static LAID_SIZE]) {
    snprintf(ret, LAID_SIZE, "%lld %.96s\n", (long long)work->token, work->agent->etag);
}

bool settings_are_laid(const struct work *work) {
    cleanup_buf struct buf text = BUF_INIT(LAID_SIZE);
    struct error none;
    char mark[LAID_SIZE];
    mark_of(work, mark);
    return work->agent->world->file_read(LAID, &text, &none) == 0 && !strcmp(buf_text(&text), mark);
}

int settings_again(const struct work *work, struct error *err) {
    return settings_lay(work, err) < 0 ? -1 : work->agent->world->service_restart("kubelet", err);
}

int settings_lay(const struct work *work, struct error *err) {
    struct agent *agent = work->agent;
    if ((role_is_master(agent->role) && bring_to_cluster(agent, err) < 0) || lay_own(agent, err) < 0)
        return error_wrap(err, "kubelet's settings");
    char mark[LAID_SIZE];
    mark_of(work, mark);
    return agent->world->file_write(LAID, mark, strlen(mark), 0600, err);
}
