/* SPDX-License-Identifier: Apache-2.0
 * Step 1: brings every wired link up at once and takes the first one over which the seed answers. The address comes by
 * DHCP, or from the kernel command line, as do bond and VLAN. After the pivot this step only looks. */
#include "decide/paths.h"
#include "rows.h"
#include "decide/lease.h"
#include "world/world.h"

#include "clock.h"
#include "log.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define BOND "bond0"
#define TABLE "/etc/seedrack/links" /* image/iso puts it into the initramfs of a medium */
#define SEED_FILE AGENT_STATE "/seed"
enum { OFFER_MS = 10000, TURN_MS = 1000 };

struct uplinks {
    const struct world *world;
    struct link list[NETLINK_LINKS];
    size_t n;
    bool heard[NETLINK_LINKS];                        /* whether list[i] got an answer */
    struct buf seen;                                  /* what happened on each link, as one line for a person */
    char remedy[sizeof(((struct error *)0)->remedy)]; /* of the first link with a remedy */
    enum code code;                                   /* of the first link with an answer */
};

int link_done(struct agent *agent, struct buf *why, struct error *err) {
    struct link links[NETLINK_LINKS];
    size_t n;
    if (agent->world->link_list(links, &n, err) < 0)
        return -1;
    if (agent->initramfs && !agent->seed.date) {
        buf_adds(why, "the seed was not reached yet");
        return 0;
    }
    bool has_role = !agent->initramfs && access(AGENT_STATE "/role.json", R_OK) == 0; /* step 8 sets the address then */
    for (size_t i = 0; i < n; i++) {
        bool held = has_role && links[i].physical && links[i].carrier;
        if (!held && links[i].physical && links[i].carrier &&
            agent->world->uplink_has_address(links[i].ifindex, &held, err) < 0)
            return -1;
        if (held)
            return 1;
    }
    buf_adds(why, "no link with carrier has an address");
    return 0;
}

static int select_links(const struct world *world, struct uplinks *uplinks, enum link_kind kind, struct error *err) {
    struct link links[NETLINK_LINKS];
    size_t n;
    if (world->link_list(links, &n, err) < 0)
        return -1;
    uplinks->n = 0;
    for (size_t i = 0; i < n; i++)
        if (links[i].physical && links[i].kind == kind)
            uplinks->list[uplinks->n++] = links[i];
    return 0;
}

static int make_bond(const struct agent *agent, struct uplinks *uplinks, struct error *err) {
    const struct network_bond *bond = &agent->cmdline.bond;
    struct link members[NETWORK_CARDS_MAX];
    size_t n = 0;
    if (if_nametoindex(BOND))
        return select_links(agent->world, uplinks, LINK_BOND, err);
    for (size_t i = 0; i < bond->n; i++) {
        size_t j = 0;
        while (j < uplinks->n && strcasecmp(uplinks->list[j].card, bond->cards[i]) != 0)
            j++;
        if (j < uplinks->n)
            members[n++] = uplinks->list[j];
        else
            log_warning("bond: no card has the MAC %s: it goes on without", bond->cards[i]);
    }
    if (n == 0) {
        error_fail(err, SR_LINK_BOND, ENODEV, "bond: no card has the MAC %s", bond->cards[0]);
        return error_remedy(err, "correct the bond on the kernel command line, which the site's /network/bond makes; "
                                 "`seed-agent facts` lists the cards");
    }
    return agent->world->uplink_bond(BOND, members, n, bond, err) < 0
               ? -1
               : select_links(agent->world, uplinks, LINK_BOND, err);
}

static int make_vlans(const struct agent *agent, struct uplinks *uplinks, struct error *err) {
    for (size_t i = 0; i < uplinks->n; i++) {
        char name[IFNAMSIZ];
        snprintf(name, sizeof(name), "%.9s.%u", uplinks->list[i].name, agent->cmdline.vlan);
        if (agent->world->uplink_vlan(name, uplinks->list[i].ifindex, agent->cmdline.vlan, err) < 0)
            return -1;
    }
    return select_links(agent->world, uplinks, LINK_VLAN, err);
}

