/* SPDX-License-Identifier: Apache-2.0
 * Reading a DaemonSet object (apps/v1). Pure. */
#pragma once
#include <cjson/cJSON.h>
#include <stdbool.h>

/* Whether every machine that wants its pod runs the newest one, and it is available, as `kubectl rollout status` sees
 * it. */
bool daemonset_is_rolled_out(const cJSON *object);
