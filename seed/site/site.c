/* SPDX-License-Identifier: Apache-2.0
 * See site.h. */
#include "site.h"

#include "addon.h"
#include "check.h"
#include "json.h"
#include "site_check.h"
#include "site_nodes.h"
#include "site_read.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool has_note(const struct site_node *node, void *context) {
    (void)context;
    return node->retired;
}

static void read_site(struct site *site, struct reader *reader) {
    struct cursor root = cursor_root(reader, site->tree);
    if (!cursor_object(&root, site_keys))
        return;
    site_read(site, &root);
    site_read_nodes(site, &root);
    site_check(site, reader);
    site_set_aside(site, has_note, NULL);
}

int site_parse(const char *text, size_t length, struct site **ret_site, struct site_errors *errors) {
    cleanup_site struct site *site = calloc(1, sizeof(*site));
    struct reader reader = {.list = errors->list, .capacity = SITE_ERRORS_MAX};
    struct error syntax = {0};
    if (!site)
        reader_fail(&reader, "", "out of memory; free some and try again");
    else if (json_parse(text, length, &site->tree, &syntax) < 0)
        reader_fail_syntax(&reader, &syntax);
    else
        read_site(site, &reader);
    errors->n = reader.n;
    if (reader.n > 0)
        return -1;
    *ret_site = site;
    site = NULL;
    return 0;
}

void site_free(struct site *site) {
    if (!site)
        return;
    cJSON_Delete(site->tree);
    free(site->nodes);
    free(site->registries);
    free(site);
}

/* Keeps the text in the tree, which owns all strings, under a key that is no key of the document. */
static int attach(struct site *site, size_t index, const char *text, struct error *err) {
    cJSON *addon = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(site->tree, "addons"), (int)index);
    cJSON *manifest = cJSON_CreateString(text);
    if (!manifest || !cJSON_AddItemToObject(addon, "", manifest)) {
        cJSON_Delete(manifest);
        return error_set(err, -1, "addon `%s`: out of memory", site->addons[index].name);
    }
    site->addons[index].manifest = manifest->valuestring;
    return 0;
}

/* A text that is nowhere in the manifest would be said by the first master, after kubeadm init. */
static int check_replace(const struct site *site, size_t index, struct error *err) {
    const struct site_addon *addon = &site->addons[index];
    cleanup_buf struct buf text = BUF_INIT(ADDON_TEXT_MAX);
    const cJSON *pair;
    unsigned i = 0;
    buf_adds(&text, addon->manifest);
    cJSON_ArrayForEach(pair, addon->replace) {
        if (!addon_replace(&text, json_text(pair, "from"), json_text(pair, "to"))) {
            error_set(err, -1, "/addons/%zu/replace/%u/from: `%.100s` is nowhere in the manifest of `%s`", index, i,
                      json_text(pair, "from"), addon->name);
            return error_remedy(err, "correct it, or remove the replacement");
        }
        i++;
    }
    return buf_failed(&text) ? error_set(err, -1, "/addons/%zu/replace: the manifest becomes longer than %d bytes",
                                         index, ADDON_TEXT_MAX)
                             : 0;
}

static int resolve_addon(struct site *site, size_t i, const char *folder,
                         int (*read)(const char *path, struct buf *ret, struct error *err), struct error *err) {
    cleanup_buf struct buf path = BUF_INIT(4096), text = BUF_INIT(CHECK_MANIFEST_MAX);
    buf_addf(&path, "%s/%s", folder, site->addons[i].file);
    if (buf_failed(&path))
        return error_set(err, -1, "/addons/%zu/manifest/file: path too long", i);
    if (read(buf_text(&path), &text, err) < 0) {
        error_wrap(err, "/addons/%zu/manifest/file", i);
        return error_remedy(err, "put the manifest there: paths are relative to the site document");
    }
    const char *expected = check_manifest(buf_text(&text));
    if (expected || strlen(buf_text(&text)) != text.length)
        return error_set(err, -1, "/addons/%zu/manifest/file: `%s` is not %s", i, site->addons[i].file,
                         expected ? expected : "text: it has NUL bytes");
    return attach(site, i, buf_text(&text), err);
}

int site_resolve(struct site *site, const char *folder,
                 int (*read)(const char *path, struct buf *ret, struct error *err), struct error *err) {
    for (size_t i = 0; i < site->n_addons; i++)
        if ((!site->addons[i].manifest && resolve_addon(site, i, folder, read, err) < 0) ||
            check_replace(site, i, err) < 0)
            return -1;
    return 0;
}

void site_set_aside(struct site *site, bool (*is_retired)(const struct site_node *node, void *context), void *context) {
    size_t i = 0;
    while (i < site->n_nodes) {
        struct site_node node = site->nodes[i];
        if (!is_retired(&node, context)) {
            i++;
            continue;
        }
        site->n_nodes--;
        memmove(&site->nodes[i], &site->nodes[i + 1], (site->n_nodes + site->n_retired - i) * sizeof(*site->nodes));
        site->nodes[site->n_nodes + site->n_retired++] = node;
        site->n_masters -= node.role == NODE_MASTER && !node.retired; /* with a note it was not counted */
    }
}

static const struct site_node *find_mac(const struct site_node *nodes, size_t n, const char *mac) {
    for (size_t i = 0; i < n; i++)
        if (!strcasecmp(nodes[i].mac, mac))
            return &nodes[i];
    return NULL;
}

const struct site_node *site_find_mac(const struct site *site, const char *mac) {
    return find_mac(site->nodes, site->n_nodes, mac);
}

const struct site_node *site_find_retired(const struct site *site, const char *mac) {
    return find_mac(site->nodes + site->n_nodes, site->n_retired, mac);
}
