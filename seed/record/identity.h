/* SPDX-License-Identifier: Apache-2.0
 * What a machine says of itself, in the one form in which it is compared. */
#pragma once
#include <stdbool.h>

enum { IDENTITY_MAC_SIZE = 18, IDENTITY_UUID_SIZE = 65 };

/* Lower-cases; false unless it is six colon-separated pairs of hex digits. */
bool identity_mac(const char *text, char ret_mac[IDENTITY_MAC_SIZE]);

/* Lower-cases; "" for what firmware writes when nobody set a UUID (one digit repeated). */
void identity_uuid(const char *text, char ret_uuid[IDENTITY_UUID_SIZE]);
