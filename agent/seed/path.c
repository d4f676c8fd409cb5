/* SPDX-License-Identifier: Apache-2.0
 * See path.h. */
#include "path.h"
#include "agent.h"
#include "effects/echo.h"
#include "decide/mtu.h"

#include "clock.h"
#include "log.h"
#include <arpa/inet.h>
#include <errno.h>

enum {
    FIRST_MS = 50,
    LEAST_MS = 50,
    MOST_MS = 200,
    TRIES = 3,
    SEARCH_MS = 1300 /* the last two sizes may take longer */
};

/* The link that has the local address of the route to the seed. */
static int find_link(struct in_addr local, struct link *ret, struct error *err) {
    struct address addresses[NETLINK_ADDRESSES];
    struct link links[NETLINK_LINKS];
    const struct prefix at = net_prefix_of(local, 32);
    size_t n_addresses, n_links;
    if (address_list(addresses, &n_addresses, err) < 0 || link_list(links, &n_links, err) < 0)
        return -1;
    for (size_t i = 0; i < n_addresses; i++)
        for (size_t j = 0; j < n_links; j++)
            if (net_prefix_same_address(&addresses[i].at, &at) && addresses[i].ifindex == links[j].ifindex) {
                *ret = links[j];
                return 0;
            }
    return error_set(err, ENODEV, "no Ethernet link has the address that leads to the seed");
}

/* A multiple of the round trip of a small packet: the seed may be far away, or busy. */
static int patience_ms(const struct echo *echo, const struct mtu *mtu) {
    int wanted = 4 * echo->rtt_ms;
    return !mtu->passed ? FIRST_MS : wanted < LEAST_MS ? LEAST_MS : wanted > MOST_MS ? MOST_MS : wanted;
}

static int probe_path(struct echo *echo, const struct link *link, struct mtu *mtu, struct error *err) {
    int64_t started = clock_boottime_ms();
    unsigned size;
    mtu_start(mtu, link->mtu < ECHO_MAXIMUM ? link->mtu : ECHO_MAXIMUM);
    while ((size = mtu_next(mtu, clock_boottime_ms() - started > SEARCH_MS))) {
        enum mtu_answer answer;
        if (echo_ask(echo, size, patience_ms(echo, mtu), TRIES, &answer, err) < 0)
            return -1;
        mtu_take(mtu, size, answer);
    }
    return 0;
}

static int look(const char *seed_address, struct link *ret_link, struct mtu *ret_mtu, struct error *err) {
    struct in_addr seed;
    struct echo echo;
    if (inet_pton(AF_INET, seed_address, &seed) != 1) {
        ret_mtu->verdict = MTU_SILENT;
        return 0;
    }
    if (echo_open(seed, &echo, err) < 0)
        return -1;
    int result = find_link(echo.local, ret_link, err) < 0 || probe_path(&echo, ret_link, ret_mtu, err) < 0 ? -1 : 0;
    echo_close(&echo);
    return result;
}

int path_carries(const struct seed_client *seed, struct error *err) {
    struct link link = {0};
    struct mtu mtu = {0};
    if (look(seed->address, &link, &mtu, err) < 0)
        return -1;
    if (mtu.verdict != MTU_NARROW)
        return 0;
    mtu_describe(&mtu, link.name, seed->address, err);
    return -1;
}

void path_report(struct agent *agent) {
    struct link link = {0};
    struct mtu mtu = {0};
    struct error err = {0};
    if (look(agent->seed.address, &link, &mtu, &err) < 0) {
        log_warning("MTU of the path to the seed: %s", err.message);
    } else if (mtu.verdict == MTU_NARROW) {
        mtu_describe(&mtu, link.name, agent->seed.address, &err);
        log_warning("%s; %s [%s]", err.message, err.remedy, code_name(err.code));
        events_problem(agent, &(struct event){.step = "role", .state = "running"}, &err, false);
    } else if (mtu.verdict != MTU_WHOLE && link.ifindex) {
        log_info("MTU of the path to the seed: %s", mtu.verdict == MTU_SILENT
                                                        ? "the seed answers no ICMP echo"
                                                        : "smaller than the link's, and the path says so");
    }
}
