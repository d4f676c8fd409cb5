/* SPDX-License-Identifier: Apache-2.0
 * Step 9: configures and starts the container runtime and makes every image of the role document known to it. Images
 * come from the layers; nothing is ever pulled. */
#include "decide/image.h"
#include "registry_hosts.h"
#include "rows.h"
#include "world/world.h"

#include "kubernetes.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RUNTIME_START_S = 120 };

static int folder_of(const char *image, char ret[PATH_MAX], struct error *err) {
    image_folder("", image, ret, PATH_MAX);
    if (access(ret, R_OK) == 0)
        return 0;
    error_errno(err, errno, "image `%s`: `%s`", image, ret);
    error_code(err, SR_IMAGE_MISSING);
    return error_remedy(err, "rebuild the layers of this release so that they hold the image, and boot them");
}

static int has(const struct runtime_ops *runtime, const char *image, bool *ret, struct error *err) {
    char folder[PATH_MAX];
    struct error none; /* the image may have come another way */
    return runtime->has_image(image, folder_of(image, folder, &none) == 0 ? folder : NULL, ret, err);
}

/* NULL: it runs as its package has it. */
static const char *config_of(const struct runtime_ops *runtime, const struct role *role) {
    return runtime->configures_v2 && !kubernetes_has(role->release, K8S_CONTAINERD_2) ? NULL : runtime->config;
}

int runtime_done(struct agent *agent, struct buf *why, struct error *err) {
    int others = registry_hosts_differ(agent, err);
    if (others) {
        buf_adds(why, "the registries differ");
        return others < 0 ? -1 : 0;
    }
    const struct runtime_ops *runtime = agent->world->runtime_of(agent->role->runtime);
    const char *config = config_of(runtime, agent->role);
    int differs = config ? agent->world->rendered_differs(agent, runtime->document, config, err) : 0;
    if (differs != 0 || !agent->world->service_running(runtime->service)) {
        buf_addf(why, "%s %s", runtime->service, differs ? "is not configured" : "is not running");
        return differs < 0 ? -1 : 0;
    }
    for (size_t i = 0; i < agent->role->n_images; i++) {
        bool held;
        if (has(runtime, agent->role->images[i], &held, err) < 0)
            return -1;
        if (!held) {
            buf_addf(why, "image %s is missing", agent->role->images[i]);
            return 0;
        }
    }
    return 1;
}

/* Adds images to the runtime's store before it starts. Returns how many were added: then a running one must restart. */
static int lay(const struct role *role, const struct runtime_ops *runtime, struct error *err) {
    int laid = 0;
    for (size_t i = 0; runtime->lay && i < role->n_images; i++) {
        char folder[PATH_MAX];
        if (folder_of(role->images[i], folder, err) < 0)
            continue; /* runtime_load() reports it, unless the runtime has the image already */
        int result = runtime->lay(folder, err);
        if (result < 0)
            return error_wrap(err, "image `%s`", role->images[i]);
        laid += result;
    }
    return laid;
}

static int runtime_load(const struct runtime_ops *runtime, const char *image, struct error *err) {
    char folder[PATH_MAX];
    bool held;
    if (has(runtime, image, &held, err) < 0)
        return -1;
    return held ? 0 : folder_of(image, folder, err) < 0 ? -1 : runtime->load(folder, image, err);
}

int runtime_run(struct agent *agent, struct error *err) {
    const struct runtime_ops *runtime = agent->world->runtime_of(agent->role->runtime);
    bool was_running = agent->world->service_running(runtime->service);
    const char *config = config_of(runtime, agent->role);
    int changed = config ? agent->world->rendered_apply(agent, runtime->document, config, 0644, err) : 0;
    if (registry_hosts_apply(agent, err) < 0)
        return -1;
    int laid = changed < 0 ? -1 : lay(agent->role, runtime, err);
    if (laid < 0 || (!was_running && agent->world->beside_mount(err) < 0) ||
        (!was_running && runtime->lay_all && runtime->lay_all(err) < 0))
        return -1;
    if (((changed || laid) && was_running ? agent->world->service_restart : agent->world->service_up)(runtime->service,
                                                                                                      err) < 0 ||
        runtime->wait(RUNTIME_START_S, err) < 0)
        return -1;
    for (size_t i = 0; i < agent->role->n_images; i++)
        if (runtime_load(runtime, agent->role->images[i], err) < 0)
            return -1;
    return 0;
}
