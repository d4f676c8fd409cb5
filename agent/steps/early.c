/* SPDX-License-Identifier: Apache-2.0
 * Steps 1, 2 and 5 to 7: taken in the initramfs. On a machine that already runs on its assembled root they only
 * observe that they are done. */
#include "../effects/netlink.h"
#include "../steps.h"

#include "file.h"
#include <string.h>
#include <time.h>

enum { FIRST_BELIEVABLE_SECOND = 1735689600 /* 2025-01-01: no certificate of ours is older */ };

int link_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)agent;
    struct link links[NETLINK_LINKS];
    struct address addresses[NETLINK_ADDRESSES];
    size_t n_links, n_addresses;
    if (link_list(links, &n_links, err) < 0 || address_list(addresses, &n_addresses, err) < 0)
        return -1;
    for (size_t i = 0; i < n_links; i++)
        for (size_t j = 0; links[i].physical && links[i].carrier && j < n_addresses; j++)
            if (addresses[j].ifindex == links[i].ifindex)
                return 1;
    buf_adds(why, "no link with carrier has an address");
    return 0;
}

int clock_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)agent;
    (void)err;
    if (time(NULL) >= FIRST_BELIEVABLE_SECOND)
        return 1;
    buf_adds(why, "the clock is in the past");
    return 0;
}

int disk_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)agent;
    (void)why;
    (void)err;
    return 1; /* the assembled root is already on what this machine keeps its state on */
}

/* The root's own mount line names the layers it is made of: lowerdir=/layers/<sha256>:… */
int layers_done(struct agent *agent, struct buf *why, struct error *err) {
    cleanup_buf struct buf mounts = BUF_INIT(1 << 20);
    if (file_read("/proc/self/mountinfo", &mounts, err) < 0)
        return -1;
    for (size_t i = 0; i < agent->role->n_layers; i++) {
        if (!strstr(buf_text(&mounts), agent->role->layers[i].sha256)) {
            buf_addf(why, "layer `%s` %.12s… is not part of this root", agent->role->layers[i].name, agent->role->layers[i].sha256);
            return 0;
        }
    }
    return 1;
}

int pivot_done(struct agent *agent, struct buf *why, struct error *err) {
    return layers_done(agent, why, err);
}

int not_here_run(struct agent *agent, struct error *err) {
    (void)agent;
    error_set(err, -1, "this step belongs to the boot image and does not hold here");
    return error_remedy(err, "power the machine off and on so that it boots its present layers");
}
