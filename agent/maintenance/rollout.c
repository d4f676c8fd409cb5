/* SPDX-License-Identifier: Apache-2.0
 * See rollout.h. Of a rollout the boot id in the record says on which side of the reboot this machine is; a power cut
 * before it is as good as one. */
#include "rollout.h"
#include "agent.h"
#include "decide/cluster.h"
#include "drain.h"
#include "settings.h"
#include "member/health.h"
#include "slot.h"
#include "upgrade.h"
#include "work.h"
#include "world/world.h"

#include "clock.h"
#include <errno.h>
#include <string.h>

enum { GATE_MS = 60000 };

static bool is_upgrade(const char *kind) {
    return !strcmp(kind, "upgrade");
}

static bool is_only_master(const struct role *role) {
    return role_is_master(role) && cluster_masters(role) == 1;
}

/* Of the only master nobody is left who could: its pods end with the machine, and come back with it. */
static int await_drain(const struct work *work, struct error *err) {
    return is_only_master(work->agent->role) ? 0 : slot_await_help(work->agent, work->token, "drain", err);
}

/* The drain took its time: another master may be away by now. */
static int move_leader(const struct work *work, struct error *err) {
    const struct world *world = work->agent->world;
    size_t started, all;
    if (control_plane_wait_healthy(world, work->agent->role, clock_boottime_ms() + GATE_MS, err) < 0 ||
        world->etcd_voters(&started, &all, err) < 0)
        return -1;
    if (all == 2 && cluster_masters(work->agent->role) > 2) {
        error_set(err, EBUSY, "etcd has two voters: without this one it has no quorum");
        return error_remedy(err, "let the other masters of the site join first; then seedctl rollout resume");
    }
    return world->etcd_move_leader(err);
}

static int reboot(const struct work *work, struct error *err) {
    return work_reboot(work->agent, err);
}

static int await_return(const struct work *work, struct error *err) {
    return is_only_master(work->agent->role) ? drain_return_alone(work->agent, work->token, err)
                                             : slot_await_help(work->agent, work->token, "return", err);
}

static const struct work_step master_leaves[] = {{"lease", work_take_lease},
                                                 {"drain", await_drain},
                                                 {"settings", settings_lay},
                                                 {"leader", move_leader},
                                                 {"reboot", reboot}},
                              worker_leaves[] = {{"drain", await_drain},
                                                 {"settings", settings_lay},
                                                 {"reboot", reboot}},
                              master_upgrades[] = {{"lease", work_take_lease},
                                                   {"drain", await_drain},
                                                   {"leader", move_leader},
                                                   {"kubeadm", upgrade_with_kubeadm},
                                                   {"settle", upgrade_await_control_plane},
                                                   {"reboot", reboot}},
                              worker_upgrades[] = {{"drain", await_drain},
                                                   {"kubeadm", upgrade_with_kubeadm},
                                                   {"settle", upgrade_await_control_plane},
                                                   {"reboot", reboot}},
                              upgraded[] = {{"settle", upgrade_await_control_plane}, {"reboot", reboot}},
                              catches_up[] = {{"settings", settings_again}},
                              master_returns[] = {{"return", await_return}, {"lease-back", work_drop_lease}},
                              worker_returns[] = {{"return", await_return}};
#define RUN(work, steps, err) work_run(work, steps, sizeof(steps) / sizeof((steps)[0]), err)

/* Does not come back when all goes well. */
static int leave(const struct work *work, struct error *err) {
    bool master = role_is_master(work->agent->role), upgrades = is_upgrade(work->kind);
    events_say(work->agent, "maintenance", "running", 0, 0,
               upgrades ? "upgrade: drained, kubeadm, then it reboots" : "rollout: drained, then it reboots");
    if (upgrades && upgrade_awaits_reboot())
        return RUN(work, upgraded, err);
    if (upgrades)
        return master ? RUN(work, master_upgrades, err) : RUN(work, worker_upgrades, err);
    return master ? RUN(work, master_leaves, err) : RUN(work, worker_leaves, err);
}

static int come_back(const struct work *work, struct error *err) {
    if (upgrade_ask_own(work->agent, true, err) < 0)
        return -1;
    if (!is_upgrade(work->kind) && !settings_are_laid(work) && RUN(work, catches_up, err) < 0)
        return -1;
    int result = role_is_master(work->agent->role) ? RUN(work, master_returns, err) : RUN(work, worker_returns, err);
    if (result < 0)
        return -1;
    upgrade_is_back();
    events_tell(work->agent, &(struct event){.step = "ready", .state = "ready"},
                "%s: back, and well for as long as the site wants", work->kind);
    return slot_back(work->agent, work->kind, work->token, err);
}

/* The order was aborted before it rebooted; its cordon is taken back when the order is closed. */
static int stay(const struct work *work, struct error *err) {
    if ((role_is_master(work->agent->role) && work_drop_lease(work, err) < 0) ||
        slot_back(work->agent, work->kind, work->token, err) < 0)
        return -1;
    events_tell(work->agent, &(struct event){.step = "ready", .state = "ready"}, "%s: aborted before it rebooted",
                work->kind);
    return 0;
}

/* On which side of the reboot this machine is. One that lost power before kubeadm was done boots the old release. */
static bool has_rebooted(const struct agent *agent, const struct slot_record *record, const char *boot) {
    if (is_upgrade(record->kind))
        return record->mine && !strcmp(agent->role->release, record->target) && !upgrade_awaits_reboot();
    return record->mine && record->boot[0] && strcmp(record->boot, boot) != 0;
}

/* What kubeadm has begun is brought to its end. */
static bool may_stay(const struct slot_record *record) {
    return record->aborted && !upgrade_has_begun();
}

/* Checks first, and takes the slot last. Once it has the slot, the others are checked by who drains it. */
int rollout_once(struct agent *agent, const struct slot_record *record, struct error *err) {
    struct work work = {.agent = agent, .kind = is_upgrade(record->kind) ? "upgrade" : "rollout"};
    char boot[SLOT_BOOT_SIZE];
    if (!record->mine && role_is_master(agent->role) && control_plane_healthy(agent->world, agent->role, err) < 0)
        return error_wrap(err, "%s: nothing begins", work.kind);
    slot_boot(agent, boot);
    if (slot_take(agent, work.kind, &work.token, err) < 0)
        return -1;
    return has_rebooted(agent, record, boot) ? come_back(&work, err)
           : may_stay(record)                ? stay(&work, err)
                                             : leave(&work, err);
}
