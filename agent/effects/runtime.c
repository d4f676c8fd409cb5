/* SPDX-License-Identifier: Apache-2.0
 * See runtime.h. The Docker API is v1.41, which every engine from 20.10 on speaks. */
#include "runtime.h"

#include "await.h"
#include "child.h"
#include "docker_store.h"
#include "http.h"
#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LIBRARY "/usr/lib/seedrack"
#define STORE LIBRARY "/containerd" /* the store that comes with the layers: links into them */
#define CRICTL "/usr/bin/crictl"    /* comes with containerd 2 */
#define DOCKER_SOCKET "/run/docker.sock"
#define CONTAINERD_SOCKET "/run/containerd/containerd.sock"

static int docker_call(const char *path, struct http_options *options, struct http_reply *reply, struct error *err) {
    char url[640];
    snprintf(url, sizeof(url), "http://docker/v1.41%s", path);
    options->unix_socket = DOCKER_SOCKET;
    return http_call(url, options, reply, err);
}

static int docker_wait(unsigned timeout_s, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct http_options options = {.timeout_s = timeout_s};
    /* The socket exists before the engine serves it; the ping then waits in its backlog. */
    if (await_path(DOCKER_SOCKET, timeout_s, err) == 0 && docker_call("/_ping", &options, &reply, err) == 0)
        return 0;
    error_wrap(err, "dockerd does not answer");
    error_code(err, SR_RUNTIME_SILENT);
    return error_remedy(err, "read /var/log/seedrack/dockerd/current");
}

static int docker_has_image(const char *image, const char *folder, bool *ret, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct http_options options = {.timeout_s = 30};
    struct image_about about;
    cleanup_json cJSON *tree = NULL;
    char path[384];
    snprintf(path, sizeof(path), "/images/%s/json", image);
    if (docker_call(path, &options, &reply, err) < 0)
        return error_wrap(err, "image `%s`", image);
    *ret = reply.status == 200;
    if (!*ret || !folder)
        return 0;
    if (image_about_read(folder, &about, err) < 0 || json_parse(reply.body.data, reply.body.length, &tree, err) < 0)
        return error_wrap(err, "image `%s`", image);
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "Id"));
    *ret = id && !strcmp(id, about.id); /* the name may still belong to the image of an earlier release */
    return 0;
}

static int docker_lay(const char *folder, struct error *err) {
    struct image_about about;
    return image_about_read(folder, &about, err) < 0 ? -1 : docker_store_lay(folder, &about, err);
}

/* The image was put into the store before dockerd started; here dockerd gives it its name. */
static int docker_load(const char *folder, const char *image, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct http_options options = {.method = "POST", .timeout_s = 60};
    struct image_about about;
    char path[512];
    const char *tag = strrchr(image, ':');
    if (image_about_read(folder, &about, err) < 0)
        return -1;
    if (!tag)
        return error_set(err, EINVAL, "image `%s`: no tag", image);
    snprintf(path, sizeof(path), "/images/%s/tag?repo=%.*s&tag=%s", about.id, (int)(tag - image), image, tag + 1);
    if (docker_call(path, &options, &reply, err) < 0)
        return error_wrap(err, "image `%s`", image);
    if (reply.status == 201)
        return 0;
    error_fail(err, SR_IMAGE_LOAD, -1, "image `%s`: docker tag: status %ld: %.200s", image, reply.status,
               buf_text(&reply.body));
    return error_remedy(err, "power the machine off and on: dockerd reads its store when it starts; else read "
                             "/var/log/seedrack/dockerd/current");
}

static int containerd_wait(unsigned timeout_s, struct error *err) {
    static const char *const argv[] = {"ctr", "version", NULL};
    struct child_options options = {.timeout_s = timeout_s};
    if (await_path("/run/containerd", timeout_s, err) == 0 && await_path(CONTAINERD_SOCKET, timeout_s, err) == 0 &&
        child_run(argv, &options, NULL, err) == 0)
        return 0;
    error_wrap(err, "containerd does not answer");
    error_code(err, SR_RUNTIME_SILENT);
    return error_remedy(err, "read /var/log/seedrack/containerd/current");
}

/* Whether the image of that name is the one unpacked in `folder`: the name may still belong to that of earlier layers.
 */
static int containerd_has_very_image(const char *image, const char *folder, bool *ret, struct error *err) {
    const char *const argv[] = {CRICTL, "inspecti", "--output", "json", image, NULL};
    cleanup_buf struct buf output = BUF_INIT(1 << 20);
    cleanup_json cJSON *tree = NULL;
    struct image_about about;
    struct error missing; /* crictl ends with 1 then, too */
    *ret = false;
    if (image_about_read(folder, &about, err) < 0)
        return error_wrap(err, "image `%s`", image);
    if (child_run(argv, &(struct child_options){.timeout_s = 30}, &output, &missing) < 0 ||
        json_parse(output.data, output.length, &tree, &missing) < 0)
        return 0;
    *ret = !strcmp(json_text(cJSON_GetObjectItemCaseSensitive(tree, "status"), "id"), about.id);
    return 0;
}

