/* SPDX-License-Identifier: Apache-2.0
 * Sees to it that the cluster has the rights with which the agents of the masters act (decide/rights.h). */
#pragma once
#include "http.h"
#include "role.h"

/* Writes them where they are missing or of an older agent, once in a process. `admin` may do everything. A failure is
 * only logged: the call that needs them says what it lacks. */
void rights_ensure(const struct role *role, const struct http_options *admin);

/* The call `what` was refused: somebody may have removed them. The next call looks, and writes what is missing. */
void rights_refused(const char *what);
void rights_granted(void); /* a call was not */
