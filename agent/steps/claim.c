/* SPDX-License-Identifier: Apache-2.0
 * Step 3: the machine tells the seed who it is, and learns its hostname. */
#include "rows.h"
#include "decide/paths.h"
#include "world/world.h"

#include "log.h"
#include <errno.h>

int claim_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    if (agent->world->claim_recall(&agent->seed))
        return 1;
    buf_adds(why, "unclaimed");
    return 0;
}

/* The key is made on first contact. Before the pivot it may already be on the data partition. */
static int own_key(struct agent *agent, struct error *err) {
    char hash[PKI_KEY_SIZE];
    if (!agent->seed.pin[0] || agent->world->identity_hash(AGENT_STATE, hash, err) == 0)
        return 0;
    if (err->errnum != ENOENT)
        return -1;
    if (agent->initramfs && agent->world->data_copy_identity(agent->cmdline.slot, err) < 0)
        log_warning("%s", err->message);
    return agent->world->identity_hash(AGENT_STATE, hash, err) == 0 ? 0 : agent->world->identity_make(AGENT_STATE, err);
}

int claim_run(struct agent *agent, struct error *err) {
    struct error ignored = {0};
    if (own_key(agent, err) < 0)
        return error_wrap(err, "claim");
    if (agent->world->claim_make(&agent->seed, err) == 0) {
        if (!agent->initramfs && agent->world->claim_keep(&agent->seed, &ignored) < 0)
            log_warning("%s", ignored.message);     /* it is said again when the seed asks for it */
        if (agent->clock_set && agent->seed.pin[0]) /* by TLS: the seed is who the image was made for */
            agent->world->wall_clock_write_rtc(time(NULL));
        agent->clock_set = false;
        return 0;
    }
    if (err->errnum == EEXIST && agent->seed.pin[0] && agent->initramfs)
        /* the disk may have appeared late: then the next attempt has its key */
        agent->world->data_copy_identity(false, &ignored);
    if (agent->cmdline.offline && seed_is_away(err)) {
        log_warning("%s; the claim is made when the seed is needed", err->message);
        return 0;
    }
    return error_wrap(err, "claim");
}
