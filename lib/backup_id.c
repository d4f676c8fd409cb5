/* SPDX-License-Identifier: Apache-2.0
 * See backup_id.h. */
#include "backup_id.h"
#include "net.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { STAMP = 16 /* "20261130T125800Z" */ };

void backup_name(int64_t at_ms, const char *hostname, char ret[static BACKUP_NAME_SIZE]) {
    time_t at = (time_t)(at_ms / 1000);
    struct tm utc;
    char stamp[STAMP + 1];
    if (!gmtime_r(&at, &utc) || strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc) != STAMP)
        snprintf(stamp, sizeof(stamp), "19700101T000000Z");
    snprintf(ret, BACKUP_NAME_SIZE, "%s-%.63s", stamp, hostname);
}

bool backup_name_valid(const char *name) {
    static const char shape[] = "dddddddd"
                                "T"
                                "dddddd"
                                "Z-";
    if (strnlen(name, BACKUP_NAME_SIZE) < sizeof(shape) || strlen(name) >= BACKUP_NAME_SIZE)
        return false;
    for (size_t i = 0; i + 1 < sizeof(shape); i++)
        if (shape[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != shape[i])
            return false;
    return net_label_valid(name + STAMP + 1);
}

void backup_text(const char *name, const char *sha256, int64_t revision, char ret[static BACKUP_TEXT_SIZE]) {
    snprintf(ret, BACKUP_TEXT_SIZE, "seedrack backup\n%.95s\n%.64s\n%lld\n", name, sha256, (long long)revision);
}

void restore_order_text(const char *hostname, const char *sha256, const struct record_id *id,
                        char ret[static BACKUP_TEXT_SIZE]) {
    snprintf(ret, BACKUP_TEXT_SIZE, "seedrack restore\n%.63s\n%.64s\n%llu\n%llu\n%.71s\n", hostname, sha256,
             (unsigned long long)id->epoch, (unsigned long long)id->token, id->ca_hash);
}

void restore_key_text(const char *hostname, const char *recipient, char ret[static BACKUP_TEXT_SIZE]) {
    snprintf(ret, BACKUP_TEXT_SIZE, "seedrack restore key\n%.63s\n%.63s\n", hostname, recipient);
}
