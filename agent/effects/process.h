/* SPDX-License-Identifier: Apache-2.0
 * The control plane's processes on a master: static pods of kubelet, found by their names and by the port on which they
 * listen. */
#pragma once
#include "error.h"
#include <stdbool.h>

/* Masters: ends the local API server; kubelet starts it again within seconds. HAProxy leads to another one meanwhile.
 */
int process_restart_api_server(struct error *err);

/* Masters: these end the local etcd and the local API server, and return when they have ended. 0 also when none runs.
 * kubelet starts them again. */
int process_stop_etcd(struct error *err);
int process_stop_api_server(int grace_ms, struct error *err); /* then it is killed */

/* Masters: ends the local controller manager and the local scheduler, and returns when both have ended. */
int process_stop_controllers(struct error *err);
bool process_controllers_run(void); /* both listen */

/* Masters: whether the local etcd runs with `argument`; ESRCH when none runs. */
int process_etcd_has_argument(const char *argument, bool *ret, struct error *err);
