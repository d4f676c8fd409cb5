/* SPDX-License-Identifier: Apache-2.0
 * What the steps share: who we are, whom we serve, what we were told. No globals: every step gets this. */
#pragma once
#include "decide/cmdline.h"
#include "effects/console.h"
#include "effects/dhcp.h"
#include "effects/netlink.h"
#include "effects/offers.h"
#include "error.h"
#include "decide/journal.h"
#include "render/render.h"
#include "role.h"
#include "decide/tail.h"
#include <stdint.h>

#define AGENT_STATE "/var/lib/seedrack" /* durable, 0700 */
#define AGENT_JOURNAL AGENT_STATE "/journal.json"
#define AGENT_RUN "/run/seedrack" /* volatile, 0700: secrets on their way */

enum { SPOOL_EVENTS = 64 };
struct event {
    char step[24], state[12], message[400];
    double seconds;
    enum code code;
    long at_ms, wall_ms;
    uint64_t bytes, total; /* of a transfer; 0: none, or nobody knows */
    bool has_tail;         /* agent.tail is its */
};

struct agent {
    struct cmdline cmdline;
    bool initramfs; /* steps 1 to 7 are to be taken; the process ends with the last of them */
    bool leave;     /* it was taken */
    struct console console;
    unsigned step, n_steps; /* the row of the table that is being taken, from 1; 0: none yet */
    char fingerprint[20];   /* of the key of the claim, for people: "0123-4567-89ab-cdef"; "": not made yet */
    struct dhcp dhcp;
    struct offers offers; /* of all DHCP servers, while the initramfs asks them */
    struct lease lease;   /* taken on lease_link; "": none, the address is by hand */
    char lease_link[IFNAMSIZ];
    bool has_rogue_dhcp; /* see steps/rival.h */
    int64_t seed_date,
        seed_date_ms;      /* the seed's clock (Unix seconds) as it was at that agent_now_ms(); 0: never asked */
    char seed[256];        /* URL without a trailing slash */
    uint16_t tls_port;     /* where the seed speaks TLS; 0: not asked yet */
    char seed_address[46]; /* where the last connection to it went; "": none yet */
    bool path_told;        /* path_report() had its say */
    char mac[18];          /* from the boot loader; "" = any of our links */
    char claim[33];
    char etag[96];
    char installed[65]; /* the boot layer that install_follow() has done all for; "": none in this life */
    struct role *role;
    struct render_passwords passwords; /* masters: see passwords.h */
    bool seed_away;                    /* working from the cache */
    int ifindex;
    char interface[IFNAMSIZ], own_mac[18];
    struct journal journal;
    struct event spool[SPOOL_EVENTS]; /* not yet delivered, oldest dropped first */
    size_t n_spool;
    char tail[TAIL_SIZE]; /* of the newest event that has one; that of older ones is given up */
    long started_ms;
    int vrrp_fd; /* collects foreign VRRP advertisements since vrrp_since_ms, or 0 */
    long vrrp_since_ms;
};

/* The link that carries the role's address: by its MAC, or by name where the role names one. */
int agent_find_link(struct agent *agent, struct error *err);

/* What renderers may know of this machine. */
struct render_facts agent_render_facts(const struct agent *agent);

/* CLOCK_BOOTTIME in milliseconds. */
long agent_now_ms(void);
