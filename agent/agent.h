/* SPDX-License-Identifier: Apache-2.0
 * One machine: what it is, what the seed told it, and how far it has come. Every step gets this; there are no
 * globals. */
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

struct step;

struct agent {
    const struct world *world; /* what it acts on: world/world.h */
    struct cmdline cmdline;
    bool initramfs;           /* it runs in the initramfs: steps 1 to 7, and the process ends after step 7 */
    bool leave;               /* step 7 is done: end the process */
    const struct step *steps; /* the table that runs (runner.h) */
    unsigned step, n_steps;   /* its row that runs now, from 1; 0: none yet */
    long started_ms;
    /* Set by the runner (steps.c). Runs again each step with `follows_site` whose settings differ from the role
     * document. */
    int (*follow_site)(struct agent *agent, struct error *err);

    struct console console;
    struct seed_client seed;
    struct events events;
    struct lease_choice lease; /* before the role is known */
    bool clock_set;            /* step 2 set the clock, and the RTC does not have it yet */
    bool path_told;            /* path_report() was called in this process */

    struct role *role;
    char etag[ROLE_ETAG_SIZE];
    struct render_passwords passwords; /* masters: see seed/passwords.h */
    struct own_link link;
    size_t masters_answered; /* of the others, before the network changed (steps/host_proof.c) */
    struct journal journal;
    struct vrrp_listener vrrp; /* hears other clusters, until this machine is a member */
    char installed[512]; /* sha256 of the boot layer, and words of the link, that install_follow() finished with; "":
                            none yet in this process */
};
