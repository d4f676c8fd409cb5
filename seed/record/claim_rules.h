/* SPDX-License-Identifier: Apache-2.0
 * When a claim may get another key, and when its machine may act on the cluster (docs/tls.md). A machine makes its key
 * before it has a disk for it, and may lose it with its power: then it comes back with another key. So does whoever
 * knows its MAC and UUID. Pure. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum {
    CLAIM_REBINDS_MAX = 3,         /* other keys for one claim before its machine says that its key is kept */
    CLAIM_SILENCE_MS = 30 * 1000,  /* so long the replaced key must not have spoken */
    CLAIM_OPEN_MS = 10 * 60 * 1000 /* `enrol: open`: so long after the last one the rebinds count from zero again */
};

struct claim_facts {
    const char *key, *uuid;
    const char *replaced[CLAIM_REBINDS_MAX]; /* the keys before, NULL after the last */
    bool kept;          /* its machine said that the key is on its disk; from then on no other key is taken */
    bool denied;        /* by the operator */
    bool contested;     /* a replaced key spoke again: two machines */
    unsigned rebinds;   /* how often it got another key */
    int64_t rebound_ms; /* when, CLOCK_BOOTTIME; after a restart of the seed: of the restart */
};

/* How a call came, and what the site says. */
struct claim_channel {
    bool tls;  /* the key is proved. Without TLS nothing is: then a claim never gets another key */
    bool open; /* `enrol: open` */
};

enum claim_verdict {
    CLAIM_SAME,   /* its own key */
    CLAIM_REBIND, /* another key, which may replace it */
    CLAIM_OTHER_UUID,
    CLAIM_OTHER_KEY, /* may not replace it */
    CLAIM_OLDER_KEY, /* the replaced key speaks: from now on the claim is contested */
    CLAIM_TOO_OFTEN, /* it would be one rebind too many */
    CLAIM_DENIED
};

/* Somebody claims the MAC with this key and UUID. */
enum claim_verdict claim_asked(const struct claim_facts *claim, struct claim_channel channel, const char *key,
                               const char *uuid, int64_t now_ms);

enum claim_standing {
    CLAIM_MAY,       /* reserve, begin, commit, mint, tickets, passwords */
    CLAIM_UNKEPT,    /* its machine has not said that the key is kept */
    CLAIM_CONTESTED, /* the operator must say which machine is meant */
    CLAIM_LISTENING, /* it was rebound, and the replaced key may still speak */
};

/* What the machine with the claim's key may do now. */
enum claim_standing claim_standing(const struct claim_facts *claim, struct claim_channel channel);

/* Whether its machine may say now that the key is kept: CLAIM_MAY, CLAIM_CONTESTED or CLAIM_LISTENING. */
enum claim_standing claim_keeps(const struct claim_facts *claim, struct claim_channel channel, int64_t now_ms);
