/* SPDX-License-Identifier: Apache-2.0
 * Step 7: stacks the layers with overlayfs, bind-mounts the state, and mounts cgroups as the release needs them. Then
 * the agent ends, initramfs/init calls switch_root, and runit starts the agent again on the new root. */
#include "decide/paths.h"
#include "rows.h"
#include "world/world.h"

#include "cleanup.h"
#include "kubernetes.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#define CGROUPS SYSROOT "/sys/fs/cgroup"

int pivot_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    if (!agent->initramfs)
        return 1;
    buf_adds(why, "still in the initramfs");
    return 0;
}

/* The last layer of the role document becomes the topmost. In overlayfs the first lowerdir is the topmost
 * (overlayfs.rst). */
static int stack(const struct world *world, const struct role *role, struct error *err) {
    cleanup_buf struct buf options = BUF_INIT(4000); /* mount(2) takes at most one page */
    buf_adds(&options, "lowerdir=");
    for (size_t i = role->n_layers; i-- > 0;)
        if (layer_wanted(&role->layers[i]))
            buf_addf(&options, "%s" MOUNTED "/%s", buf_text(&options)[options.length - 1] == '=' ? "" : ":",
                     role->layers[i].sha256);
    buf_adds(&options, ",upperdir=" DATA_ROOT "/upper,workdir=" DATA_ROOT "/work");
    if (buf_failed(&options))
        return error_set(err, E2BIG, "more layers than one mount takes");
    if (world->file_mkdirs(DATA_ROOT "/upper", 0755, err) < 0 || world->file_mkdirs(DATA_ROOT "/work", 0755, err) < 0)
        return -1;
    return world->mounts_add("overlay", SYSROOT, "overlay", 0, buf_text(&options), err);
}

/* State is on DATA and is bind-mounted. It cannot stay on the root, since Docker's overlay2 does not work on an
 * overlay. */
static int bind_state(const struct world *world, struct error *err) {
    static const struct {
        const char *from, *to;
    } state[] = {
        {DATA_STATE "/agent", SYSROOT "/var/lib/seedrack"},
        {DATA_STATE "/etc-kubernetes", SYSROOT "/etc/kubernetes"},
        {DATA_STATE "/var-lib/etcd", SYSROOT "/var/lib/etcd"},
        {DATA_STATE "/var-lib/kubelet", SYSROOT "/var/lib/kubelet"},
        {DATA_STATE "/var-lib/docker", SYSROOT "/var/lib/docker"},
        {DATA_STATE "/var-lib/containerd", SYSROOT "/var/lib/containerd"},
        {DATA_STATE "/var-lib/cni", SYSROOT "/var/lib/cni"},
        {DATA_STATE "/var-log-pods", SYSROOT "/var/log/pods"}, /* containerd's; never in RAM */
    };
    for (size_t i = 0; i < sizeof(state) / sizeof(state[0]); i++)
        if (world->mounts_bind(state[i].from, state[i].to, err) < 0)
            return -1;
    return 0;
}

/* One hierarchy for each controller, as an older kubelet needs them (cgroup-v1/cgroups.rst). */
static int mount_cgroup_v1(const struct world *world, struct error *err) {
    cleanup_fclose FILE *list = fopen(SYSROOT "/proc/cgroups", "re");
    char line[256], name[64], path[128];
    int enabled;
    if (!list || world->mounts_add("tmpfs", CGROUPS, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755", err) < 0)
        return list ? -1 : error_errno(err, errno, "/proc/cgroups");
    while (fgets(line, sizeof(line), list)) {
        if (line[0] == '#' || sscanf(line, "%63s %*d %*d %d", name, &enabled) != 2 || !enabled)
            continue;
        snprintf(path, sizeof(path), CGROUPS "/%s", name);
        if (world->mounts_add("cgroup", path, "cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, name, err) < 0)
            return -1;
    }
    return ferror(list) ? error_errno(err, EIO, "/proc/cgroups") : 0;
}

static int mount_cgroups(const struct world *world, const struct role *role, struct error *err) {
    if (!kubernetes_has(role->release, K8S_CGROUP_V2))
        return mount_cgroup_v1(world, err);
    return world->mounts_add("cgroup2", CGROUPS, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, err);
}

static int move_all(const struct world *world, struct error *err) {
    static const char *const moved[] = {"/dev", "/sys", "/run", DATA, "/proc"};
    for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
        char target[64];
        snprintf(target, sizeof(target), SYSROOT "%s", moved[i]);
        if (world->mounts_move(moved[i], target, err) < 0)
            return -1;
    }
    return 0;
}

int pivot_run(struct agent *agent, struct error *err) {
    if (agent->world->rogue_dhcp_of_late(&agent->lease, err) < 0)
        return -1;
    if (agent->world->mounts_has(SYSROOT))
        umount2(SYSROOT, MNT_DETACH); /* a first attempt that failed */
    if (stack(agent->world, agent->role, err) < 0 || bind_state(agent->world, err) < 0 ||
        move_all(agent->world, err) < 0 || mount_cgroups(agent->world, agent->role, err) < 0)
        return -1;
    agent->leave = true;
    return 0;
}
