/* SPDX-License-Identifier: Apache-2.0
 * The container runtime: docker by its API on a Unix socket, containerd by ctr. Each has one table of functions. */
#pragma once
#include "buf.h"
#include "error.h"
#include "role.h"
#include <stdbool.h>

struct runtime_ops {
    const char *service;    /* runit service */
    const char *document;   /* the name of its rendered configuration (render/table.c) */
    const char *config;     /* the file */
    bool configures_v2;     /* it has that configuration only with a release that brings containerd 2 */
    const char *cri_socket; /* for kubeadm */
    /* Returns once the runtime answers. */
    int (*wait)(unsigned timeout_s, struct error *err);
    /* Whether the runtime has the image. If `folder` is not NULL: whether it has the one that is unpacked there under
     * that name. */
    int (*has_image)(const char *image, const char *folder, bool *ret, struct error *err);
    /* Called before the service starts: adds the image unpacked in `folder` to its store. 1: added, 0: it was there.
     * NULL: this runtime needs no such step. */
    int (*lay)(const char *folder, struct error *err);
    /* Called before the service starts: gives it all images of the layers, if it has no store yet. NULL: see lay(). */
    int (*lay_all)(struct error *err);
    /* Gives the image unpacked in `folder` its name; then the runtime has it. */
    int (*load)(const char *folder, const char *image, struct error *err);
    /* Takes the image's name away. NULL: not by this runtime. */
    int (*forget)(const char *image, struct error *err);
    /* The ids of the containers of that name that run, one a line. And: removes containers by such ids, also in the
     * moment in which they end. Kubelet starts a container again at once when it finds none that ended before it, and
     * else later each time (kuberuntime_manager.go, doBackOff). NULL: not by this runtime. */
    int (*running)(const char *container, struct buf *ret_ids, struct error *err);
    int (*remove)(const struct buf *ids, struct error *err);
};

const struct runtime_ops *runtime_of(enum runtime runtime);
