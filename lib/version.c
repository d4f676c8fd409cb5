/* SPDX-License-Identifier: Apache-2.0
 * The version of the programs. The Makefile includes build/version.h before this file. */
#include "version.h"

#ifndef SEEDRACK_VERSION /* cppcheck and editors read the file without it */
#define SEEDRACK_VERSION "unknown"
#define SEEDRACK_RELEASED 0
#endif

const char *version_text(void) {
    return SEEDRACK_VERSION;
}

int64_t version_released(void) {
    return SEEDRACK_RELEASED;
}
