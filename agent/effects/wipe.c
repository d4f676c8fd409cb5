/* SPDX-License-Identifier: Apache-2.0
 * See wipe.h. */
#include "wipe.h"

#include "child.h"
#include "decide/paths.h"
#include "runtime.h"
#include "service.h"

#include "file.h"
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Only what kubeadm, kubelet and etcd made. What wipe_needed() looks at comes last, so that an interrupted wipe starts
 * over. */
static const char *const list[] = {
    KUBELET_OWN_CONF,
    UPGRADE_BEGUN,
    "/etc/kubernetes/manifests",
    "/var/lib/etcd",
    "/var/lib/kubelet/pki",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/kubeadm-flags.env",
    "/var/lib/kubelet/instance-config.yaml",
    "/var/lib/cni",
    "/etc/kubernetes/controller-manager.conf",
    "/etc/kubernetes/scheduler.conf",
    "/etc/kubernetes/bootstrap-kubelet.conf",
    "/etc/kubernetes/kubelet.conf",
    "/etc/kubernetes/pki",
};
/* Removed before kubeadm reset. With the first one, reset asks the cluster for its configuration, and never ends if
 * etcd has no quorum, as when a second master lost power before its etcd started. The master that mints this machine's
 * next ticket removes its etcd member. */
static const char *const administrators[] = {ADMIN_CONF, "/etc/kubernetes/super-admin.conf", AGENT_RUN "/admin.pem"};
static const char *const folders[] = {"/etc/kubernetes", "/var/lib/kubelet", "/var/lib"};

bool wipe_needed(void) {
    return access("/etc/kubernetes/pki", F_OK) == 0 || access("/etc/kubernetes/kubelet.conf", F_OK) == 0 ||
           access("/etc/kubernetes/bootstrap-kubelet.conf", F_OK) == 0 || access("/var/lib/etcd/member", F_OK) == 0;
}

/* A folder of the list that is a mount point (state on the data partition) is emptied, not removed. */
static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st;
    if (remove(path) == 0 || errno == ENOENT || (errno == EBUSY && type == FTW_DP && ftw->level == 0))
        return 0;
    return -1;
}

/* What is mounted below is somebody else's. FTW_MOUNT would not do: in an overlay the st_dev of a file is not that of
 * its folder (kernel: overlayfs.rst, Inode properties), so files would stay. */
static int check_mounts(const char *path, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(4 << 20);
    char below[256];
    if (file_read("/proc/self/mountinfo", &text, err) < 0)
        return -1;
    snprintf(below, sizeof(below), " %s/", path);
    if (!strstr(buf_text(&text), below))
        return 0;
    error_set(err, EBUSY, "wipe `%s`: something is mounted below it", path);
    return error_remedy(err, "unmount it: grep %s /proc/mounts", path);
}

static int remove_tree(const char *path, struct error *err) {
    if (check_mounts(path, err) < 0)
        return -1;
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
        return error_errno(err, errno, "wipe `%s`", path);
    return access(path, F_OK) == 0 && file_sync_folder(path, err) < 0 ? error_wrap(err, "wipe") : 0;
}

int wipe_kubernetes(const struct role *role, struct error *err) {
    char socket[128];
    snprintf(socket, sizeof(socket), "--cri-socket=%s", runtime_of(role->runtime)->cri_socket);
    const char *const reset[] = {"kubeadm", "reset", "--force", socket, NULL};
    if (service_down("kubelet", err) < 0)
        return error_wrap(err, "wipe");
    for (size_t i = 0; i < sizeof(administrators) / sizeof(administrators[0]); i++)
        if (remove_tree(administrators[i], err) < 0)
            return -1;
    if (child_run(reset, &(struct child_options){.log_path = "/var/log/seedrack/kubeadm.log", .timeout_s = 180}, NULL,
                  err) < 0)
        return error_wrap(err, "wipe");
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
        if (remove_tree(list[i], err) < 0)
            return -1;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (file_sync_folder(folders[i], err) < 0)
            return error_wrap(err, "wipe");
    return 0;
}

int wipe_machine(const struct role *role, struct error *err) {
    /* /var/log/containers has only links to what is in /var/log/pods */
    static const char *const all[] = {"/var/log/pods",
                                      ROLE_FILE,
                                      AGENT_STATE "/role.etag",
                                      AGENT_STATE "/passwords.json",
                                      REGISTRIES,
                                      NETWORK_PROVED,
                                      NETWORK_REFUSED,
                                      AGENT_STATE "/backups/.new",
                                      AGENT_STATE "/restore",
                                      "/var/lib/kubelet",
                                      "/etc/kubernetes"};
    if (wipe_kubernetes(role, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (remove_tree(all[i], err) < 0)
            return -1;
    return file_sync_folder(AGENT_STATE, err) < 0 || file_sync_folder("/etc", err) < 0 ? error_wrap(err, "wipe") : 0;
}