/* What a boot medium for all machines says of this one's link. */
static int look_up(struct agent *agent, const struct uplinks *uplinks, struct error *err) {
    cleanup_buf struct buf table = BUF_INIT(1 << 18);
    struct error none;
    if (agent->cmdline.bond.n || agent->cmdline.vlan || agent->world->file_read(TABLE, &table, &none) < 0)
        return 0;
    for (size_t i = 0; i < uplinks->n; i++) {
        int found = cmdline_look_up(buf_text(&table), uplinks->list[i].card, &agent->cmdline, err);
        if (found)
            return found < 0 ? -1 : 0;
    }
    return 0;
}

/* Brings all cards up. *uplinks gets the links that may carry the machine's address. */
static int raise_links(struct agent *agent, struct uplinks *uplinks, struct error *err) {
    if (select_links(agent->world, uplinks, LINK_CARD, err) < 0 ||
        agent->world->link_up((int)if_nametoindex("lo"), err) < 0)
        return -1;
    if (uplinks->n == 0 && !if_nametoindex(BOND)) {
        error_fail(err, SR_LINK_CARD, ENODEV, "no Ethernet card");
        return error_remedy(
            err, "see whether the kernel has its driver (`dmesg`); the metal profile has every one that Debian has");
    }
    if (look_up(agent, uplinks, err) < 0)
        return -1;
    if (agent->cmdline.bond.n && make_bond(agent, uplinks, err) < 0)
        return -1;
    for (size_t i = 0; i < uplinks->n; i++)
        if (!uplinks->list[i].up && agent->world->link_up(uplinks->list[i].ifindex, err) < 0)
            return -1;
    return agent->cmdline.vlan ? make_vlans(agent, uplinks, err) : 0;
}

static int reached(struct agent *agent, const struct link *link) {
    log_info("link %s (%s) reaches the seed", link->name, link->mac);
    agent->world->dhcp_stop(&agent->lease.dhcp);
    return 1;
}

/* 1: the seed answers over this link. 0: it does not, and the link is as it was before. */
static int try_address(struct agent *agent, struct uplinks *uplinks, size_t i, const char *address, const char *gateway,
                       struct error *err) {
    const struct link *link = &uplinks->list[i];
    struct error silent;
    if (agent->world->uplink_address(link->ifindex, address, err) < 0 ||
        (gateway[0] && agent->world->uplink_gateway(link->ifindex, gateway, err) < 0))
        return -1;
    if (agent->world->probe_seed(&agent->seed, agent->cmdline.site, &silent) == 0)
        return reached(agent, link);
    buf_addf(&uplinks->seen, "%s%s: %s: %s", uplinks->seen.length ? "; " : "", link->name, address, silent.message);
    uplinks->heard[i] = true;
    if (!uplinks->code)
        uplinks->code = silent.code;
    if (!uplinks->remedy[0])
        snprintf(uplinks->remedy, sizeof(uplinks->remedy), "%s", silent.remedy);
    return agent->world->uplink_clear(link->ifindex, err);
}

static int use_nameserver(const struct world *world, const struct lease *lease, struct error *err) {
    char text[64], address[INET_ADDRSTRLEN];
    if (!lease->nameserver.s_addr)
        return 0;
    int length = snprintf(text, sizeof(text), "nameserver %s\n",
                          inet_ntop(AF_INET, &lease->nameserver, address, sizeof(address)));
    return world->file_ensure("/etc/resolv.conf", text, (size_t)length, 0644, err) < 0 ? -1 : 0;
}

static int use_discovered(struct agent *agent, const struct lease *lease, struct error *err) {
    if (agent->cmdline.seed[0] || !lease->seed[0])
        return 0;
    snprintf(agent->seed.url, sizeof(agent->seed.url), "%s", lease->seed);
    return agent->world->file_write(SEED_FILE, agent->seed.url, strlen(agent->seed.url), 0644, err);
}

