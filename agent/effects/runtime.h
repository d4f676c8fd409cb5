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
    /* Whether the image is held; where `folder` is not NULL, whether the name means what is unpacked there. */
    int (*has_image)(const char *image, const char *folder, bool *ret, struct error *err);
    /* Before the service starts: makes the image unpacked in `folder` known to it. 1 laid, 0 was there. NULL: nothing
     * to do. */
    int (*lay)(const char *folder, struct error *err);
    /* Gives the image unpacked in `folder` its name; afterwards the runtime holds it. */
    int (*load)(const char *folder, const char *image, struct error *err);
};

const struct runtime_ops *runtime_of(enum runtime runtime);
