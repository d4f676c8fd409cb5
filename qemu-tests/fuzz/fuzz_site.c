/* SPDX-License-Identifier: Apache-2.0
 * site_parse(): every machine of an accepted site gets a role document that it accepts, and a command line that it
 * understands. */
#include "decide/cmdline.h"
#include "site/cmdline.h"
#include "site/compose.h"
#include "site/dnsmasq.h"
#include "file.h"
#include "report/plan.h"
#include "renders.h"

#define BUILT                                                                                                          \
    "{\"release\":\"v1.20.2\",\"layers\":[{\"name\":\"runtime\",\"sha256\":"                                           \
    "\"1111111111111111111111111111111111111111111111111111111111111111\",\"size\":7,\"roles\":[\"master\","           \
    "\"worker\"]}]}"

static struct release *release_once(void) {
    static struct release *release;
    struct error err = {0};
    cleanup_buf struct buf pins = BUF_INIT(1 << 20);
    if (!release)
        demand(file_read(SOURCE_ROOT "/configs/releases/v1.20.2.json", &pins, &err) == 0 &&
               release_parse(buf_text(&pins), pins.length, BUILT, strlen(BUILT), &release, &err) == 0);
    return release;
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

static void check_role(const struct site *site, const struct site_node *node) {
    cleanup_buf struct buf json = BUF_INIT(1 << 20);
    cleanup_role struct role *role = NULL;
    struct error err = {0};
    if (node->install) /* the release above has no layer for it */
        return;
    if (compose_role(site, release_once(), node, NULL, &json, &err) < 0 ||
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
    site->release = release_once()->name;
    for (size_t i = 0; i < site->n_nodes;
         i += i + 2 < site->n_nodes ? site->n_nodes - i - 1 : 1) { /* the first and the last */
        check_cmdline(site, &site->nodes[i]);
        if (is_resolved(site))
            check_role(site, &site->nodes[i]);
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
