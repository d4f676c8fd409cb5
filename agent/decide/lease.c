/* SPDX-License-Identifier: Apache-2.0
 * See lease.h. */
#include "lease.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_address(const char *value, struct in_addr *ret) {
    struct in_addr in = {0};
    if (value[0] && !(net_address_parse(value, &in) && net_address_unicast(in)))
        return -1;
    *ret = in;
    return 0;
}

static int read_prefixlen(const char *value, uint8_t *ret) {
    char *end;
    unsigned long number = strtoul(value, &end, 10);
    if (!isdigit((unsigned char)value[0]) || *end || number < 1 || number > 32)
        return -1;
    *ret = (uint8_t)number;
    return 0;
}

static int nibble(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool lease_seed(const void *bytes, size_t length, char ret[static LEASE_SEED_SIZE]) {
    const char *text = bytes;
    while (length > 0 && (text[length - 1] == '\0' || text[length - 1] == '/'))
        length--;
    if (length >= LEASE_SEED_SIZE || length <= strlen("http://") || strncmp(text, "http://", 7) != 0)
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x21 || text[i] > 0x7e)
            return false;
    memcpy(ret, text, length);
    ret[length] = '\0';
    return true;
}

/* udhcpc gives an option that it does not know in hex. */
static int read_seed(const char *value, char ret[static LEASE_SEED_SIZE]) {
    char bytes[2 * LEASE_SEED_SIZE];
    size_t length = strlen(value);
    if (length % 2 || length / 2 > sizeof(bytes))
        return -1;
    for (size_t i = 0; i < length; i += 2) {
        int high = nibble(value[i]), low = nibble(value[i + 1]);
        if (high < 0 || low < 0)
            return -1;
        bytes[i / 2] = (char)(high << 4 | low);
    }
    return length == 0 || lease_seed(bytes, length / 2, ret) ? 0 : -1;
}

/* RFC 791, 3.2: what an address without a mask belongs to. */
static uint8_t class_prefixlen(struct in_addr address) {
    uint32_t first = ntohl(address.s_addr) >> 24;
    return first < 128 ? 8 : first < 192 ? 16 : 24;
}

static int read_pair(const char *key, const char *value, struct lease *lease) {
    if (!strcmp(key, "address"))
        return value[0] ? read_address(value, &lease->address) : -1;
    if (!strcmp(key, "prefixlen"))
        return value[0] ? read_prefixlen(value, &lease->prefixlen) : 0;
    if (!strcmp(key, "gateway"))
        return read_address(value, &lease->gateway);
    if (!strcmp(key, "nameserver"))
        return read_address(value, &lease->nameserver);
    if (!strcmp(key, "server"))
        return read_address(value, &lease->server);
    return read_seed(value, lease->seed);
}

static bool is_key(const char *key) {
    static const char *const keys[] = {"address", "prefixlen", "gateway", "nameserver", "server", "seed", NULL};
    const char *const *known = keys;
    while (*known && strcmp(*known, key) != 0)
        known++;
    return *known != NULL;
}

int lease_parse(const char *text, struct lease *ret, struct error *err) {
    struct lease lease = {0};
    while (*text) {
        char key[16], value[520];
        size_t length = strcspn(text, "\n"), name = strcspn(text, "=\n");
        snprintf(key, sizeof(key), "%.*s", (int)name, text);
        if (name >= length || !is_key(key) || length - name - 1 >= sizeof(value))
            return error_set(err, EINVAL, "DHCP lease: `%.16s`: not a short key=value line of a known key", key);
        snprintf(value, sizeof(value), "%.*s", (int)(length - name - 1), text + name + 1);
        if (read_pair(key, value, &lease) < 0) {
            if (!strcmp(key, "address"))
                return error_set(err, EINVAL, "DHCP lease: %s: `%.64s` makes no sense", key, value);
            snprintf(lease.ignored, sizeof(lease.ignored), "%s `%.64s`", key, value);
        }
        text += length + (text[length] == '\n');
    }
    if (!lease.address.s_addr)
        return error_set(err, EINVAL, "DHCP lease: no address");
    if (!lease.prefixlen)
        lease.prefixlen = class_prefixlen(lease.address);
    *ret = lease;
    return 0;
}
