/* SPDX-License-Identifier: Apache-2.0
 * seedctl plan: describes the sites and warns of what is unwise. Several sites are also compared with each other. */
#include "commands.h"
#include "load.h"
#include "report/plan.h"

#include <stdio.h>

static void compare(struct site *const *sites, int count) {
    for (int i = 0; i < count; i++)
        for (int j = i + 1; j < count; j++)
            if (sites[i]->virtual_router_id == sites[j]->virtual_router_id)
                printf("warning: /vip/virtual_router_id: %s and %s both use %u; on one segment they would take each "
                       "other's VIP\n",
                       sites[i]->name, sites[j]->name, sites[i]->virtual_router_id);
}

int seedctl_plan(const struct arguments *arguments) {
    struct site *sites[OPERANDS_MAX] = {NULL};
    int status = 0, count = 0;
    for (size_t i = 0; i < arguments->n_operands && status == 0; i++) {
        cleanup_buf struct buf text = BUF_INIT(1 << 20);
        sites[count] = load_site(arguments->operands[i], &status);
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
