/* SPDX-License-Identifier: Apache-2.0
 * seedctl plan: what the sites will be, and what is unwise about them. Several sites are compared with each other. */
#include "commands.h"
#include "load.h"
#include "report/plan.h"

#include <stdio.h>
#include <string.h>

enum { SITES_MAX = 16 };

static void compare(struct site *const *sites, int count) {
    for (int i = 0; i < count; i++)
        for (int j = i + 1; j < count; j++)
            if (sites[i]->virtual_router_id == sites[j]->virtual_router_id)
                printf("warning: /vip/virtual_router_id: %s and %s both use %u; on one segment they would take each "
                       "other's VIP\n",
                       sites[i]->name, sites[j]->name, sites[i]->virtual_router_id);
}

int cmd_plan(int argc, char **argv) {
    struct site *sites[SITES_MAX] = {NULL};
    int status = 0, count = 0;
    if (argc < 2 || argc > SITES_MAX || argv[1][0] == '-') {
        bool asked = argc == 2 && !strcmp(argv[1], "--help");
        fputs("usage: seedctl plan SITE...\n", asked ? stdout : stderr);
        return asked ? 0 : 2;
    }
    for (int i = 1; i < argc && status == 0; i++) {
        cleanup_buf struct buf text = BUF_INIT(1 << 20);
        sites[count] = load_site(argv[i], &status);
        if (!sites[count])
            break;
        plan_text(sites[count++], &text);
        fputs(buf_text(&text), stdout);
    }
    if (status == 0)
        compare(sites, count);
    for (int i = 0; i < count; i++)
        site_free(sites[i]);
    return status;
}
