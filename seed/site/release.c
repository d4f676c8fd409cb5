/* SPDX-License-Identifier: Apache-2.0
 * See release.h. Keys that say how a release is fetched and built ("sources", "patches", "artifacts") are for the
 * scripts and ignored here. What a role document needs is read strictly. */
#include "release.h"

#include "check.h"
#include "json.h"
#include "kubernetes.h"
#include "reader.h"
#include "site.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void read_roles(const struct cursor *object, bool *ret_master, bool *ret_worker) {
    struct cursor list = cursor_key(object, "roles");
    size_t n;
    if (cursor_array(&list, 2, &n) && n == 0)
        cursor_fail(&list, "missing or empty; list the roles that need it");
    for (size_t i = 0; i < n; i++) {
        struct cursor at = cursor_index(&list, i);
        const char *text = cursor_text(&at, NULL);
        if (text && !strcmp(text, node_role_names[NODE_MASTER]))
            *ret_master = true;
        else if (text && !strcmp(text, node_role_names[NODE_WORKER]))
            *ret_worker = true;
        else if (text)
            cursor_fail(&at, "`%.80s` is not known; give `master` or `worker`", text);
    }
}

static void read_images(struct release *release, const struct cursor *root) {
    struct cursor list = cursor_key(root, "images");
    size_t n;
    cursor_array(&list, ROLE_IMAGES_MAX, &n);
    for (size_t i = 0; i < n; i++) {
        static const char *const keys[] = {"name", "build", "source", "digest", "roles", NULL};
        struct cursor at = cursor_index(&list, i);
        struct release_image *image = &release->images[release->n_images++];
        if (!cursor_object(&at, keys))
            continue;
        image->name = cursor_string(&at, "name", check_image, reader_required);
        image->build = cursor_string(&at, "build", check_label, NULL);
        read_roles(&at, &image->master, &image->worker);
    }
}

/* What lib/kubernetes.c knows decides what can be composed, rendered and joined. */
static void check_versions(const struct release *release, struct reader *reader) {
    if (!release->name || !release->kubeadm_api)
        return;
    const char *rendered = kubernetes_kubeadm_api(release->name);
    if (kubernetes_minor(release->name) > kubernetes_newest())
        reader_fail(reader, "/release",
                    "`%s` is newer than 1.%u, the newest that this version knows; use a newer Seedrack", release->name,
                    kubernetes_newest());
    else if (!rendered || strcmp(rendered, release->kubeadm_api) != 0)
        reader_fail(reader, "/kubeadm_api", "`%s` is not rendered for %s; give `%s`", release->kubeadm_api,
                    release->name, rendered ? rendered : "a release whose kubeadm speaks v1beta2 or v1beta4");
}

static void read_pins(struct release *release, struct reader *reader) {
    struct cursor root = cursor_root(reader, release->pins), runtimes = cursor_key(&root, "runtimes");
    if (!cJSON_IsObject(root.item)) {
        cursor_fail(&root, "not an object; give a release description");
        return;
    }
    release->name = cursor_string(&root, "release", check_release, reader_required);
    release->kubeadm_api = cursor_string(&root, "kubeadm_api", check_api, reader_required);
    check_versions(release, reader);
    size_t n;
    cursor_array(&runtimes, 2, &n);
    for (size_t i = 0; i < n; i++) {
        struct cursor at = cursor_index(&runtimes, i);
        const char *text = cursor_text(&at, NULL);
        for (size_t k = 0; text && k < 2; k++)
            release->runtimes[k] = release->runtimes[k] || !strcmp(text, runtime_names[k]);
    }
    if (n == 0)
        release->runtimes[RUNTIME_DOCKER] = release->runtimes[RUNTIME_CONTAINERD] = true;
    read_images(release, &root);
}

static void read_layers(struct release *release, struct reader *reader) {
    static const char *const root_keys[] = {"release", "layers", NULL};
    static const char *const keys[] = {"name", "sha256", "size", "kernel", "profile", "roles", NULL};
    struct cursor root = cursor_root(reader, release->built), list = cursor_key(&root, "layers");
    size_t n;
    if (!cursor_object(&root, root_keys))
        return;
    const char *name = cursor_string(&root, "release", check_release, reader_required);
    if (name && release->name && strcmp(name, release->name))
        reader_fail(reader, "/release", "layers of `%s`, pins of `%s`; build the layers of this release", name,
                    release->name);
    cursor_array(&list, ROLE_LAYERS_MAX, &n);
    for (size_t i = 0; i < n; i++) {
        struct cursor at = cursor_index(&list, i);
        struct release_layer *layer = &release->layers[release->n_layers++];
        if (!cursor_object(&at, keys))
            continue;
        layer->name = cursor_string(&at, "name", check_label, reader_required);
        layer->sha256 = cursor_string(&at, "sha256", check_sha256, reader_required);
        layer->size = (uint64_t)cursor_number(&at, "size", 1, ROLE_LAYER_SIZE_MAX, READER_REQUIRED);
        layer->kernel = cursor_string(&at, "kernel", check_kernel, NULL);
        layer->profile = cursor_choice(&at, "profile", boot_profile_names, RELEASE_NO_PROFILE);
        read_roles(&at, &layer->master, &layer->worker);
    }
}

