/* SPDX-License-Identifier: Apache-2.0
 * release_parse(): the pins, then behind a line of three dashes the layers. With a release that is accepted the site's
 * machines get a role document that they accept, or a reason why not. */
#include "site/compose.h"
#include "file.h"
#include "renders.h"

#define BETWEEN "\n---\n"

static struct site *site_once(void) {
    static struct site *site;
    static struct site_errors errors;
    struct error err = {0};
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    if (!site)
        demand(file_read(SOURCE_ROOT "/configs/seven-nodes/site.json", &text, &err) == 0 &&
               site_parse(buf_text(&text), text.length, &site, &errors) == 0);
    return site;
}

static void check_role(const struct release *release, const struct site_node *node) {
    cleanup_buf struct buf json = BUF_INIT(1 << 20);
    cleanup_role struct role *role = NULL;
    struct error err = {0};
    struct site *site = site_once();
    site->release = release->name;
    if (compose_role(site, release, node, NULL, &json, &err) < 0) {
        fuzz_error(&err);
        return;
    }
    if (role_parse(buf_text(&json), json.length, &role, &err) < 0) {
        fprintf(stderr, "%s: %s: %s\n", node->hostname, err.message, buf_text(&json));
        demand(!"a release that is accepted composes");
    }
    demand(!strcmp(role->release, release->name) && !strcmp(role->kubeadm_api, release->kubeadm_api));
    demand(role->n_images <= release->n_images && role->n_layers <= release->n_layers);
    check_renders(role);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct release *release = NULL;
    struct error err = {0};
    char *text = fuzz_text(data, size);
    const char *end = strstr(text, BETWEEN), *layers = end ? end + strlen(BETWEEN) : NULL;
    int result = release_parse(text, end ? (size_t)(end - text) : size, layers,
                               layers ? size - (size_t)(layers - text) : 0, &release, &err);
    free(text); /* the release keeps nothing of it */
    demand(result == 0 ? release != NULL : !release);
    if (!release) {
        fuzz_error(&err);
        return 0;
    }
    check_role(release, &site_once()->nodes[0]);
    check_role(release, &site_once()->nodes[site_once()->n_nodes - 1]);
    release_free(release);
    return 0;
}
