/* SPDX-License-Identifier: Apache-2.0
 * See quorum.h. etcd is a static pod of kubelet's. */
#include "quorum.h"
#include "agent.h"
#include "health.h"
#include "decide/paths.h"
#include "world/world.h"

#include "buf.h"
#include "clock.h"
#include "kubernetes.h"
#include "log.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <time.h>

#define MANIFEST "/etc/kubernetes/manifests/etcd.yaml"
#define COMMAND "    - etcd\n" /* as kubeadm writes it */
#define FLAG "--force-new-cluster"
#define LINE "    - " FLAG "\n"
#define SECOND AGENT_STATE "/second-voter" /* a hostname */
enum {
    PAUSE_MS = 250,
    API_GRACE_MS = 1000 /* what the API server still has to answer waits for an etcd that does not come */
};

/* Adds the flag to etcd's manifest, or removes it. Writes only when the manifest changes. */
static int set_flag(const struct world *world, bool on, struct error *err) {
    cleanup_buf struct buf old = BUF_INIT(65536), next = BUF_INIT(65536);
    if (world->file_read(MANIFEST, &old, err) < 0)
        return -1;
    const char *text = buf_text(&old), *line = strstr(text, LINE), *command = strstr(text, COMMAND);
    if (!line == !on)
        return 0;
    const char *at = line ? line : command ? command + strlen(COMMAND) : NULL;
    if (!at)
        return error_set(err, EPROTO, "`" MANIFEST "`: no line `- etcd`");
    buf_add(&next, text, (size_t)(at - text));
    if (on)
        buf_adds(&next, LINE);
    buf_adds(&next, on ? at : at + strlen(LINE));
    return buf_failed(&next) ? error_errno(err, ENOMEM, "etcd's manifest")
                             : world->file_write(MANIFEST, buf_text(&next), next.length, 0600, err);
}

static bool is_forced(const struct world *world) {
    cleanup_buf struct buf text = BUF_INIT(65536);
    struct error none;
    return world->file_read(MANIFEST, &text, &none) == 0 && strstr(buf_text(&text), LINE);
}

/* kubelet stops a static pod whose manifest changed only if it has reached an API server since it started (kubelet.go,
 * deletePod). Without etcd there is no API server, so the old etcd would go on and keep the new one from starting. So
 * kubelet and the old etcd are stopped first, and kubelet finds the new manifest when it starts.
 * The API server is stopped, too. While it runs without etcd, it holds each request for a minute. Before kubelet mounts
 * any volume, it asks for its Node object once, if it had pods with volumes before (v1.37, volumemanager/reconciler,
 * updateReconstructedFromNodeStatus): etcd would not start before that minute is over. */
static int change_flag(const struct world *world, bool flag, struct error *err) {
    struct error none;
    bool has = flag;
    if (is_forced(world) == flag && (world->process_etcd_has_argument(FLAG, &has, &none) < 0 || has == flag))
        return 0;
    if (world->service_down("kubelet", err) < 0)
        return -1;
    int result = world->process_stop_etcd(err) < 0 || world->process_stop_api_server(API_GRACE_MS, err) < 0
                     ? -1
                     : set_flag(world, flag, err);
    return world->service_up("kubelet", result < 0 ? &none : err) < 0 ? -1 : result;
}

/* Waits until etcd runs with the flag, or without it, and is healthy. */
static int restart_etcd(struct agent *agent, bool flag, int64_t deadline_ms, struct error *err) {
    if (change_flag(agent->world, flag, err) < 0)
        return -1;
    for (;;) {
        bool has = !flag;
        if (agent->world->process_etcd_has_argument(FLAG, &has, err) == 0 && has == flag &&
            control_plane_healthy(agent->world, agent->role, err) == 0)
            return 0;
        if (clock_boottime_ms() >= deadline_ms)
            return error_set(err, EAGAIN, "etcd does not run %s yet", flag ? "as the only voter" : "without " FLAG);
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
}

int quorum_expect(const struct world *world, const char *hostname, struct error *err) {
    return world->file_write(SECOND, hostname, strlen(hostname), 0600, err);
}

bool quorum_expects(void) {
    return access(SECOND, F_OK) == 0;
}

int quorum_complete(const struct world *world, struct error *err) {
    if (unlink(SECOND) < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "`" SECOND "`");
    return world->file_sync_folder(AGENT_STATE, err);
}

/* Whether etcd waits for a second voter that lost its data. After a restart without a leader etcd does not list its
 * members, but its metrics show that it has one other; SECOND says which machine that is, and that machine asks for a
 * ticket. An etcd with learners lists them after 5 s all the same, and two machines may be joining it. */
static bool has_lost_its_second(const struct agent *agent, const char *hostname) {
    const struct world *world = agent->world;
    if (kubernetes_has(agent->role->release, K8S_ETCD_LEARNERS))
        return false;
    cleanup_buf struct buf expected = BUF_INIT(512);
    struct error none;
    bool waits = false;
    return world->file_read(SECOND, &expected, &none) == 0 && !strcmp(buf_text(&expected), hostname) &&
           world->etcd_waits_for_one(&waits, &none) == 0 && waits;
}

int quorum_without(struct agent *agent, const char *hostname, int64_t deadline_ms, struct error *err) {
    bool forced = is_forced(agent->world), alone = false; /* forced: interrupted */
    struct error why;
    cleanup_buf struct buf lost = BUF_INIT(512);
    if (!forced && agent->world->etcd_remove_member(agent->role, hostname, err) == 0)
        return 0;
    if (!forced && (agent->world->etcd_is_alone_with(agent->role, hostname, &alone, &why) < 0
                        ? !has_lost_its_second(agent, hostname)
                        : !alone))
        return -1;
    if (!forced || agent->world->file_read(SECOND, &lost, &why) < 0)
        buf_adds(&lost, hostname);
    log_warning("etcd has no quorum: %s was announced as its second voter and lost what it had; this machine starts "
                "over as the only one",
                buf_text(&lost));
    if (restart_etcd(agent, true, deadline_ms, err) < 0)
        return -1;
    /* A third master may be in the middle of kubeadm join, and asks the etcd of each machine that has a pod of it. */
    if (agent->world->api_remove_node(agent->role, buf_text(&lost), &why) < 0)
        log_warning("%s", why.message); /* so does whoever mints its ticket */
    return restart_etcd(agent, false, deadline_ms, err);
}
