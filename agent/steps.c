/* SPDX-License-Identifier: Apache-2.0
 * See steps.h: the boot story. */
#include "steps.h"
#include "runner.h"
#include "step_names.h"
#include "steps/rows.h"
#include "storage/layers.h"

static const struct step steps[] = {
    [STEP_link] = {"link", SR_LINK, link_done, link_run, .wanted = NULL},
    [STEP_clock] = {"clock", SR_CLOCK, clock_done, clock_run, .wanted = NULL},
    [STEP_claim] = {"claim", SR_CLAIM, claim_done, claim_run, .wanted = NULL},
    [STEP_role] = {"role", SR_ROLE, role_done, role_run, .wanted = NULL},
    /* reads the role again: somebody may have corrected the site since the last attempt */
    [STEP_disk] = {"disk", SR_DISK, disk_done, disk_run, .needs_role = true, .before = role_run},
    [STEP_layers] = {"layers", SR_LAYERS, layers_done, layers_run, .needs_role = true, .bytes = layers_bytes},
    [STEP_pivot] = {"pivot", SR_PIVOT, pivot_done, pivot_run, .needs_role = true},
    [STEP_host] = {"host", SR_HOST, host_done, host_run, .needs_role = true, .follows_site = true},
    [STEP_runtime] = {"runtime", SR_RUNTIME, runtime_done, runtime_run, .needs_role = true, .follows_site = true},
    [STEP_kubelet] = {"kubelet", SR_KUBELET, kubelet_done, kubelet_run, .needs_role = true, .follows_site = true},
    [STEP_control] = {"control", SR_CONTROL, control_done, control_run, .wanted = role_is_master, .needs_role = true,
                      .follows_site = true},
    [STEP_bootstrap] = {"bootstrap", SR_BOOTSTRAP, bootstrap_done, bootstrap_run, .needs_role = true},
    [STEP_watch] = {"watch", SR_WATCH, watch_done, watch_run, .needs_role = true},
};
enum { N_STEPS = sizeof(steps) / sizeof(steps[0]) };
_Static_assert(sizeof(steps) / sizeof(steps[0]) == STEP_ready, "a row for each name but `ready`");

int steps_run(struct agent *agent, struct error *err) {
    return runner_run(agent, steps, N_STEPS, err);
}

int steps_plan(struct agent *agent, struct buf *ret, struct error *err) {
    return runner_plan(agent, steps, N_STEPS, ret, err);
}
