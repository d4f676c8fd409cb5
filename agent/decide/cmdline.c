/* SPDX-License-Identifier: Apache-2.0
 * See cmdline.h. */
#include "cmdline.h"

#include "check.h"
#include "json.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char prefix[] = "seedrack.";

static int copy(const char *value, char *ret, size_t size, struct error *err) {
    if (!value[0])
        return error_set(err, -1, "empty");
    if (strlen(value) >= size)
        return error_set(err, -1, "longer than %zu bytes", size - 1);
    memcpy(ret, value, strlen(value) + 1);
    return 0;
}

static int read_seed(const char *value, struct cmdline *ret, struct error *err) {
    if (strncmp(value, "http://", 7) != 0 || !value[7] || value[7] == '/') {
        error_set(err, -1, "not an http:// URL (with seedrack.ca the agent finds the seed's TLS port by itself)");
        return error_remedy(err, "boot with seedrack.seed=http://ADDRESS:8080");
    }
    for (const char *c = value; *c; c++)
        if (*c < 0x21 || *c > 0x7e)
            return error_set(err, -1, "not printable ASCII");
    if (copy(value, ret->seed, sizeof(ret->seed), err) < 0)
        return -1;
    for (size_t end = strlen(ret->seed); ret->seed[end - 1] == '/'; end--)
        ret->seed[end - 1] = '\0';
    return 0;
}

static int read_site(const char *value, struct cmdline *ret, struct error *err) {
    return net_label_valid(value) ? copy(value, ret->site, sizeof(ret->site), err)
                                  : error_set(err, -1, "not the name of a site");
}

static int read_ca(const char *value, struct cmdline *ret, struct error *err) {
    const char *expected = check_pin(value);
    return expected ? error_set(err, -1, "not %s", expected) : copy(value, ret->ca, sizeof(ret->ca), err);
}

static int read_mac(const char *value, struct cmdline *ret, struct error *err) {
    return net_mac_parse(value, ret->mac) ? 0 : error_set(err, -1, "not a MAC address such as 52:54:00:84:00:11");
}

static int read_bond(const char *value, struct cmdline *ret, struct error *err) {
    char mac[NET_MAC_SIZE];
    ret->bond.n = 0;
    for (const char *at = value;; at += strcspn(at, ",") + 1) {
        snprintf(mac, sizeof(mac), "%.*s", (int)strcspn(at, ","), at);
        if (ret->bond.n == NETWORK_CARDS_MAX || strcspn(at, ",") != NET_MAC_SIZE - 1 ||
            !net_mac_parse(mac, ret->bond.cards[ret->bond.n]))
            return error_set(err, -1, "not at most %d MAC addresses with commas between them", NETWORK_CARDS_MAX);
        ret->bond.n++;
        if (!strchr(at, ','))
            return 0;
    }
}

/* The index of the word, which ends at a comma, in `names`; -1: it is none of them. */
static int choice_of(const char *at, const char *const *names) {
    for (int i = 0; names[i]; i++)
        if (strlen(names[i]) == strcspn(at, ",") && !strncmp(at, names[i], strlen(names[i])))
            return i;
    return -1;
}

static int read_bond_mode(const char *value, struct cmdline *ret, struct error *err) {
    for (const char *at = value;; at += strcspn(at, ",") + 1) {
        int mode = choice_of(at, bond_mode_names), rate = choice_of(at, bond_rate_names),
            policy = choice_of(at, bond_policy_names);
        if (mode >= 0)
            ret->bond.mode = (enum bond_mode)mode;
        else if (rate >= 0)
            ret->bond.fast = rate == 1;
        else if (policy >= 0)
            ret->bond.policy = (enum bond_policy)policy;
        else
            return error_set(err, -1, "not a mode of a bond such as 802.3ad,fast,layer3+4");
        if (!strchr(at, ','))
            return 0;
    }
}

/* 1 to `most`; 0: it is no such number. */
static unsigned number_of(const char *value, unsigned most) {
    char *end;
    unsigned long number = strtoul(value, &end, 10);
    return value[0] < '0' || value[0] > '9' || *end || number > most ? 0 : (unsigned)number;
}

static int read_vlan(const char *value, struct cmdline *ret, struct error *err) {
    unsigned id = number_of(value, NETWORK_VLAN_MAX);
    if (!id)
        return error_set(err, -1, "not a VLAN id from 1 to %d", NETWORK_VLAN_MAX);
    ret->vlan = (uint16_t)id;
    return 0;
}

static int read_generation(const char *value, struct cmdline *ret, struct error *err) {
    unsigned generation = number_of(value, PKI_GENERATION_MAX);
    if (!generation)
        return error_set(err, -1, "not a generation of certificates from 1 to %d", PKI_GENERATION_MAX);
    ret->generation = generation;
    return 0;
}

