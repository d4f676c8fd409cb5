/* SPDX-License-Identifier: Apache-2.0
 * What a site may change of the configuration that kubeadm gets: keys of /cluster that site and role documents have in
 * common. They count when the cluster is born. Pure. */
#pragma once
#include "extra_args.h"
#include "reader.h"
#include <stdbool.h>
#include <stdint.h>

#define KUBEADM_VALIDITY "8760h" /* kubeadm's default of certificate_validity_period */

/* The keys, for the list of those that /cluster may have. */
#define KUBEADM_OPTION_KEYS                                                                                            \
    "encryption_algorithm", "certificate_validity_period", "ca_certificate_validity_period", "image_repository",       \
        "kube_proxy", "kubelet", "api_server", "controller_manager", "scheduler"
extern const char *const kubeadm_option_keys[]; /* NULL-terminated */

struct kubeadm_options {              /* NULL: the document says nothing. Strings and objects belong to its tree */
    const char *encryption_algorithm; /* "ECDSA-P384" */
    const char *certificate_validity_period, *ca_certificate_validity_period; /* "8760h" */
    const char *image_repository;                                             /* without a slash at its end */
    const char *proxy_mode;                                                   /* "nftables" */
    const cJSON *kubelet;                /* settings of the cluster's one KubeletConfiguration (kubelet.h) */
    const cJSON *extra_args[COMPONENTS]; /* objects of flags and texts */
};

/* Seconds of such a period, "8760h" or "15m"; NULL: of kubeadm's default. */
int64_t kubeadm_validity_s(const char *text);

/* Reads the keys of the object `cluster`. Refuses what `release` does not know, and what Docker makes void. `release`
 * NULL: it is wrong itself, and nothing is compared with it. */
void kubeadm_options_read(const struct cursor *cluster, const char *release, bool docker, struct kubeadm_options *ret);
