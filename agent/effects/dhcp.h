/* SPDX-License-Identifier: Apache-2.0
 * DHCP clients (busybox udhcpc), one for each link. Each writes its lease to a file (initramfs/lease). The caller
 * decides which lease is used. */
#pragma once
#include "error.h"
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define DHCP_LEASES "/run/seedrack/leases"
enum { DHCP_LINKS = 64 };

struct dhcp {
    struct {
        char link[IFNAMSIZ];
        pid_t pid;
    } clients[DHCP_LINKS];
    size_t n;
};

/* A client for `link`, unless one runs. It asks once a second for ever and ends with a lease. */
int dhcp_start(struct dhcp *dhcp, const char *link, struct error *err);
/* Whether the link's client got a lease. */
bool dhcp_has_lease(const char *link);
/* Forgets the lease, so that dhcp_start() gets another. */
void dhcp_forget(const char *link);
void dhcp_stop(struct dhcp *dhcp);
