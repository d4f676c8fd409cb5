/* SPDX-License-Identifier: Apache-2.0
 * The container runtime: docker by its API on a Unix socket, containerd by ctr. One small table a backend. */
#pragma once
#include "error.h"
#include "role.h"

struct runtime_ops {
    const char *service;    /* runit service */
    const char *config;     /* configuration file, or NULL */
    const char *cri_socket; /* for kubeadm */
    /* Returns once the runtime answers. */
    int (*wait)(unsigned timeout_s, struct error *err);
    /* Whether the image is held. */
    int (*has_image)(const char *image, bool *ret, struct error *err);
    /* Loads one image archive (docker save format). */
    int (*load)(const char *archive, struct error *err);
};

const struct runtime_ops *runtime_of(enum runtime runtime);
