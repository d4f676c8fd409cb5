/* SPDX-License-Identifier: Apache-2.0
 * See components.h. */
#include "components.h"
#include "agent.h"
#include "member/health.h"
#include "work.h"
#include "world/world.h"

#include "clock.h"
#include "log.h"
#include <errno.h>
#include <time.h>

enum {
    GATE_MS = 420000,     /* kubelet waits up to five minutes before it starts again what ended often (doBackOff) */
    API_GRACE_MS = 10000, /* for what it still has to answer; watches alone would keep it for a minute */
    PAUSE_MS = 250,
    IDS_MAX = 2048
};

static void pause_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Every member of etcd and every API server, this machine's too. */
static int gate(const struct work *work, struct error *err) {
    return control_plane_wait_healthy(work->agent->world, work->agent->role, clock_boottime_ms() + GATE_MS, err);
}

/* The containers of a component, before it ends; and what is left of them is removed, so that kubelet does not delay
 * the next ones. Where that cannot be, it does. */
static void note(const struct work *work, const char *container, struct buf *ids) {
    const struct runtime_ops *runtime = work->agent->world->runtime_of(work->agent->role->runtime);
    struct error err = {0};
    if (runtime->running && runtime->running(container, ids, &err) < 0)
        log_warning("%s", err.message);
}
static void forget(const struct work *work, const struct buf *ids) {
    const struct runtime_ops *runtime = work->agent->world->runtime_of(work->agent->role->runtime);
    struct error err = {0};
    if (runtime->remove && runtime->remove(ids, &err) < 0)
        log_warning("%s", err.message);
}

/* Its container starts again in the same pod. For a new pod, or after its own restart, kubelet would ask for its node
 * before it mounts a volume, and this machine's API server answers nobody without this etcd. */
int components_restart_etcd(const struct work *work, struct error *err) {
    cleanup_buf struct buf ids = BUF_INIT(IDS_MAX);
    if (work->agent->world->etcd_move_leader(err) < 0)
        return -1;
    note(work, "etcd", &ids);
    if (work->agent->world->process_stop_etcd(err) < 0)
        return -1;
    forget(work, &ids);
    return gate(work, err);
}

int components_restart_api_server(const struct work *work, struct error *err) {
    cleanup_buf struct buf ids = BUF_INIT(IDS_MAX);
    note(work, "kube-apiserver", &ids);
    if (work->agent->world->process_stop_api_server(API_GRACE_MS, err) < 0)
        return -1;
    forget(work, &ids);
    return gate(work, err);
}

int components_restart_controllers(const struct work *work, struct error *err) {
    int64_t deadline_ms = clock_boottime_ms() + GATE_MS;
    cleanup_buf struct buf ids = BUF_INIT(IDS_MAX);
    note(work, "kube-controller-manager", &ids);
    note(work, "kube-scheduler", &ids);
    if (work->agent->world->process_stop_controllers(err) < 0)
        return -1;
    forget(work, &ids);
    while (!work->agent->world->process_controllers_run()) {
        if (clock_boottime_ms() >= deadline_ms)
            return error_set(err, ETIMEDOUT, "controller manager or scheduler does not run again"),
                   error_remedy(err, "read their logs below /var/log/pods");
        pause_ms(PAUSE_MS);
    }
    return 0;
}

/* Healthy all the time, not for a moment. */
static int soak(const struct work *work, int (*look)(const struct world *, const struct role *, struct error *),
                struct error *err) {
    int64_t since_ms = clock_boottime_ms(), deadline_ms = since_ms + GATE_MS;
    while (clock_boottime_ms() - since_ms < work->soak_s * INT64_C(1000)) {
        if (look(work->agent->world, work->agent->role, err) < 0) {
            if (clock_boottime_ms() >= deadline_ms)
                return -1;
            since_ms = clock_boottime_ms();
        }
        pause_ms(PAUSE_MS);
    }
    return 0;
}

int components_soak(const struct work *work, struct error *err) {
    return soak(work, control_plane_healthy, err);
}
int components_soak_full(const struct work *work, struct error *err) {
    return soak(work, control_plane_serves, err);
}
