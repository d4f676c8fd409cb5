/* SPDX-License-Identifier: Apache-2.0
 * See lease.h. */
#include "lease.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_address(const char *value, struct in_addr *ret) {
    if (!value[0]) {
        ret->s_addr = 0;
        return 0;
    }
    return net_address_parse(value, ret) && net_address_unicast(*ret) ? 0 : -1;
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

/* udhcpc gives an option that it does not know in hex. Printable ASCII only: it goes into URLs and logs. */
static int read_seed(const char *value, char ret[static 256]) {
    size_t length = strlen(value);
    if (length % 2 || length / 2 >= 256)
        return -1;
    for (size_t i = 0; i < length; i += 2) {
        int high = nibble(value[i]), low = nibble(value[i + 1]);
        if (high < 0 || low < 0 || !isgraph(high << 4 | low))
            return -1;
        ret[i / 2] = (char)(high << 4 | low);
    }
    ret[length / 2] = '\0';
    return length == 0 || !strncmp(ret, "http://", 7) || !strncmp(ret, "https://", 8) ? 0 : -1;
}

static int read_pair(const char *key, const char *value, struct lease *lease) {
    if (!strcmp(key, "address"))
        return value[0] ? read_address(value, &lease->address) : -1;
    if (!strcmp(key, "prefixlen"))
        return read_prefixlen(value, &lease->prefixlen);
    if (!strcmp(key, "gateway"))
        return read_address(value, &lease->gateway);
    if (!strcmp(key, "nameserver"))
        return read_address(value, &lease->nameserver);
    if (!strcmp(key, "server"))
        return read_address(value, &lease->server);
    return strcmp(key, "seed") ? -1 : read_seed(value, lease->seed);
}

int lease_parse(const char *text, struct lease *ret, struct error *err) {
    struct lease lease = {0};
    while (*text) {
        char key[16], value[520];
        size_t length = strcspn(text, "\n"), name = strcspn(text, "=\n");
        snprintf(key, sizeof(key), "%.*s", (int)name, text);
        if (name >= length || name >= sizeof(key) || length - name - 1 >= sizeof(value))
            return error_set(err, EINVAL, "DHCP lease: `%.16s`: not a short key=value line", key);
        snprintf(value, sizeof(value), "%.*s", (int)(length - name - 1), text + name + 1);
        if (read_pair(key, value, &lease) < 0)
            return error_set(err, EINVAL, "DHCP lease: %s: `%.64s` makes no sense", key, value);
        text += length + (text[length] == '\n');
    }
    if (!lease.address.s_addr || !lease.prefixlen)
        return error_set(err, EINVAL, "DHCP lease: no address, or no subnet mask");
    *ret = lease;
    return 0;
}
