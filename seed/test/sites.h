/* SPDX-License-Identifier: Apache-2.0
 * Sites and releases of the source tree, for tests. */
#pragma once
#include "../../lib/test/testing.h"

#include "site/compose.h"
#include "json.h"
#include "kubernetes.h"
#include "site/release.h"
#include "site/site.h"
#include <string.h>

/* The site of a valid document; the test fails with its first problem otherwise. */
static inline struct site *site_from(const char *path) {
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    static struct site_errors errors;
    struct site *site = NULL;
    source_read(path, &text);
    if (site_parse(buf_text(&text), text.length, &site, &errors) < 0)
        fail_msg("%s: %s: %s", path, errors.list[0].pointer, errors.list[0].cause);
    return site;
}

#define LAYER(name, digit, size, roles)                                                                                \
    "{\"name\": \"" name "\", \"sha256\": \"" digit digit digit digit digit digit digit digit "\", \"size\": " size    \
    ", \"roles\": [" roles "]}"

/* A release with the pins of the tree, two layers, and what machines of the profile metal install. */
static inline struct release *release_from(const char *name) {
    cleanup_buf struct buf pins = BUF_INIT(1 << 20), built = BUF_INIT(4096);
    struct release *release = NULL;
    struct error err = {0};
    char path[128];
    snprintf(path, sizeof(path), "configs/releases/%s.json", name);
    source_read(path, &pins);
    buf_addf(&built, "{\"release\": \"%s\", \"layers\": [%s, %s, {\"profile\": \"metal\", %s]}", name,
             LAYER("runtime", "11111111", "7", "\"master\", \"worker\""),
             LAYER("control", "22222222", "9", "\"master\""),
             LAYER("boot-metal", "33333333", "5", "\"master\", \"worker\"") + 1);
    if (release_parse(buf_text(&pins), pins.length, buf_text(&built), built.length, &release, &err) < 0)
        fail_msg("%s", err.message);
    return release;
}

/* Of the tree's releases the one with which a site for any release composes. */
static inline const char *release_for(const struct site *site) {
    const char *api = kubernetes_kubeadm_api(site->release);
    return api && strstr(api, "v1beta4") ? "v1.37.2" : "v1.20.2";
}

/* The role document of one node, composed as the seed does it. */
static inline void site_role_text(struct site *site, const char *hostname, struct buf *ret) {
    static const char *const known[] = {"v1.37.2", "v1.15.4"};
    const char *name = "v1.20.2"; /* the corpus names others, too */
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (!strcmp(site->release, known[i]))
            name = known[i];
    struct release *release = release_from(name);
    struct error err = {0};
    for (size_t i = 0; i < site->n_nodes; i++)
        if (!strcmp(site->nodes[i].hostname, hostname) &&
            compose_role(site, release, &site->nodes[i], NULL, ret, &err) < 0)
            fail_msg("%s: %s", hostname, err.message);
    release_free(release);
}

/* Caller: role_free(). */
static inline struct role *site_role(struct site *site, const char *hostname) {
    cleanup_buf struct buf json = BUF_INIT(1 << 20);
    struct role *role = NULL;
    struct error err = {0};
    site_role_text(site, hostname, &json);
    if (role_parse(buf_text(&json), json.length, &role, &err) < 0)
        fail_msg("%s: %s", hostname, err.message);
    return role;
}

static inline struct role *role_at(const char *site_path, const char *hostname) {
    cleanup_site struct site *site = site_from(site_path);
    return site_role(site, hostname);
}
