/* SPDX-License-Identifier: Apache-2.0
 * A release: the pinned images of one Kubernetes version (configs/releases/NAME.json) and the layers that were built
 * for it (build/layers/NAME.json). Pure. All strings belong to the two JSON trees. */
#pragma once
#include "error.h"
#include "role.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RELEASE_NO_PROFILE = -2 };

struct release_image {
    const char *name, *build; /* "docker.io/library/haproxy:2.6", "haproxy"; build may be NULL */
    bool master, worker;
};

struct release_layer {
    const char *name, *sha256;
    const char *kernel; /* NULL: every machine; else only where uname -r says so */
    /* enum boot_profile: the boot layer for machines with that profile; RELEASE_NO_PROFILE: a layer of the root */
    int profile;
    uint64_t size;
    bool master, worker;
};

struct release {
    cJSON *pins, *built;
    const char *name, *kubeadm_api; /* "v1.20.2", "kubeadm.k8s.io/v1beta2" */
    bool runtimes[2];               /* by enum runtime */
    struct release_image images[ROLE_IMAGES_MAX];
    size_t n_images;
    struct release_layer layers[ROLE_LAYERS_MAX];
    size_t n_layers;
};

/* `layers_text` NULL: nothing built, no layers. On success the caller owns *ret (release_free). */
int release_parse(const char *pins_text, size_t pins_length, const char *layers_text, size_t layers_length,
                  struct release **ret, struct error *err);
void release_free(struct release *release);

/* Whether kubeadm finds the image `name` when its imageRepository is `repository`. True for images that it never asks
 * for. CoreDNS may lie one folder below, as it does in the official registry (render_kubeadm_init names its folder). */
bool release_image_is_in(const char *name, const char *build, const char *repository);

/* Whether a cluster of release `from` can become one of `to`: a later patch, or exactly one minor version up
 * (kubernetes.io: Version Skew Policy), and its etcd may come before the other's. */
int release_check_upgrade(const struct release *from, const struct release *to, struct error *err);

/* The name of the image that is built as `build`, or NULL. */
const char *release_image_of(const struct release *release, const char *build);
