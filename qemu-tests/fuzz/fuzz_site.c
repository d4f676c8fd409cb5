/* SPDX-License-Identifier: Apache-2.0
 * site_parse(): every machine of an accepted site gets a role document that it accepts, and a command line that it
 * understands. */
#include "decide/cmdline.h"
#include "site/cmdline.h"
#include "site/compose.h"
#include "site/dnsmasq.h"
#include "file.h"
#include "kubernetes.h"
#include "report/plan.h"
#include "renders.h"

#define BUILT(name)                                                                                                    \
    "{\"release\":\"" name "\",\"layers\":[{\"name\":\"runtime\",\"sha256\":"                                          \
    "\"1111111111111111111111111111111111111111111111111111111111111111\",\"size\":7,\"roles\":[\"master\","           \
    "\"worker\"]}]}"

static struct release *release_read(const char *path, const char *built) {
    struct release *release = NULL;
    struct error err = {0};
    cleanup_buf struct buf pins = BUF_INIT(1 << 20);
    demand(file_read(path, &pins, &err) == 0 &&
           release_parse(buf_text(&pins), pins.length, built, strlen(built), &release, &err) == 0);
    return release;
}

/* Of the tree's releases the one with which a site for any release composes. */
static struct release *release_once(const struct site *site) {
    static struct release *old, *modern;
    const char *api = kubernetes_kubeadm_api(site->release);
    if (!old)
        old = release_read(SOURCE_ROOT "/configs/releases/v1.20.2.json", BUILT("v1.20.2"));
    if (!modern)
        modern = release_read(SOURCE_ROOT "/configs/releases/v1.37.2.json", BUILT("v1.37.2"));
    return api && strstr(api, "v1beta4") ? modern : old;
}

static void check_cmdline(const struct site *site, const struct site_node *node) {
    cleanup_buf struct buf line = BUF_INIT(CMDLINE_MAX + 1);
    struct cmdline boot;
    struct error err = {0};
    demand(cmdline_render(site, node, NULL, &line, &err) == 0 && line.length <= CMDLINE_MAX);
    demand(cmdline_parse(buf_text(&line), &boot, &err) == 0);
    demand(!strcmp(boot.seed, site->seed) && !strcmp(boot.site, site->name) && boot.shell == site->boot_shell);
    demand(!node || !strcmp(boot.mac, node->mac));
}

static bool is_resolved(const struct site *site) {
    for (size_t i = 0; i < site->n_addons; i++)
        if (!site->addons[i].manifest)
            return false;
    return true;
}

static void check_role(const struct site *site, const struct release *release, const struct site_node *node) {
    cleanup_buf struct buf json = BUF_INIT(1 << 20);
    cleanup_role struct role *role = NULL;
    struct error err = {0};
    if (node->install || site->kubeadm.image_repository) /* the releases above have no layer and no image for it */
        return;
    if (compose_role(site, release, node, NULL, &json, &err) < 0 ||
        role_parse(buf_text(&json), json.length, &role, &err) < 0) {
        fprintf(stderr, "%s: %s: %s\n", node->hostname, err.message, buf_text(&json));
        demand(!"a site that is accepted composes");
    }
    demand(!strcmp(role->hostname, node->hostname) && role->role == node->role && role->n_peers == site->n_nodes);
    check_renders(role);
}

static void check_whole(struct site *site) {
    cleanup_buf struct buf text = BUF_INIT(DNSMASQ_MAX), plan = BUF_INIT(1 << 20);
    struct error err = {0};
    plan_text(site, &plan);
    if (dnsmasq_render(site, &(struct dnsmasq_options){.mode = DNSMASQ_DHCP}, &text, &err) < 0)
        fuzz_error(&err);
    check_text(&text);
    check_cmdline(site, NULL);
    const struct release *release = release_once(site);
    site->release = release->name;
    for (size_t i = 0; i < site->n_nodes;
         i += i + 2 < site->n_nodes ? site->n_nodes - i - 1 : 1) { /* the first and the last */
        check_cmdline(site, &site->nodes[i]);
        if (is_resolved(site))
            check_role(site, release, &site->nodes[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct site_errors errors;
    cleanup_site struct site *site = NULL;
    char *text = fuzz_text(data, size);
    errors.n = 0;
    int result = site_parse(text, size, &site, &errors);
    free(text); /* the site keeps nothing of it */
    demand(result == 0 ? site && !errors.n : !site && errors.n >= 1 && errors.n <= SITE_ERRORS_MAX);
    for (size_t i = 0; i < errors.n; i++)
        demand(errors.list[i].cause[0] && errors.list[i].pointer[0] == '/');
    if (site)
        check_whole(site);
    return 0;
}
