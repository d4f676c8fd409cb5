/* SPDX-License-Identifier: Apache-2.0
 * What a machine of a living cluster does about the maintenance record (docs/maintenance.md): its own work when it is
 * its turn, and, on masters, what the machine in hand cannot do for itself. */
#pragma once

struct agent;

/* Never returns; runs in a process of its own on every machine. */
void maintenance_forever(struct agent *agent) __attribute__((noreturn));
