/* SPDX-License-Identifier: Apache-2.0
 * What a BMC with Redfish (DMTF DSP0266) says and is told: the member of /redfish/v1/Systems, its power, its actions.
 * Its bytes are hostile: a path that it names is only asked when it lies below /redfish/v1/. Pure. */
#pragma once
#include "buf.h"
#include "power.h"
#include <stddef.h>

enum { REDFISH_PATH_SIZE = 201, REDFISH_ANSWER_MAX = 256 * 1024 };
#define REDFISH_SYSTEMS "/redfish/v1/Systems"

struct redfish_system {
    enum power_state power;
    char reset[REDFISH_PATH_SIZE];                  /* where its ComputerSystem.Reset is posted to; "": it has none */
    bool on, force_off, force_restart, power_cycle; /* the ResetTypes that it takes */
};

/* Of the collection at REDFISH_SYSTEMS: the path of the member `name` names by its last word, or of the only one when
 * `name` is NULL. */
int redfish_member(const char *text, size_t length, const char *name, char ret_path[static REDFISH_PATH_SIZE],
                   struct error *err);

/* A member itself. */
int redfish_system(const char *text, size_t length, struct redfish_system *ret, struct error *err);

/* Appends the body of the order that does `act`: of a POST to system->reset, or for POWER_PXE_ONCE of a PATCH of the
 * member. EOPNOTSUPP: the system does not take it. */
int redfish_order(const struct redfish_system *system, enum power_act act, struct buf *ret_body, struct error *err);
