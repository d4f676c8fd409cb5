/* SPDX-License-Identifier: Apache-2.0
 * Reads what the boot loader put on the kernel command line (docs/boot.md). Pure. */
#pragma once
#include "error.h"
#include "network.h"
#include "pki.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CMDLINE_ADDRESS_SIZE = 64 };

struct cmdline {
    char seed[256];        /* seedrack.seed=http://172.22.132.1:8080, no trailing slash; "": DHCP option 224 tells it */
    char site[64];         /* seedrack.site=NAME: the only site that this medium is for; "": any */
    char ca[PKI_PIN_SIZE]; /* seedrack.ca=sha256:HEX: the site's authority; then the seed is spoken to by TLS alone; "":
                              plain HTTP */
    unsigned
        generation; /* seedrack.generation=N: the lowest of the seed's certificate that counts (lib/pki.h); 0: any */
    char mac[NET_MAC_SIZE];             /* seedrack.mac=MAC: the card that booted; "": any card of this machine */
    char address[CMDLINE_ADDRESS_SIZE]; /* seedrack.address=172.22.132.11/24 or fd00::11/64; "": DHCP */
    char gateway[CMDLINE_ADDRESS_SIZE]; /* seedrack.gateway=ADDRESS */
    uint16_t vlan;                      /* seedrack.vlan=1..4094 (IEEE 802.1Q); 0: untagged */
    struct network_bond bond; /* seedrack.bond=MAC,MAC: a bond of these cards; seedrack.bond_mode=802.3ad,fast,layer2:
                                 its mode (else active-backup), LACP's rate and the policy */
    bool offline;             /* seedrack.offline: layers and role lie on the medium */
    bool shell;               /* seedrack.shell: the site allows a shell on the console */
    char slot; /* seedrack.slot=a or b: the slot of its own disk that it booted from (agent/decide/slots.h); '\0': from
                  elsewhere */
};

/* The i-th key, without the prefix `seedrack.`; NULL: there are no more. */
const char *cmdline_word(size_t i);

/* Reads words of the kernel command line (kernel-parameters.txt); the last of a key wins. An unknown `seedrack.` key is
 * an error that names the nearest known one; other keys are the kernel's. */
int cmdline_parse(const char *cmdline, struct cmdline *ret, struct error *err);

/* A medium for all machines of a site says bond and VLAN of each in a table, `MAC WORDS` on a line (seedctl cmdline
 * --table). Takes those of the card `mac`. 1; 0: it has no line; -1: the line makes no sense. */
int cmdline_look_up(const char *table, const char *mac, struct cmdline *boot, struct error *err);
