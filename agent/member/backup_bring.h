/* SPDX-License-Identifier: Apache-2.0
 * Brings the newest backup, which this master made, to the site's bucket. */
#pragma once
#include "agent.h"
#include <cjson/cJSON.h>

/* `bring` is what GET /v1/backup says. Tells the seed how it ended. */
void backup_bring(struct agent *agent, const cJSON *bring);
