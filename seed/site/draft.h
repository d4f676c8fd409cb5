/* SPDX-License-Identifier: Apache-2.0
 * The first site document of a new site, made of what is known and of what was found out. Pure. `seedctl new` writes
 * it (docs/site.md, A first document). */
#pragma once
#include "buf.h"
#include "error.h"
#include "net.h"
#include "site.h"

enum {
    DRAFT_TAKEN_MAX = 64,         /* addresses that a machine cannot have */
    DRAFT_DOCUMENT_MAX = 1 << 18, /* SITE_NODES_MAX machines fit */
    DRAFT_LEFT_MAX = 4096         /* of draft_left() */
};

/* The caller checks all texts (check.h). An address of zero is none. */
struct draft {
    const char *name, *release;
    bool release_assumed;        /* nobody named it, and none was found */
    const char *seed, *seed_ca;  /* the seed's URL; the pin of the authority, or NULL */
    struct in_addr seed_address; /* zero: the URL has a name */
    unsigned generation;         /* of the certificates; 1 without an authority */
    struct cidr segment;         /* the address of the link to the machines, with its prefix length */
    struct in_addr gateway;
    struct in_addr nameservers[ROLE_NAMESERVERS_MAX], taken[DRAFT_TAKEN_MAX];
    size_t n_nameservers, n_taken; /* taken: this machine's own addresses */
    struct in_addr vip, first;     /* first: of the first machine; zero: the one after the VIP */
    struct cidr pod_subnet, service_subnet;
    unsigned masters, workers;
    const char (*macs)[NET_MAC_SIZE]; /* of the machines in their order, masters first; the rest is left to do */
    size_t n_macs;
};

/* Appends the document. -1: what contradicts itself, with what to change; *ret has nothing then. A document whose MACs
 * are all known is one that site_parse() accepts. In the place of a MAC that is not known it has a text that names the
 * machine, which site_parse() refuses. */
int draft_render(const struct draft *draft, struct buf *ret, struct error *err);

/* What is left to the operator: at most six lines, each `POINTER: cause; remedy`. */
void draft_left(const struct draft *draft, struct buf *ret);
