/* SPDX-License-Identifier: Apache-2.0
 * Step 6: fetches, verifies and mounts every layer of the role document. */
#include "rows.h"
#include "world/world.h"

#include "log.h"

/* After the pivot the root consists of the layers of this boot, even if the site now names others. */
int layers_done(struct agent *agent, struct buf *why, struct error *err) {
    return agent->initramfs ? agent->world->layers_mounted(agent->role, why, err) : 1;
}

int layers_run(struct agent *agent, struct error *err) {
    struct error no_usb;
    if (agent->cmdline.offline && agent->world->usb_mount(&no_usb) < 0)
        log_warning("%s; the layers come from the seed", no_usb.message);
    if (agent->world->kernels_check(agent->role, err) < 0 ||
        agent->world->layers_check_room(agent->role, agent->initramfs, err) < 0)
        return -1;
    if (agent->world->fetch_all_layers(agent, err) < 0 || agent->world->layers_mount(agent->role, err) < 0)
        return -1;
    agent->world->kernels_keep(agent->role);
    return agent->world->role_store_take_next(err);
}
