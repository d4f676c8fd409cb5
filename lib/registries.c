/* SPDX-License-Identifier: Apache-2.0
 * See registries.h. */
#include "registries.h"

#include "check.h"
#include <stdlib.h>
#include <string.h>

static void read_server(const struct cursor *at, struct registry_server *ret) {
    ret->ca = cursor_string(at, "ca", check_certificates, NULL);
    ret->secret = cursor_string(at, "secret", check_label, NULL);
    if (ret->url && !strncmp(ret->url, "http://", 7) && (ret->ca || ret->secret))
        cursor_fail(at, "`ca` or `secret` for a mirror without TLS; write https:// in its `url`, or remove them");
}

static void read_mirrors(const struct cursor *at, struct registry *ret) {
    static const char *const keys[] = {"url", "ca", "secret", NULL};
    struct cursor list = cursor_key(at, "mirrors");
    size_t n;
    cursor_array(&list, REGISTRY_MIRRORS_MAX, &n);
    for (size_t i = 0; i < n; i++) {
        struct cursor mirror = cursor_index(&list, i);
        struct registry_server *server = &ret->mirrors[ret->n_mirrors];
        if (!cursor_object(&mirror, keys))
            continue;
        server->url = cursor_string(&mirror, "url", check_mirror, reader_required);
        read_server(&mirror, server);
        for (size_t k = 0; k < ret->n_mirrors && server->url; k++)
            if (!strcmp(ret->mirrors[k].url, server->url))
                cursor_fail(&mirror, "`%s` twice; list each mirror once", server->url);
        ret->n_mirrors += server->url != NULL;
    }
}

static void read_registry(const struct cursor *at, struct registry *ret) {
    static const char *const keys[] = {"host", "ca", "secret", "mirrors", NULL};
    if (!cursor_object(at, keys))
        return;
    struct cursor host = cursor_key(at, "host");
    ret->host = cursor_string(at, "host", check_registry, reader_required);
    if (ret->host && !strpbrk(ret->host, ".:") && strcmp(ret->host, "localhost") != 0)
        cursor_fail(&host, "`%s` is a folder of docker.io where an image is named by it; write its domain or its port",
                    ret->host);
    read_server(at, &ret->own);
    read_mirrors(at, ret);
    if (!ret->own.ca && !ret->own.secret && !ret->n_mirrors)
        cursor_fail(at, "says nothing of the registry; give `ca`, `secret` or `mirrors`, or remove it");
}

struct registry *registries_read(const struct cursor *list, size_t *ret_n) {
    size_t n;
    *ret_n = 0;
    if (!cursor_array(list, REGISTRIES_MAX, &n) || n == 0)
        return NULL;
    struct registry *registries = calloc(n, sizeof(*registries));
    if (!registries) {
        cursor_fail(list, "out of memory; free some and try again");
        return NULL;
    }
    *ret_n = n;
    for (size_t i = 0; i < n; i++) {
        struct cursor at = cursor_index(list, i);
        read_registry(&at, &registries[i]);
        for (size_t k = 0; k < i; k++)
            if (registries[i].host && registries[k].host && !strcmp(registries[i].host, registries[k].host))
                cursor_fail(&at, "`%s` twice; put both into one", registries[i].host);
    }
    return registries;
}

bool registries_any_secret(const struct registry *list, size_t n, bool (*visit)(const char *secret, void *context),
                           void *context) {
    for (size_t i = 0; i < n; i++) {
        if (list[i].own.secret && visit(list[i].own.secret, context))
            return true;
        for (size_t k = 0; k < list[i].n_mirrors; k++)
            if (list[i].mirrors[k].secret && visit(list[i].mirrors[k].secret, context))
                return true;
    }
    return false;
}
