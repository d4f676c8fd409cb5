/* SPDX-License-Identifier: Apache-2.0
 * See cluster_configuration.h. kubeadm writes it in block style, two spaces a level (sigs.k8s.io/yaml). */
#include "cluster_configuration.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_key(const char *line, size_t length, const char *key) {
    size_t n = strlen(key);
    return length >= n && !strncmp(line, key, n) && (length == n || line[n] == ' ');
}

int cluster_configuration_tags(const char *text, const char *etcd, const char *coredns, struct buf *ret,
                               struct error *err) {
    enum { OTHER, DNS, ETCD, LOCAL } in = OTHER;
    bool found = false;
    while (*text) {
        size_t length = strcspn(text, "\n"), with_end = length + (text[length] == '\n');
        if (text[0] != ' ')
            in = is_key(text, length, "dns:") ? DNS : is_key(text, length, "etcd:") ? ETCD : OTHER;
        else if ((in == ETCD || in == LOCAL) && strncmp(text, "   ", 3) != 0)
            in = is_key(text, length, "  local:") ? LOCAL : ETCD;
        bool of_etcd = in == LOCAL && is_key(text, length, "    imageTag:");
        bool of_dns = in == DNS && coredns && is_key(text, length, "  imageTag:");
        if (of_etcd || of_dns)
            buf_addf(ret, "%simageTag: %s\n", of_etcd ? "    " : "  ", of_etcd ? etcd : coredns);
        else
            buf_add(ret, text, with_end);
        found |= of_etcd;
        text += with_end;
    }
    if (buf_failed(ret))
        return error_set(err, EFBIG, "kubeadm-config is too large");
    if (found)
        return 0;
    error_set(err, ENOENT, "kubeadm-config has no etcd.local.imageTag");
    return error_remedy(err,
                        "kubectl -n kube-system edit configmap kubeadm-config: write the tag of the etcd that runs");
}
