/* SPDX-License-Identifier: Apache-2.0
 * One machine: what it is, what it was told, how far it is. No globals: every step gets this. */
#pragma once
#include "decide/cmdline.h"
#include "decide/journal.h"
#include "effects/console.h"
#include "effects/own_link.h"
#include "effects/vrrp.h"
#include "render/render.h"
#include "role.h"
#include "seed/client.h"
#include "seed/events.h"
#include "seed/rogue_dhcp.h"
#include "seed/role_document.h"

struct world;

struct agent {
    const struct world *world; /* what it acts on: world/world.h */
    struct cmdline cmdline;
    bool initramfs;         /* steps 1 to 7 are to be taken; the process ends with the last of them */
    bool leave;             /* it was taken */
    unsigned step, n_steps; /* the row of the table that is being taken, from 1; 0: none yet */
    long started_ms;
    /* The runner's: takes the steps that follow a changed site once more, where they differ. */
    int (*follow_site)(struct agent *agent, struct error *err);

    struct console console;
    struct seed_client seed;
    struct events events;
    struct lease_choice lease; /* before the role is known */
    bool path_told;            /* path_report() has looked */

    struct role *role;
    char etag[ROLE_ETAG_SIZE];
    struct render_passwords passwords; /* masters: see seed/passwords.h */
    struct own_link link;
    struct journal journal;
    struct vrrp_listener vrrp; /* of other clusters, until this machine is a member */
    char installed[65];        /* the boot layer that install_follow() has done all for; "": none in this life */
};
