/* SPDX-License-Identifier: Apache-2.0
 * MAC and UUID that a machine sends, in the one form in which they are compared. */
#pragma once
#include <stdbool.h>

enum { IDENTITY_MAC_SIZE = 18, IDENTITY_UUID_SIZE = 65 };

/* Writes `text` in lower case to ret_mac; false unless it is six pairs of hex digits with colons. */
bool identity_mac(const char *text, char ret_mac[IDENTITY_MAC_SIZE]);

/* Writes `text` in lower case to ret_uuid; "" where it says nothing about which machine it is: it is no UUID (32 hex
 * digits, dashes between them or not), a pattern over and over, or one that vendors leave in their firmware. */
void identity_uuid(const char *text, char ret_uuid[IDENTITY_UUID_SIZE]);