static int try_lease(struct agent *agent, struct uplinks *uplinks, size_t i, struct error *err) {
    const char *name = uplinks->list[i].name;
    cleanup_buf struct buf text = BUF_INIT(LEASE_MAXIMUM);
    struct lease lease;
    char path[64], address[CMDLINE_ADDRESS_SIZE], gateway[INET_ADDRSTRLEN] = "";
    snprintf(path, sizeof(path), DHCP_LEASES "/%s", name);
    if (agent->world->file_read(path, &text, err) < 0)
        return -1;
    agent->world->dhcp_forget(name);
    if (lease_parse(buf_text(&text), &lease, err) < 0)
        return error_wrap(err, "%s", name);
    if (lease.ignored[0])
        log_warning("%s: DHCP: %s makes no sense and counts as not told", name, lease.ignored);
    inet_ntop(AF_INET, &lease.address, address, sizeof(address));
    snprintf(address + strlen(address), sizeof(address) - strlen(address), "/%u", lease.prefixlen);
    if (lease.gateway.s_addr)
        inet_ntop(AF_INET, &lease.gateway, gateway, sizeof(gateway));
    if (use_nameserver(agent->world, &lease, err) < 0 || use_discovered(agent, &lease, err) < 0)
        return -1;
    int result = try_address(agent, uplinks, i, address, gateway, err);
    if (result < 0 || agent->world->rogue_dhcp_of_lease(&agent->lease, &uplinks->list[i], &lease, err) == 0)
        return result;
    struct error ignored;
    agent->world->uplink_clear(uplinks->list[i].ifindex, &ignored);
    agent->seed.date = 0; /* not reached: link_done() */
    return -1;
}

static bool any_lease(const void *context) {
    const struct uplinks *uplinks = context;
    for (size_t i = 0; i < uplinks->n; i++)
        if (uplinks->world->dhcp_has_lease(uplinks->list[i].name))
            return true;
    return false;
}

static void tell_waiting(struct agent *agent, const struct uplinks *uplinks, const char *what) {
    cleanup_buf struct buf names = BUF_INIT(1024);
    for (size_t i = 0; i < uplinks->n; i++)
        buf_addf(&names, "%s%s", i ? ", " : "", uplinks->list[i].name);
    events_say(agent, "link", "waiting", 0, 0, "%s on %s", what, buf_text(&names));
}

static int by_dhcp(struct agent *agent, struct uplinks *uplinks, struct error *err) {
    int64_t deadline = clock_boottime_ms() + OFFER_MS, left;
    tell_waiting(agent, uplinks, "for a DHCP lease");
    if (agent->world->offers_listen(&agent->lease.offers, err) < 0)
        return -1;
    for (size_t i = 0; i < uplinks->n; i++)
        if (agent->world->dhcp_start(&agent->lease.dhcp, uplinks->list[i].name, err) < 0)
            return -1;
    while ((left = deadline - clock_boottime_ms()) > 0) {
        struct error none;
        if (agent->world->await_in(DHCP_LEASES, any_lease, uplinks, (unsigned)((left + 999) / 1000), &none) < 0)
            break;
        for (size_t i = 0; i < uplinks->n; i++) {
            int result = agent->world->dhcp_has_lease(uplinks->list[i].name) ? try_lease(agent, uplinks, i, err) : 0;
            if (result != 0)
                return result;
        }
        /* all answers so far were useless: wait a shorter time for the other links, then try again */
        if (uplinks->seen.length)
            deadline = clock_boottime_ms() + TURN_MS < deadline ? clock_boottime_ms() + TURN_MS : deadline;
    }
    for (size_t i = 0; i < uplinks->n; i++)
        if (!uplinks->heard[i])
            buf_addf(&uplinks->seen, "%s%s (%s): %s", uplinks->seen.length ? "; " : "", uplinks->list[i].name,
                     uplinks->list[i].mac, uplinks->list[i].carrier ? "no DHCP answer" : "no cable");
    return 0;
}

