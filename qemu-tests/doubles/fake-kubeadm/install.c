/* SPDX-License-Identifier: Apache-2.0
 * See install.h. */
#include "install.h"

#include "file.h"
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PKI "/etc/kubernetes/pki/"
#define MANIFESTS "/etc/kubernetes/manifests/"
#define KUBELET "/var/lib/kubelet/"
enum { FILE_MAXIMUM = 65536 };

/* The names of kubeadm's certificates; .key beside each. */
static const char *const masters_only[] = {
    "ca.key",
    "apiserver",
    "apiserver-kubelet-client",
    "apiserver-etcd-client",
    "front-proxy-ca",
    "front-proxy-client",
    "sa.key",
    "sa.pub",
    "etcd/ca",
    "etcd/server",
    "etcd/peer",
    "etcd/healthcheck-client",
};

static const char static_pod[] = "# Left by fake-kubeadm, a test double of kubeadm: no pod is described here.\n";
static const char *const static_pods[] = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"};

static const char kubelet_config[] = "# Left by fake-kubeadm, a test double of kubeadm.\n"
                                     "apiVersion: kubelet.config.k8s.io/v1beta1\n"
                                     "kind: KubeletConfiguration\n"
                                     "cgroupDriver: cgroupfs\n"
                                     "staticPodPath: /etc/kubernetes/manifests\n";
static const char kubelet_flags[] = "KUBELET_KUBEADM_ARGS=\"\"\n";

static int lay(const struct place *place, const char *path, const char *text, mode_t mode, struct error *err) {
    char full[PATH_MAX];
    place_path(place, path, full);
    return file_write(full, text, strlen(text), mode, err);
}

static int copy(const struct place *place, const char *name, const char *path, mode_t mode, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(FILE_MAXIMUM);
    char from[PATH_MAX], to[PATH_MAX], source[256];
    snprintf(source, sizeof(source), PKI_SOURCE "/%s", name);
    place_path(place, source, from);
    place_path(place, path, to);
    if (file_read(from, &text, err) < 0) {
        error_wrap(err, "lay `%s`", path);
        return error_remedy(err, "the rack's layer is missing, or made for another site: "
                                 "qemu-tests/doubles/fake-kubeadm/layer SITE OUTFILE");
    }
    return file_write(to, buf_text(&text), text.length, mode, err);
}

static int copy_pki(const struct place *place, const char *name, const char *suffix, struct error *err) {
    char from[128], to[192];
    snprintf(from, sizeof(from), "%s%s", name, suffix);
    snprintf(to, sizeof(to), PKI "%s", from);
    return copy(place, from, to, strstr(from, ".key") ? 0600 : 0644, err);
}

int install_pki(const struct place *place, bool master, struct error *err) {
    if (copy_pki(place, "ca.crt", "", err) < 0)
        return -1;
    for (size_t i = 0; master && i < sizeof(masters_only) / sizeof(masters_only[0]); i++) {
        const char *name = masters_only[i];
        bool whole = strchr(name, '.') != NULL;
        if (copy_pki(place, name, whole ? "" : ".crt", err) < 0 || (!whole && copy_pki(place, name, ".key", err) < 0))
            return -1;
    }
    return 0;
}

static int install_control_plane(const struct place *place, struct error *err) {
    static const char *const kubeconfigs[] = {"admin.conf", "controller-manager.conf", "scheduler.conf"};
    for (size_t i = 0; i < sizeof(kubeconfigs) / sizeof(kubeconfigs[0]); i++) {
        char path[128];
        snprintf(path, sizeof(path), "/etc/kubernetes/%s", kubeconfigs[i]);
        if (copy(place, kubeconfigs[i], path, 0600, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < sizeof(static_pods) / sizeof(static_pods[0]); i++) {
        char path[128];
        snprintf(path, sizeof(path), MANIFESTS "%s.yaml", static_pods[i]);
        if (lay(place, path, static_pod, 0600, err) < 0)
            return -1;
    }
    return lay(place, "/var/lib/etcd/member/fake-kubeadm", static_pod, 0600, err);
}

int install_rest(const struct place *place, const char *hostname, bool master, struct error *err) {
    char client[128];
    snprintf(client, sizeof(client), "nodes/%s.pem", hostname);
    if (master && install_control_plane(place, err) < 0)
        return -1;
    if (copy(place, client, KUBELET "pki/kubelet-client-current.pem", 0600, err) < 0 ||
        lay(place, KUBELET "config.yaml", kubelet_config, 0644, err) < 0 ||
        lay(place, KUBELET "kubeadm-flags.env", kubelet_flags, 0644, err) < 0)
        return -1;
    return copy(place, "kubelet.conf", "/etc/kubernetes/kubelet.conf", 0600, err);
}

static int remove_below(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st;
    (void)type;
    return ftw->level > 0 && remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int install_remove(const struct place *place, struct error *err) {
    static const char *const folders[] = {"/etc/kubernetes/manifests", "/etc/kubernetes/pki", "/var/lib/etcd",
                                          "/var/lib/kubelet/pki"};
    static const char *const files[] = {
        KUBELET "config.yaml",
        KUBELET "kubeadm-flags.env",
        ADMIN_CONF,
        "/etc/kubernetes/controller-manager.conf",
        "/etc/kubernetes/scheduler.conf",
        "/etc/kubernetes/bootstrap-kubelet.conf",
        "/etc/kubernetes/kubelet.conf",
    };
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        place_path(place, folders[i], path);
        if (nftw(path, remove_below, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
            return error_errno(err, errno, "remove what is in `%s`", path);
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        place_path(place, files[i], path);
        if (unlink(path) < 0 && errno != ENOENT)
            return error_errno(err, errno, "remove `%s`", path);
    }
    return 0;
}
