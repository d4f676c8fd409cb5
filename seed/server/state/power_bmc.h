/* SPDX-License-Identifier: Apache-2.0
 * Speaks to one BMC, by ipmitool or curl, or sends a magic packet. It waits for the BMC: only the process of
 * power_worker.c calls it. The secret goes to the programs by their standard input, never by their command line. */
#pragma once
#include "error.h"
#include "net.h"
#include "site/power.h"

enum { POWER_BMC_CALL_S = 12 /* the most for one call of a program */, POWER_SECRET_SIZE = 129 };

/* The texts are borrowed. */
struct power_order {
    enum power_act act;
    const struct site_power *power;
    const char *mac;
    struct cidr address; /* the machine's own: a magic packet goes to its subnet */
    char secret[POWER_SECRET_SIZE];
};

/* *ret_state: what the BMC said before; POWER_IS_UNKNOWN where it was not asked. */
int power_bmc_do(const struct power_order *order, enum power_state *ret_state, struct error *err);