static int by_hand(struct agent *agent, struct uplinks *uplinks, struct error *err) {
    tell_waiting(agent, uplinks, agent->cmdline.address);
    for (size_t i = 0; i < uplinks->n; i++) {
        bool wanted = uplinks->n == 1 || agent->cmdline.bond.n || !agent->seed.mac[0] ||
                      !strcasecmp(agent->seed.mac, uplinks->list[i].mac);
        int result = wanted ? try_address(agent, uplinks, i, agent->cmdline.address, agent->cmdline.gateway, err) : 0;
        if (result != 0)
            return result;
    }
    return 0;
}

/* IPv6: a router announces the prefix, and the kernel makes the address from it (RFC 4862). */
static int by_router(struct agent *agent, struct uplinks *uplinks, struct error *err) {
    struct error silent;
    int ifindex;
    tell_waiting(agent, uplinks, "for an IPv6 router's announcement");
    if (agent->world->uplink_await_ipv6(OFFER_MS, &ifindex, err) < 0)
        return -1;
    if (!ifindex) {
        buf_adds(&uplinks->seen, "no IPv6 address of global scope came");
        uplinks->code = SR_LINK_ROUTER;
        return 0;
    }
    size_t i = 0;
    while (i + 1 < uplinks->n && uplinks->list[i].ifindex != ifindex)
        i++;
    if (agent->world->probe_seed(&agent->seed, agent->cmdline.site, &silent) == 0)
        return reached(agent, &uplinks->list[i]);
    buf_addf(&uplinks->seen, "%s: %s", uplinks->list[i].name, silent.message);
    snprintf(uplinks->remedy, sizeof(uplinks->remedy), "%s", silent.remedy);
    uplinks->code = silent.code;
    return 0;
}

static enum code silence(const struct uplinks *uplinks) {
    for (size_t i = 0; i < uplinks->n; i++)
        if (uplinks->list[i].carrier)
            return SR_DHCP_NONE;
    return SR_LINK_CABLE;
}

/* The step's error when no link works. Carriers are looked at again here, because autonegotiation takes seconds. */
static int no_way(struct agent *agent, struct uplinks *uplinks, struct error *err) {
    error_fail(err, uplinks->code ? uplinks->code : silence(uplinks), EHOSTUNREACH, "no way to the seed%s%s: %s",
               agent->seed.url[0] ? " " : "", agent->seed.url, buf_text(&uplinks->seen));
    return error_remedy(err, "%s",
                        uplinks->remedy[0]
                            ? uplinks->remedy
                            : "check cable, switch port and VLAN, and that the DHCP server knows this MAC");
}

int link_run(struct agent *agent, struct error *err) {
    struct uplinks uplinks = {.world = agent->world, .seen = BUF_INIT(1024)};
    if (!agent->initramfs) {
        error_fail(err, SR_LINK_CABLE, ENETDOWN, "no link with carrier has an address");
        return error_remedy(err, "plug the cable in; a machine whose card or lease was lost is powered off and on");
    }
    int result = raise_links(agent, &uplinks, err);
    if (result == 0 && agent->cmdline.address[0])
        result = by_hand(agent, &uplinks, err);
    else if (result == 0 && !strncmp(agent->seed.url, "http", 4) && strchr(agent->seed.url, '['))
        result = by_router(agent, &uplinks, err);
    else if (result == 0)
        result = by_dhcp(agent, &uplinks, err);
    if (result == 0)
        result = no_way(agent, &uplinks, err);
    buf_free(&uplinks.seen);
    struct error no_disk = {0};
    if (result < 0 && err->errnum != ENOTUNIQ && agent->cmdline.slot &&
        agent->world->data_recall(agent, &no_disk) == 0) {
        log_warning("%s", err->message);
        events_say(agent, "link", "running", 0, 0, "no seed; going on with what the disk holds");
        agent->seed.away = true;
        return 0;
    }
    if (no_disk.message[0])
        log_warning("%s", no_disk.message);
    if (result < 0 && agent->cmdline.offline && agent->world->usb_mount(&(struct error){0}) == 0) {
        log_warning("%s; going on with the role document of the USB medium", err->message);
        agent->seed.away = true;
        return 0;
    }
    return result < 0 ? -1 : 0;
}
