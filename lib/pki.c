/* SPDX-License-Identifier: Apache-2.0
 * See pki.h. */
#include "pki.h"

#include <stdio.h>

void pki_name(const char *name, unsigned generation, char ret[PKI_NAME_SIZE]) {
    if (generation <= 1)
        snprintf(ret, PKI_NAME_SIZE, "%s", name);
    else
        snprintf(ret, PKI_NAME_SIZE, "g%u.%s", generation, name);
}
