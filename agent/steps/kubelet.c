/* SPDX-License-Identifier: Apache-2.0
 * Step 10: writes everything that kubelet reads before it starts. Without the manifests folder kubelet would look again
 * only after 20 s, without a CNI configuration after 10 s (v1.20: pkg/kubelet/config/file_linux.go). */
#include "rows.h"
#include "world/world.h"

#include "kubernetes.h"
#include <unistd.h>

#define MANIFESTS "/etc/kubernetes/manifests"

static const struct {
    const char *what, *path;
    bool bridge_only, patch;
} files[] = {
    {"cni.conflist", "/etc/cni/net.d/10-seedrack.conflist", true, false},
    {"kubelet-flags.env", "/etc/seedrack/kubelet-flags.env", false, false},
    {"kubelet-patch.yaml", RENDER_PATCHES "/kubeletconfiguration.yaml", false, true},
};

static bool applies(const struct role *role, size_t i) {
    return (!files[i].bridge_only || role->cni_bridge) &&
           (!files[i].patch || kubernetes_has(role->release, K8S_KUBELET_PATCHES));
}

int kubelet_done(struct agent *agent, struct buf *why, struct error *err) {
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        int differs =
            applies(agent->role, i) ? agent->world->rendered_differs(agent, files[i].what, files[i].path, err) : 0;
        if (differs) {
            buf_addf(why, "%s differs", files[i].path);
            return differs < 0 ? -1 : 0;
        }
    }
    if (access(MANIFESTS, F_OK) == 0 && access("/var/lib/kubelet/pki", F_OK) == 0)
        return 1;
    buf_adds(why, "its folders are missing");
    return 0;
}

int kubelet_run(struct agent *agent, struct error *err) {
    if (agent->world->file_mkdirs(MANIFESTS, 0755, err) < 0 ||
        agent->world->file_mkdirs("/var/lib/kubelet/pki", 0755, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (applies(agent->role, i) && agent->world->rendered_apply(agent, files[i].what, files[i].path, 0644, err) < 0)
            return -1;
    return 0;
}
