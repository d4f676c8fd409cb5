/* SPDX-License-Identifier: Apache-2.0
 * See clock_offset.h. The start has set the clock by the seed's `Date` (steps/clock.c), and chrony keeps it; a seed
 * whose own clock was set, or time servers that differ from it, bring them apart. */
#include "bootstrap/clock_offset.h"
#include "agent.h"
#include "world/world.h"

#include <errno.h>
#include <unistd.h>

enum { AGAIN_S = 2, TRIES = 5 };

int clock_offset_check(struct agent *agent, struct error *err) {
    struct error none;
    int64_t ahead_ms;
    if (agent->world->probe_clock(&agent->seed, &ahead_ms, &none) < 0 ||
        (ahead_ms <= CLOCK_OFF_MS && ahead_ms >= -CLOCK_OFF_MS))
        return 0;
    error_fail(err, SR_CLOCK_OFF, EAGAIN, "this machine's clock is %.1f s %s the seed's",
               (double)(ahead_ms < 0 ? -ahead_ms : ahead_ms) / 1000, ahead_ms < 0 ? "behind" : "ahead of");
    return error_remedy(err, "let both follow the same time servers: network.time_servers, and chrony on the seed's "
                             "machine");
}

void clock_offset_wait(struct agent *agent) {
    struct error err;
    for (int i = 0; i < TRIES && clock_offset_check(agent, &err) < 0; i++) {
        events_tell(agent, &(struct event){.step = "bootstrap", .state = "waiting", .code = SR_CLOCK_OFF}, "%s: %s",
                    err.message, err.remedy);
        sleep(AGAIN_S);
    }
}
