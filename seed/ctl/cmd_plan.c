/* SPDX-License-Identifier: Apache-2.0
 * seedctl plan: describes the sites and warns of what is unwise. Several sites are also compared with each other. */
#include "commands.h"
#include "load.h"
#include "report/plan.h"
#include "site/change.h"
#include "log.h"

#include <stdio.h>

static void compare(struct site *const *sites, int count) {
    for (int i = 0; i < count; i++)
        for (int j = i + 1; j < count; j++)
            if (sites[i]->virtual_router_id == sites[j]->virtual_router_id)
                printf("warning: /vip/virtual_router_id: %s and %s both use %u; on one segment they would take each "
                       "other's VIP\n",
                       sites[i]->name, sites[j]->name, sites[i]->virtual_router_id);
}

/* What the edit of the site does, to machines that are all members. */
static int against(const struct arguments *arguments) {
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    struct error err = {0};
    int status;
    if (arguments->n_operands != 1)
        return command_refuse(arguments, "--against wants one SITE");
    cleanup_site struct site *old = load_site(arguments->against, &status);
    cleanup_site struct site *site = old ? load_site(arguments->operands[0], &status) : NULL;
    if (!site)
        return status;
    if (change_list(old, site, &text) == 0)
        buf_adds(&text, "nothing differs\n");
    fputs(buf_text(&text), stdout);
    if (change_check(old, site, NULL, NULL, &err) == 0)
        return 0;
    error_report(&err, "seedctl: refused");
    return 1;
}

int seedctl_plan(const struct arguments *arguments) {
    struct site *sites[OPERANDS_MAX] = {NULL};
    int status = 0, count = 0;
    if (arguments->against)
        return against(arguments);
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
