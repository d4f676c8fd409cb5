/* SPDX-License-Identifier: Apache-2.0
 * See cards.h. getifaddrs(3). */
#include "cards.h"
#include "netlink.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A card in a bond is not `physical` (netlink.h) and still is a card. */
static bool is_card(const struct link *link) {
    char path[64];
    snprintf(path, sizeof(path), "/sys/class/net/%s/device", link->name);
    return link->physical || access(path, F_OK) == 0;
}

static unsigned bits_of(const unsigned char *mask, size_t size) {
    unsigned bits = 0;
    for (size_t i = 0; i < size; i++)
        bits += (unsigned)__builtin_popcount(mask[i]);
    return bits;
}

/* "" for an address that other machines cannot use. */
static void print_address(const struct ifaddrs *at, char ret[static 64]) {
    char text[INET6_ADDRSTRLEN];
    const struct sockaddr_in *v4 = (const void *)at->ifa_addr, *mask4 = (const void *)at->ifa_netmask;
    const struct sockaddr_in6 *v6 = (const void *)at->ifa_addr, *mask6 = (const void *)at->ifa_netmask;
    ret[0] = '\0';
    if (!at->ifa_addr || !at->ifa_netmask)
        return;
    if (at->ifa_addr->sa_family == AF_INET && inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text)))
        snprintf(ret, 64, "%s/%u", text, bits_of((const void *)&mask4->sin_addr, 4));
    else if (at->ifa_addr->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) &&
             inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text)))
        snprintf(ret, 64, "%s/%u", text, bits_of((const void *)&mask6->sin6_addr, 16));
}

static void add_addresses(const struct ifaddrs *all, struct panel_card *card) {
    char address[64];
    for (const struct ifaddrs *at = all; at; at = at->ifa_next) {
        size_t length = strlen(card->addresses);
        if (strcmp(at->ifa_name, card->name) != 0)
            continue;
        print_address(at, address);
        if (address[0] && length + strlen(address) + 2 <= sizeof(card->addresses))
            snprintf(card->addresses + length, sizeof(card->addresses) - length, "%s%s", length ? " " : "", address);
    }
}

void cards_observe(struct panel_card ret[PANEL_CARDS], unsigned *ret_n) {
    struct link links[NETLINK_LINKS];
    struct ifaddrs *addresses = NULL;
    struct error ignored;
    size_t n_links = 0;
    *ret_n = 0;
    if (link_list(links, &n_links, &ignored) < 0 || getifaddrs(&addresses) < 0)
        return;
    for (size_t i = 0; i < n_links; i++) {
        if (!is_card(&links[i]))
            continue;
        if (*ret_n < PANEL_CARDS) {
            struct panel_card *card = &ret[*ret_n];
            snprintf(card->name, sizeof(card->name), "%s", links[i].name);
            snprintf(card->mac, sizeof(card->mac), "%s", links[i].mac);
            card->cable = links[i].carrier;
            add_addresses(addresses, card);
        }
        ++*ret_n;
    }
    freeifaddrs(addresses);
}
