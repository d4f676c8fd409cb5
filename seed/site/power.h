/* SPDX-License-Identifier: Apache-2.0
 * How a machine is powered: `power` of a node, and what may be done with it. The seed alone speaks to BMCs; a role
 * document has nothing of this. Pure. */
#pragma once
#include "error.h"
#include "reader.h"
#include <stdbool.h>
#include <stdint.h>

enum power_type { POWER_NONE, POWER_IPMI, POWER_REDFISH, POWER_WOL };

/* In the order of power_act_names. */
enum power_act { POWER_STATUS, POWER_ON, POWER_OFF, POWER_CYCLE, POWER_PXE_ONCE, POWER_ACTS };
extern const char *const power_act_names[]; /* "pxe-once"; NULL-terminated */

enum power_state { POWER_IS_UNKNOWN, POWER_IS_OFF, POWER_IS_ON };

struct site_power {
    enum power_type type; /* POWER_NONE: the node has no `power` */
    const char *address, *user, *secret;
    uint16_t port;
    const char *certificate; /* the pin of a BMC with Redfish */
    const char *system;      /* its member of /redfish/v1/Systems; NULL: the only one */
};

/* Reads `power` of the node at `node`. */
void power_read(struct site_power *power, const struct cursor *node);

const char *power_type_name(enum power_type type); /* "ipmi" */
const char *power_state_name(enum power_state state);

/* Whether two nodes name the same thing to be powered. */
bool power_is_same(const struct site_power *one, const struct site_power *other);

/* What is known of a machine that is to be powered. */
struct power_facts {
    const char *hostname;
    const struct site_power *power;
    bool member;      /* of a cluster that lives */
    bool initialises; /* it runs kubeadm init */
    bool force;       /* the operator's word */
};

/* 0, or -1: that machine does not take the act, or must not. */
int power_may(enum power_act act, const struct power_facts *facts, struct error *err);
