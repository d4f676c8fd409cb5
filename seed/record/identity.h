/* SPDX-License-Identifier: Apache-2.0
 * MAC and UUID that a machine sends, in the one form in which they are compared. */
#pragma once
#include <stdbool.h>

enum { IDENTITY_MAC_SIZE = 18, IDENTITY_UUID_SIZE = 65 };

/* Writes `text` in lower case to ret_mac; false unless it is six pairs of hex digits with colons. */
bool identity_mac(const char *text, char ret_mac[IDENTITY_MAC_SIZE]);

/* Writes `text` in lower case to ret_uuid; "" for the UUID of firmware where nobody set one (one digit repeated). */
void identity_uuid(const char *text, char ret_uuid[IDENTITY_UUID_SIZE]);
