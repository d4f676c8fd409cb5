/* SPDX-License-Identifier: Apache-2.0
 * containerd looks for a registry's settings in one folder alone, CERTS_D/HOST, which is in RAM. Ours lie on the data
 * partition; a link leads there. What a person put in its place stays. */
#pragma once
#include "error.h"
#include <stdbool.h>

/* Whether containerd finds something for the registry, ours or a person's. */
bool registry_link_is_there(const char *host);
int registry_link_make(const char *host, const char *folder, struct error *err); /* something there: success */
/* Only the link to that folder. */
int registry_link_remove(const char *host, const char *folder, struct error *err);
