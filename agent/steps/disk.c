/* SPDX-License-Identifier: Apache-2.0
 * Step 5: finds or makes the place for layers and state. After the pivot it is already there. */
#include "rows.h"
#include "world/world.h"

int disk_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    if (!agent->initramfs || agent->world->mounts_has(AGENT_STATE))
        return 1;
    buf_adds(why, agent->role->diskless ? "nothing is kept anywhere yet: RAM is taken"
                                        : "the data partition is not mounted");
    return 0;
}

int disk_run(struct agent *agent, struct error *err) {
    return agent->world->data_attach(agent, err);
}
