/* SPDX-License-Identifier: Apache-2.0
 * Step 5: finds or makes the place for layers and state. After the pivot it is already there. */
#include "rows.h"
#include "world/world.h"

#include "log.h"

int disk_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    if (!agent->initramfs || agent->world->mounts_has(AGENT_STATE))
        return 1;
    buf_adds(why, agent->role->diskless ? "nothing is kept anywhere yet: RAM is taken"
                                        : "the data partition is not mounted");
    return 0;
}

int disk_run(struct agent *agent, struct error *err) {
    struct error ignored = {0};
    if (agent->world->data_attach(agent, err) < 0)
        return -1;
    if (!agent->seed.away && agent->world->claim_keep(&agent->seed, &ignored) < 0)
        log_warning("%s", ignored.message); /* it is said again when the seed asks for it */
    return 0;
}
