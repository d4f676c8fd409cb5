/* SPDX-License-Identifier: Apache-2.0
 * See runtime.h. The Docker API is v1.41, which every engine from 20.10 on speaks. */
#include "runtime.h"

#include "child.h"
#include "http.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#define DOCKER_SOCKET "/run/docker.sock"
#define CONTAINERD_SOCKET "/run/containerd/containerd.sock"

static long now_s(void) {
    struct timespec ts;
    clock_gettime(CLOCK_BOOTTIME, &ts);
    return ts.tv_sec;
}

/* Waits by inotify until `path` exists in the existing folder `folder`. */
static int wait_for_path(const char *folder, const char *path, unsigned timeout_s, struct error *err) {
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0 || inotify_add_watch(fd, folder, IN_CREATE | IN_MOVED_TO) < 0) {
        int code = errno;
        if (fd >= 0)
            close(fd);
        return error_errno(err, code, "watch `%s`", folder);
    }
    long deadline = now_s() + timeout_s, left;
    while (access(path, F_OK) < 0 && (left = deadline - now_s()) > 0) {
        char events[4096];
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, (int)left * 1000) > 0 && read(fd, events, sizeof(events)) < 0 && errno != EAGAIN)
            break;
    }
    close(fd);
    return access(path, F_OK) == 0 ? 0 : error_set(err, ETIMEDOUT, "`%s` did not appear in %u s", path, timeout_s);
}

static int docker_call(const char *path, struct http_options *options, struct http_reply *reply, struct error *err) {
    char url[512];
    snprintf(url, sizeof(url), "http://docker/v1.41%s", path);
    options->unix_socket = DOCKER_SOCKET;
    return http_call(url, options, reply, err);
}

static int docker_wait(unsigned timeout_s, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct http_options options = {.timeout_s = timeout_s};
    /* The socket exists before the engine serves it; the ping then waits in its backlog. */
    if (wait_for_path("/run", DOCKER_SOCKET, timeout_s, err) == 0 && docker_call("/_ping", &options, &reply, err) == 0)
        return 0;
    error_wrap(err, "dockerd does not answer");
    return error_remedy(err, "read /var/log/seedrack/dockerd/current");
}

static int docker_has_image(const char *image, bool *ret, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct http_options options = {.timeout_s = 30};
    char path[384];
    snprintf(path, sizeof(path), "/images/%s/json", image);
    if (docker_call(path, &options, &reply, err) < 0)
        return error_wrap(err, "image `%s`", image);
    *ret = reply.status == 200;
    return 0;
}

static int docker_load(const char *archive, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct http_options options = {.method = "POST", .upload_file = archive, .timeout_s = 600};
    if (docker_call("/images/load?quiet=1", &options, &reply, err) < 0)
        return error_wrap(err, "docker load `%s`", archive);
    const char *text = buf_text(&reply.body), *problem = strstr(text, "\"error\"");
    if (reply.status == 200 && !problem)
        return 0;
    error_set(err, -1, "docker load `%s`: status %ld: %.200s", archive, reply.status, problem ? problem : text);
    return error_remedy(err, "check free space under /var/lib/docker and /var/log/seedrack/dockerd/current");
}

static int containerd_wait(unsigned timeout_s, struct error *err) {
    static const char *const argv[] = {"ctr", "version", NULL};
    struct child_options options = {.timeout_s = timeout_s};
    if (wait_for_path("/run", "/run/containerd", timeout_s, err) == 0 &&
        wait_for_path("/run/containerd", CONTAINERD_SOCKET, timeout_s, err) == 0 && child_run(argv, &options, NULL, err) == 0)
        return 0;
    error_wrap(err, "containerd does not answer");
    return error_remedy(err, "read /var/log/seedrack/containerd/current");
}

static int containerd_has_image(const char *image, bool *ret, struct error *err) {
    char filter[320];
    cleanup_buf struct buf output = BUF_INIT(65536);
    snprintf(filter, sizeof(filter), "name==%s", image);
    const char *const argv[] = {"ctr", "-n", "k8s.io", "images", "ls", "-q", filter, NULL};
    if (child_run(argv, &(struct child_options){.timeout_s = 30}, &output, err) < 0)
        return error_wrap(err, "image `%s`", image);
    *ret = output.length > 0;
    return 0;
}

static int containerd_load(const char *archive, struct error *err) {
    const char *const argv[] = {"ctr", "-n", "k8s.io", "images", "import", archive, NULL};
    if (child_run(argv, &(struct child_options){.timeout_s = 600}, NULL, err) < 0)
        return error_wrap(err, "import `%s`", archive);
    return 0;
}

static const struct runtime_ops backends[] = {
    [RUNTIME_DOCKER] = {"dockerd", "/etc/docker/daemon.json", "/var/run/dockershim.sock", docker_wait, docker_has_image, docker_load},
    [RUNTIME_CONTAINERD] = {"containerd", NULL, CONTAINERD_SOCKET, containerd_wait, containerd_has_image, containerd_load},
};

const struct runtime_ops *runtime_of(enum runtime runtime) {
    return &backends[runtime];
}
