/* SPDX-License-Identifier: Apache-2.0
 * See kubeadm.h. */
#include "kubeadm.h"
#include "decide/paths.h"
#include "world/world.h"

#include "log.h"
#include <unistd.h>

#define KUBELET_CONFIG "/var/lib/kubelet/config.yaml"
enum { KUBEADM_S = 840 /* its ticket lives for 15 minutes */ };

int kubeadm_ca_hash(const struct world *world, char ret_hash[CA_HASH_SIZE], struct error *err) {
    return world->ca_hash_of_file(KUBE_PKI "/ca.crt", ret_hash, err);
}

bool kubeadm_is_whole(void) {
    return access(KUBELET_CONF, F_OK) == 0 && access(KUBELET_CONFIG, F_OK) == 0;
}

void kubeadm_remove_copies(const struct world *world) {
    static const char *const argv[] = {"rm", "-rf", "/etc/kubernetes/tmp", NULL};
    struct error unkept;
    if (world->child_run(argv, &(struct child_options){.timeout_s = 60}, NULL, &unkept) < 0)
        log_warning("%s", unkept.message);
}

int kubeadm_run(const struct world *world, const char *const *argv, char ret_hash[CA_HASH_SIZE], struct error *err) {
    static const char *const marks[] = {"[ERROR ", "error execution phase", NULL};
    static const char *const left[] = {"/etc/kubernetes", "/var/lib/kubelet/pki", KUBELET_CONFIG,
                                       "/var/lib/kubelet/kubeadm-flags.env", "/var/lib/kubelet/instance-config.yaml"};
    if (world->child_run(argv, &(struct child_options){.log_path = KUBEADM_LOG, .timeout_s = KUBEADM_S, .marks = marks},
                         NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
        if (world->file_sync_tree(left[i], err) < 0)
            return -1;
    return kubeadm_ca_hash(world, ret_hash, err);
}
