/* SPDX-License-Identifier: Apache-2.0
 * See identity.h. */
#include "identity.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

bool identity_mac(const char *text, char ret_mac[IDENTITY_MAC_SIZE]) {
    if (strlen(text) != IDENTITY_MAC_SIZE - 1)
        return false;
    for (int i = 0; i < IDENTITY_MAC_SIZE - 1; i++) {
        if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
            return false;
        ret_mac[i] = (char)tolower((unsigned char)text[i]);
    }
    ret_mac[IDENTITY_MAC_SIZE - 1] = '\0';
    return true;
}

void identity_uuid(const char *text, char ret_uuid[IDENTITY_UUID_SIZE]) {
    size_t n = 0;
    bool varied = false;
    for (; n < IDENTITY_UUID_SIZE - 1 && text[n]; n++) {
        ret_uuid[n] = (char)tolower((unsigned char)text[n]);
        varied = varied || (ret_uuid[n] != '-' && ret_uuid[n] != ret_uuid[0]);
    }
    ret_uuid[varied ? n : 0] = '\0';
}
