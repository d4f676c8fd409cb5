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

/* The 32 digits of a UUID, or of /etc/machine-id, without dashes; false: it is neither. */
static bool uuid_digits(const char *text, char ret[static 33]) {
    bool dashes = strlen(text) == 36;
    size_t n = 0;
    for (size_t i = 0; text[i]; i++) {
        if (dashes && (i == 8 || i == 13 || i == 18 || i == 23)) {
            if (text[i] != '-')
                return false;
            continue;
        }
        if (!isxdigit((unsigned char)text[i]) || n == 32)
            return false;
        ret[n++] = (char)tolower((unsigned char)text[i]);
    }
    ret[n] = '\0';
    return n == 32;
}

/* One digit, a pair or a longer pattern over and over: nobody drew it by lot. */
static bool is_pattern(const char digits[static 33]) {
    for (size_t period = 1; period <= 16; period *= 2)
        if (!memcmp(digits, digits + period, 32 - period))
            return true;
    return false;
}

/* What vendors leave in their firmware, in both orders of the first three fields (SMBIOS 3.7, 7.2.1). */
static bool is_default(const char digits[static 33]) {
    static const char *const known[] = {"03000200040005000006000700080009", "00020003000400050006000700080009",
                                        "123456781234567890abcddeefaabbcc", "785634123412785690abcddeefaabbcc",
                                        "000102030405060708090a0b0c0d0e0f", "030201000504070608090a0b0c0d0e0f",
                                        "0f0e0d0c0b0a09080706050403020100", "00000000000000000000000000000001"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (!strcmp(digits, known[i]))
            return true;
    return false;
}

void identity_uuid(const char *text, char ret_uuid[IDENTITY_UUID_SIZE]) {
    char digits[33];
    size_t n = 0;
    bool unique = uuid_digits(text, digits) && !is_pattern(digits) && !is_default(digits);
    for (; unique && n < IDENTITY_UUID_SIZE - 1 && text[n]; n++)
        ret_uuid[n] = (char)tolower((unsigned char)text[n]);
    ret_uuid[n] = '\0';
}
