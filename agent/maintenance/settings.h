/* SPDX-License-Identifier: Apache-2.0
 * The site's settings of kubelet, on a machine that is drained and about to reboot: kubelet starts with them. */
#pragma once
#include "error.h"
#include <stdbool.h>

struct work;

/* A step of a rollout. A master brings those of `cluster.kubelet` into the cluster's one KubeletConfiguration first.
 * Then this machine's file is made of that, and of what the site gives this machine alone. May be repeated. */
int settings_lay(const struct work *work, struct error *err);

/* Whether that was done in this turn, with the present role document: not when the machine lost power before it, or the
 * site was corrected while the order was halted. Then settings_again() does it, and kubelet restarts. */
bool settings_are_laid(const struct work *work);
int settings_again(const struct work *work, struct error *err);
