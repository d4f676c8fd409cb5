/* SPDX-License-Identifier: Apache-2.0
 * Supervised services. One backend today: runit, spoken to through its supervise folder (runsv(8)). */
#pragma once
#include "error.h"
#include <stdbool.h>

/* Starts the service. Returns when runsv accepted the command, not when the service is ready. 0 also when it runs
 * already. */
int service_up(const char *name, struct error *err);
int service_down(const char *name, struct error *err); /* returns when it has ended */
int service_restart(const char *name, struct error *err);
bool service_exists(const char *name);
bool service_running(const char *name);
