/* SPDX-License-Identifier: Apache-2.0
 * See rejoin.h. */
#include "rejoin.h"
#include "decide/paths.h"
#include "world/world.h"

#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define BOOTSTRAP_CONF "/etc/kubernetes/bootstrap-kubelet.conf" /* kubelet-flags.env names it */
enum { CERTIFICATE_S = 120 };

/* Kubelet asks with the token only when it has no certificate at all: one that has ended would be used for ever. It is
 * kept aside, so that a machine which loses power here rejoins when it is back. */
static int ask_with(struct agent *agent, const struct render_ticket *ticket, struct error *err) {
    const struct world *world = agent->world;
    if (world->rendered_secret(agent, ticket, "bootstrap-kubelet.conf", BOOTSTRAP_CONF, err) < 0)
        return -1;
    if (rename(KUBELET_PEM, KUBELET_ENDED_PEM) < 0 && errno != ENOENT)
        return error_errno(err, errno, "rename `" KUBELET_PEM "`");
    if (world->service_up("kubelet", err) < 0)
        return -1;
    return world->await_path(KUBELET_PEM, CERTIFICATE_S, err) < 0 ? error_wrap(err, "kubelet's certificate") : 0;
}

int rejoin(struct agent *agent, struct attempt *attempt, struct error *err) {
    struct render_ticket ticket;
    struct error ignored;
    log_warning("kubelet's certificate has ended; a ticket brings a new one");
    attempt->rejoins = true;
    if (attempt_ticket(agent, attempt, err) < 0 || answer_ticket(attempt->ticket, false, &ticket, err) < 0)
        return -1;
    events_say(agent, "bootstrap", "running", 0, 0, "kubelet's certificate has ended: a new one by ticket");
    int result = ask_with(agent, &ticket, err);
    unlink(BOOTSTRAP_CONF);
    if (result < 0)
        agent->world->service_down("kubelet", &ignored);
    else
        unlink(KUBELET_ENDED_PEM);
    attempt_drop_ticket(agent, attempt, result < 0 ? err : NULL);
    return result < 0 ? error_code(err, SR_JOIN) : 0;
}