static int containerd_has_image(const char *image, const char *folder, bool *ret, struct error *err) {
    if (!folder && access(STORE, F_OK) == 0) { /* its links lead nowhere, whatever the databases say */
        *ret = false;
        return 0;
    }
    if (folder && access(CRICTL, X_OK) == 0)
        return containerd_has_very_image(image, folder, ret, err);
    char filter[320];
    cleanup_buf struct buf output = BUF_INIT(65536);
    snprintf(filter, sizeof(filter), "name==%s", image);
    const char *const argv[] = {"ctr", "-n", "k8s.io", "images", "ls", "-q", filter, NULL};
    if (child_run(argv, &(struct child_options){.timeout_s = 30}, &output, err) < 0)
        return error_wrap(err, "image `%s`", image);
    *ret = output.length > 0;
    return 0;
}

static int containerd_load(const char *folder, const char *image, struct error *err) {
    const char *const argv[] = {LIBRARY "/import-image", folder, image, NULL};
    if (child_run(argv, &(struct child_options){.timeout_s = 600}, NULL, err) < 0)
        return error_code(err, SR_IMAGE_LOAD), error_wrap(err, "import `%s`", image);
    return 0;
}

/* Layers that have no store are those of a release with an older containerd, whose images are imported one by one. */
static int containerd_lay_all(struct error *err) {
    static const char *const argv[] = {LIBRARY "/lay-store", NULL};
    if (access(STORE, F_OK) < 0)
        return 0;
    if (child_run(argv, &(struct child_options){.timeout_s = 60}, NULL, err) < 0)
        return error_code(err, SR_IMAGE_LOAD), error_wrap(err, "containerd's store");
    return 0;
}

static int containerd_forget(const char *image, struct error *err) {
    const char *const argv[] = {"ctr", "-n", "k8s.io", "images", "rm", image, NULL};
    return child_run(argv, &(struct child_options){.timeout_s = 30}, NULL, err) < 0
               ? error_wrap(err, "forget `%s`", image)
               : 0;
}

static int containerd_running(const char *container, struct buf *ret_ids, struct error *err) {
    char name[80];
    snprintf(name, sizeof(name), "^%.70s$", container);
    const char *const argv[] = {CRICTL, "ps", "--quiet", "--state", "Running", "--name", name, NULL};
    if (access(CRICTL, X_OK) < 0)
        return 0;
    return child_run(argv, &(struct child_options){.timeout_s = 10}, ret_ids, err) < 0
               ? error_wrap(err, "containers `%s`", container)
               : 0;
}

/* containerd refuses as long as it has not heard that the process ended. */
static int containerd_remove_one(const char *id, struct error *err) {
    enum { TRIES = 20, PAUSE_MS = 50 };
    const char *const argv[] = {CRICTL, "rm", "--force", id, NULL};
    int result = -1;
    for (int i = 0; i < TRIES && result < 0; i++) {
        if (i > 0)
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
        result = child_run(argv, &(struct child_options){.timeout_s = 10}, NULL, err);
    }
    return result < 0 ? error_wrap(err, "remove what ended") : 0;
}

static int containerd_remove(const struct buf *ids, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(4096);
    char *rest = NULL;
    buf_adds(&text, buf_text(ids));
    for (char *id = text.data ? strtok_r(text.data, "\n", &rest) : NULL; id; id = strtok_r(NULL, "\n", &rest))
        if (containerd_remove_one(id, err) < 0)
            return -1;
    return 0;
}

static const struct runtime_ops backends[] = {
    [RUNTIME_DOCKER] = {.service = "dockerd",
                        .document = "daemon.json",
                        .config = "/etc/docker/daemon.json",
                        .cri_socket = "/var/run/dockershim.sock",
                        .wait = docker_wait,
                        .has_image = docker_has_image,
                        .lay = docker_lay,
                        .load = docker_load},
    [RUNTIME_CONTAINERD] = {.service = "containerd",
                            .document = "containerd.toml",
                            .config = "/etc/containerd/config.toml",
                            .configures_v2 = true,
                            .cri_socket = "unix://" CONTAINERD_SOCKET,
                            .wait = containerd_wait,
                            .has_image = containerd_has_image,
                            .lay_all = containerd_lay_all,
                            .load = containerd_load,
                            .forget = containerd_forget,
                            .running = containerd_running,
                            .remove = containerd_remove},
};

const struct runtime_ops *runtime_of(enum runtime runtime) {
    return &backends[runtime];
}