/* "ADDRESS", or "ADDRESS/PREFIX" where the prefix length belongs to it; IPv4 or IPv6. */
static bool address_valid(const char *value, bool with_prefix) {
    char host[CMDLINE_ADDRESS_SIZE];
    unsigned char binary[16];
    size_t length = strcspn(value, "/");
    if (length >= sizeof(host) || (value[length] == '/') != with_prefix)
        return false;
    snprintf(host, sizeof(host), "%.*s", (int)length, value);
    bool v6 = strchr(host, ':');
    if (inet_pton(v6 ? AF_INET6 : AF_INET, host, binary) != 1)
        return false;
    const char *digits = value + length + 1;
    return !with_prefix || (digits[0] && strlen(digits) <= 3 && strspn(digits, "0123456789") == strlen(digits) &&
                            strtoul(digits, NULL, 10) <= (v6 ? 128UL : 32UL));
}

static int read_address(const char *value, struct cmdline *ret, struct error *err) {
    return address_valid(value, true)
               ? copy(value, ret->address, sizeof(ret->address), err)
               : error_set(err, -1, "not an address with its prefix length, such as 172.22.132.11/24");
}

static int read_gateway(const char *value, struct cmdline *ret, struct error *err) {
    return address_valid(value, false) ? copy(value, ret->gateway, sizeof(ret->gateway), err)
                                       : error_set(err, -1, "not an address");
}

static int read_slot(const char *value, struct cmdline *ret, struct error *err) {
    if ((value[0] != 'a' && value[0] != 'b') || value[1])
        return error_set(err, -1, "neither a nor b");
    ret->slot = value[0];
    return 0;
}

static int read_flag(const char *value, bool *ret, struct error *err) {
    *ret = true;
    return value[0] ? error_set(err, -1, "takes no value") : 0;
}
static int read_offline(const char *value, struct cmdline *ret, struct error *err) {
    return read_flag(value, &ret->offline, err);
}
static int read_shell(const char *value, struct cmdline *ret, struct error *err) {
    return read_flag(value, &ret->shell, err);
}

static const struct key {
    const char *name;
    int (*read)(const char *value, struct cmdline *ret, struct error *err);
} keys[] = {
    {"seed", read_seed},           {"site", read_site},       {"ca", read_ca},     {"mac", read_mac},
    {"address", read_address},     {"gateway", read_gateway}, {"vlan", read_vlan}, {"bond", read_bond},
    {"offline", read_offline},     {"shell", read_shell},     {"slot", read_slot}, {"generation", read_generation},
    {"bond_mode", read_bond_mode},
};
enum { N_KEYS = sizeof(keys) / sizeof(keys[0]) };

const char *cmdline_word(size_t i) {
    return i < N_KEYS ? keys[i].name : NULL;
}

static int read_word(const char *word, struct cmdline *boot, struct error *err) {
    char name[32];
    const char *names[N_KEYS + 1] = {NULL};
    size_t length = strcspn(word, "=");
    snprintf(name, sizeof(name), "%.*s", (int)length, word);
    for (size_t i = 0; i < N_KEYS; i++) {
        names[i] = keys[i].name;
        if (!strcmp(name, keys[i].name))
            return keys[i].read(word + length + (word[length] == '='), boot, err) < 0
                       ? error_wrap(err, "%s%s", prefix, name)
                       : 0;
    }
    const char *near = json_nearest(name, names);
    error_set(err, -1, "%s%s: no such key", prefix, name);
    return near ? error_remedy(err, "did you mean %s%s?", prefix, near)
                : error_remedy(err, "docs/boot.md lists the keys");
}

int cmdline_parse(const char *cmdline, struct cmdline *ret, struct error *err) {
    struct cmdline boot = {0};
    char word[512];
    for (const char *at = cmdline; *at;) {
        at += strspn(at, " \t\n");
        size_t length = strcspn(at, " \t\n");
        if (length > strlen(prefix) && !strncmp(at, prefix, strlen(prefix))) {
            if (length - strlen(prefix) >= sizeof(word))
                return error_set(err, -1, "kernel command line: %.24s…: longer than %zu bytes", at, sizeof(word) - 1);
            snprintf(word, sizeof(word), "%.*s", (int)(length - strlen(prefix)), at + strlen(prefix));
            if (read_word(word, &boot, err) < 0)
                return error_wrap(err, "kernel command line");
        }
        at += length;
    }
    *ret = boot;
    return 0;
}

int cmdline_look_up(const char *table, const char *mac, struct cmdline *boot, struct error *err) {
    for (const char *line = table; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        char words[512], own[NET_MAC_SIZE];
        struct cmdline found;
        snprintf(words, sizeof(words), "%.*s", (int)strcspn(line, "\n"), line);
        snprintf(own, sizeof(own), "%.*s", (int)strcspn(words, " "), words);
        if (strcasecmp(own, mac) != 0)
            continue;
        if (cmdline_parse(words, &found, err) < 0)
            return error_wrap(err, "the boot medium's table, %s", mac);
        boot->bond = found.bond;
        boot->vlan = found.vlan;
        return 1;
    }
    return 0;
}
