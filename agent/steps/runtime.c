/* SPDX-License-Identifier: Apache-2.0
 * Step 9: the container runtime configured and running, every image of the role held. Images come from the layers;
 * nothing is ever pulled. */
#include "../effects/runtime.h"
#include "../effects/service.h"
#include "../rendered.h"
#include "../seed.h"
#include "../steps.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define IMAGES "/usr/lib/seedrack/images"
enum { RUNTIME_START_S = 120 };

int runtime_done(struct agent *agent, struct buf *why, struct error *err) {
    const struct runtime_ops *runtime = runtime_of(agent->role->runtime);
    int differs = runtime->config ? rendered_differs(agent, "daemon.json", runtime->config, err) : 0;
    if (differs != 0 || !service_running(runtime->service)) {
        buf_addf(why, "%s %s", runtime->service, differs ? "is not configured" : "is not running");
        return differs < 0 ? -1 : 0;
    }
    for (size_t i = 0; i < agent->role->n_images; i++) {
        bool held;
        if (runtime->has_image(agent->role->images[i], &held, err) < 0)
            return -1;
        if (!held) {
            buf_addf(why, "image %s is missing", agent->role->images[i]);
            return 0;
        }
    }
    return 1;
}

/* "k8s.gcr.io/pause:3.2" lies in IMAGES/k8s.gcr.io_pause_3.2.tar */
static int load(const struct runtime_ops *runtime, const char *image, struct error *err) {
    char path[PATH_MAX];
    int prefix = snprintf(path, sizeof(path), IMAGES "/");
    snprintf(path + prefix, sizeof(path) - (size_t)prefix, "%s.tar", image);
    for (char *c = path + prefix; *c; c++)
        if (*c == '/' || *c == ':')
            *c = '_';
    if (access(path, R_OK) < 0) {
        error_errno(err, errno, "image `%s`: `%s`", image, path);
        return error_remedy(err, "rebuild the layers of this release so that they hold the image, and boot them");
    }
    return runtime->load(path, err);
}

int runtime_run(struct agent *agent, struct error *err) {
    const struct runtime_ops *runtime = runtime_of(agent->role->runtime);
    bool was_running = service_running(runtime->service);
    int changed = runtime->config ? rendered_apply(agent, "daemon.json", runtime->config, 0644, err) : 0;
    if (changed < 0)
        return -1;
    if ((changed && was_running ? service_restart : service_up)(runtime->service, err) < 0 || runtime->wait(RUNTIME_START_S, err) < 0)
        return -1;
    for (size_t i = 0; i < agent->role->n_images; i++) {
        const char *image = agent->role->images[i];
        bool held;
        if (runtime->has_image(image, &held, err) < 0)
            return -1;
        if (held)
            continue;
        seed_event(agent, "runtime", "running", 0, 0, "loading %s", image);
        if (load(runtime, image, err) < 0)
            return -1;
    }
    return 0;
}
