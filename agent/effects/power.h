/* SPDX-License-Identifier: Apache-2.0
 * The machine's power, by its init. */
#pragma once
#include "error.h"

/* Asks init for a reboot: it ends services and pods in order (image/root/usr/lib/seedrack/shutdown), and this process
 * too. Returns before that. */
int power_reboot(struct error *err);
int power_off(struct error *err); /* as power_reboot() */