/* Parses and reads one of the two documents. The first problem becomes the error. */
static int read_document(struct release *release, const char *text, size_t length, cJSON **tree,
                         void (*read)(struct release *, struct reader *), const char *what, struct error *err) {
    struct problem problem;
    struct reader reader = {.list = &problem, .capacity = 1};
    struct error syntax = {0};
    if (json_parse(text, length, tree, &syntax) < 0)
        reader_fail_syntax(&reader, &syntax);
    else
        read(release, &reader);
    if (reader.n == 0)
        return 0;
    error_set(err, EINVAL, "%s: %s: %s", what, problem.pointer, problem.cause);
    return error_remedy(err, "%s", problem.remedy);
}

int release_parse(const char *pins_text, size_t pins_length, const char *layers_text, size_t layers_length,
                  struct release **ret, struct error *err) {
    struct release *release = calloc(1, sizeof(*release));
    if (!release)
        return error_errno(err, ENOMEM, "parse release");
    if (read_document(release, pins_text, pins_length, &release->pins, read_pins, "pins", err) < 0 ||
        (layers_text &&
         read_document(release, layers_text, layers_length, &release->built, read_layers, "layers", err) < 0)) {
        release_free(release);
        return -1;
    }
    *ret = release;
    return 0;
}

void release_free(struct release *release) {
    if (!release)
        return;
    cJSON_Delete(release->pins);
    cJSON_Delete(release->built);
    free(release);
}

const char *release_image_of(const struct release *release, const char *build) {
    for (size_t i = 0; i < release->n_images; i++)
        if (release->images[i].build && !strcmp(release->images[i].build, build))
            return release->images[i].name;
    return NULL;
}

bool release_image_is_in(const char *name, const char *build, const char *repository) {
    static const char *const asked[] = {
        "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "etcd", "pause", NULL};
    size_t n = strlen(repository);
    bool inside = !strncmp(name, repository, n) && name[n] == '/';
    if (!strcmp(build, "coredns"))
        return inside && strstr(name + n, "/coredns:");
    for (const char *const *image = asked; *image; image++)
        if (!strcmp(build, *image))
            return inside && !strncmp(name + n + 1, build, strlen(build)) && name[n + 1 + strlen(build)] == ':';
    return true;
}

static unsigned patch_of(const char *release) {
    const char *dot = strrchr(release, '.');
    return dot ? (unsigned)strtoul(dot + 1, NULL, 10) : 0;
}

/* The version in the tag of its image, "3.6.16-0"; "": it has none. */
static const char *etcd_of(const struct release *release) {
    const char *name = release_image_of(release, "etcd"), *colon = name ? strrchr(name, ':') : NULL;
    return colon ? colon + 1 : "";
}

static int check_etcd(const struct release *from, const struct release *to, struct error *err) {
    const char *least = kubernetes_etcd_before(etcd_of(to));
    bool same_minor = least && kubernetes_etcd_before(etcd_of(from)) == least;
    if (!least || same_minor || !kubernetes_etcd_older(etcd_of(from), least))
        return 0;
    error_set(err, EINVAL, "/release: etcd %s of `%s` cannot become %s: it takes %s at least", etcd_of(from),
              from->name, etcd_of(to), least);
    return error_remedy(err, "first upgrade to a patch of v1.%u whose etcd is %s or newer",
                        kubernetes_minor(from->name), least);
}

int release_check_upgrade(const struct release *from, const struct release *to, struct error *err) {
    unsigned was = kubernetes_minor(from->name), is = kubernetes_minor(to->name);
    if (is < was || (is == was && patch_of(to->name) <= patch_of(from->name))) {
        error_set(err, EINVAL, "/release: from `%s` to `%s` is no way forward", from->name, to->name);
        return error_remedy(
            err, "etcd and the API server read no data of a newer version: restore a backup of the older one");
    }
    if (is > was + 1) {
        error_set(err, EINVAL, "/release: from `%s` to `%s` leaves out v1.%u", from->name, to->name, was + 1);
        return error_remedy(err, "upgrade to each minor version in between");
    }
    if (!kubernetes_has(from->name, K8S_UPGRADE_CONFIG) || !kubernetes_has(to->name, K8S_UPGRADE_CONFIG)) {
        error_set(err, EINVAL, "/release: from `%s` to `%s`: before v1.%u nothing is upgraded", from->name, to->name,
                  kubernetes_first(K8S_UPGRADE_CONFIG));
        return error_remedy(err, "make a new cluster of the new release");
    }
    return check_etcd(from, to, err);
}
