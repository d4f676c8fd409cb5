/* SPDX-License-Identifier: Apache-2.0
 * See upgrade.h. The target's kubeadm runs from its layer, mounted beside the machine's root: kubelet and everything
 * else of this boot stay what they are until the reboot. Every part may be done again after a power cut. */
#include "upgrade.h"
#include "agent.h"
#include "bootstrap/kubeadm.h"
#include "decide/image.h"
#include "decide/kubeconfig.h"
#include "decide/paths.h"
#include "member/health.h"
#include "slot.h"
#include "work.h"
#include "world/world.h"

#include "clock.h"
#include "log.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CONFIG AGENT_RUN "/kubeadm-upgrade.yaml"
#define PEER_CONF AGENT_RUN "/peer.conf" /* admin.conf with another master's API server; 0600 */

#define MANIFESTS "/etc/kubernetes/manifests"
#define API_SERVER_MANIFEST MANIFESTS "/kube-apiserver.yaml"
enum {
    KUBEADM_S = 900,
    API_GRACE_MS = 5000, /* for what it still has to answer */
    SETTLE_MS = 60000,
    GATE_MS = 180000,
    SETTLED_LOOKS = 3,
    PAUSE_MS = 300,
    IMAGES_MAX = 16384
};

/* The machine with the role that it will have. `agent.role` is the target's. */
struct aside {
    struct agent agent;
    struct buf text;
    char etag[ROLE_ETAG_SIZE];
};

static void aside_free(struct aside *aside) {
    role_free(aside->agent.role);
    buf_free(&aside->text);
}
#define cleanup_aside __attribute__((cleanup(aside_free)))

static int aside_get(struct agent *agent, const char *release, struct aside *ret, struct error *err) {
    ret->agent = *agent;
    ret->agent.role = NULL;
    ret->text = BUF_INIT(ROLE_DOCUMENT_MAX);
    if (agent->world->role_document_of_target(&agent->seed, release, ret->etag, &ret->text, err) < 0 ||
        role_parse(buf_text(&ret->text), ret->text.length, &ret->agent.role, err) < 0)
        return error_wrap(err, "role document of %s", release);
    return strcmp(ret->agent.role->release, release) != 0
               ? error_set(err, EPROTO, "seed: role document of another release")
               : 0;
}

/* --- what it will run is there --- */

static int hold_image(const struct agent *agent, const struct role *target, const char *image, struct error *err) {
    const struct runtime_ops *runtime = agent->world->runtime_of(agent->role->runtime);
    char path[PATH_MAX], folder[PATH_MAX];
    bool held;
    image_folder("", image, path, sizeof(path));
    if (!agent->world->layers_find(target, path, folder, sizeof(folder))) {
        error_fail(err, SR_IMAGE_MISSING, ENOENT, "image `%s`: no layer of %s has it", image, target->release);
        return error_remedy(err, "build the layers of %s again", target->release);
    }
    if (runtime->has_image(image, folder, &held, err) < 0)
        return -1;
    return held ? 0 : runtime->load(folder, image, err);
}

/* Pods of both releases may start here until the upgrade is over: kube-proxy is of the old one until the last master
 * has the target, and of the target from then on. */
static int hold(struct aside *aside, const struct role *role, struct error *err) {
    const struct world *world = aside->agent.world;
    const struct role *target = aside->agent.role;
    bool own_root = access(DATA_LAYERS, F_OK) == 0; /* else somebody else made it, and booted its kernel */
    if ((own_root && world->kernels_check(aside->agent.role, err) < 0) ||
        (!world->layers_kept(target, false) &&
         (world->layers_check_room(target, false, err) < 0 || world->fetch_all_layers(&aside->agent, err) < 0)) ||
        world->layers_mount(target, err) < 0)
        return -1;
    for (size_t i = 0; i < target->n_images; i++)
        if (hold_image(&aside->agent, target, target->images[i], err) < 0)
            return -1;
    return world->beside_keep(role, target, err);
}

int upgrade_hold(struct agent *agent, const struct slot_record *record, struct error *err) {
    cleanup_aside struct aside aside = {0};
    if (aside_get(agent, record->target, &aside, err) < 0 || hold(&aside, agent->role, err) < 0)
        return error_wrap(err, "upgrade: hold %s", record->target);
    log_info("maintenance: upgrade: %s is on this machine", record->target);
    return slot_held(agent, record->target, err);
}

/* --- kubeadm --- */

/* Another master whose API server answers; NULL: there is none. */
static const struct role_peer *find_peer(const struct agent *agent) {
    for (size_t i = 0; i < agent->role->n_peers; i++) {
        const struct role_peer *peer = &agent->role->peers[i];
        struct error none;
        if (peer->role == NODE_MASTER && strcmp(peer->hostname, agent->role->hostname) != 0 &&
            agent->world->api_ready(peer, &none) == 0)
            return peer;
    }
    return NULL;
}

/* Writes to `to` what the kubeconfig `from` says, with the API server of the peer. */
static int lay_with_peer(const struct world *world, const struct role_peer *peer, const char *from, const char *to,
                         struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(65536), changed = BUF_INIT(65536);
    return world->file_read(from, &text, err) < 0 ||
                   kubeconfig_with_server(buf_text(&text), peer->address.text, &changed, err) < 0 ||
                   world->file_ensure(to, buf_text(&changed), changed.length, 0600, err) < 0
               ? error_wrap(err, "`%s`", from)
               : 0;
}

static int copy(const struct world *world, const char *from, const char *to, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(65536);
    return world->file_read(from, &text, err) < 0 || world->file_ensure(to, buf_text(&text), text.length, 0600, err) < 0
               ? -1
               : 0;
}

/* A kubelet that just started finds the volumes of its pods first. When a manifest changes meanwhile it waits two
 * minutes for those of the pod that is gone (kubernetes v1.36, podAttachAndMountTimeout), and the new one for that. So
 * this is about time alone. */
static void await_settled(const struct agent *agent) {
    int64_t deadline_ms = clock_boottime_ms() + SETTLE_MS;
    struct error none;
    bool settled = false;
    for (int seen = 0; seen < SETTLED_LOOKS; seen = settled ? seen + 1 : 0) {
        if (agent->world->node_is_settled(agent->role, &settled, &none) < 0)
            settled = false;
        if (!settled && clock_boottime_ms() >= deadline_ms) {
            log_warning("maintenance: kubelet has not all volumes of its pods %d s after its restart",
                        SETTLE_MS / 1000);
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
}

/* etcd and API server of this machine end in the middle. kubelet would wait for them before it sees the new static
 * pods: up to 30 s each time. So kubelet and kubeadm ask another master until then. */
static int ask_peer(const struct agent *agent, const struct role_peer *peer, struct error *err) {
    const struct world *world = agent->world;
    struct error none;
    cleanup_buf struct buf own = BUF_INIT(65536);
    if (world->file_read(KUBELET_OWN_CONF, &own, &none) < 0 && copy(world, KUBELET_CONF, KUBELET_OWN_CONF, err) < 0)
        return -1;
    if (lay_with_peer(world, peer, ADMIN_CONF, PEER_CONF, err) < 0 ||
        lay_with_peer(world, peer, KUBELET_OWN_CONF, KUBELET_CONF, err) < 0 ||
        world->service_restart("kubelet", err) < 0)
        return -1;
    await_settled(agent);
    return 0;
}

static bool manifest_is_new(const void *context) {
    const struct stat *before = context;
    struct stat now;
    return stat(API_SERVER_MANIFEST, &now) == 0 && now.st_ino != before->st_ino;
}

/* The API server that kubelet ends for its new manifest would stay for the 30 s of its pod, for watches alone. A
 * process of its own ends it, once the manifest is there. 0: there is none. */
static pid_t start_ending_api_server(const struct world *world) {
    struct stat before;
    struct error err = {0};
    pid_t parent = getpid(), child;
    if (stat(API_SERVER_MANIFEST, &before) < 0)
        return 0;
    if ((child = fork()) != 0)
        return child > 0 ? child : 0;
    child_die_with(parent);
    if (world->await_in(MANIFESTS, manifest_is_new, &before, KUBEADM_S, &err) < 0 ||
        world->process_stop_api_server(API_GRACE_MS, &err) < 0)
        log_info("maintenance: %s", err.message);
    _exit(0);
}

int upgrade_ask_own(const struct agent *agent, bool at_once, struct error *err) {
    const struct world *world = agent->world;
    cleanup_buf struct buf own = BUF_INIT(65536);
    struct error none;
    if (world->file_read(KUBELET_OWN_CONF, &own, &none) < 0)
        return 0;
    if (world->file_ensure(KUBELET_CONF, buf_text(&own), own.length, 0600, err) < 0)
        return -1;
    unlink(KUBELET_OWN_CONF);
    if (world->file_sync_folder(AGENT_STATE, err) < 0)
        return -1;
    return at_once ? world->service_restart("kubelet", err) : 0;
}

/* Both releases have the same CoreDNS: there is nothing to migrate, and kubeadm need not know that version. */
static bool keeps_dns(const struct role *role, const struct role *target) {
    const char *own = image_tag(role, "/coredns:"), *next = image_tag(target, "/coredns:");
    return own && next && !strcmp(own, next);
}

static int run_kubeadm(const struct aside *aside, const struct role *role, bool first, bool by_peer,
                       struct error *err) {
    char program[PATH_MAX], ignored[CA_HASH_SIZE];
    if (!aside->agent.world->layers_find(aside->agent.role, "/usr/bin/kubeadm", program, sizeof(program)))
        return error_set(err, ENOENT, "no layer of %s has kubeadm", aside->agent.role->release);
    const char *argv[12] = {program, "upgrade", first ? "apply" : "node", "--config", CONFIG};
    size_t n = 5;
    if (first)
        argv[n++] = "--yes";
    if (by_peer) {
        argv[n++] = "--kubeconfig";
        argv[n++] = PEER_CONF;
    }
    if (role_is_master(role) && keeps_dns(role, aside->agent.role)) {
        argv[n++] = "--skip-phases=addon/coredns";
        argv[n++] = "--ignore-preflight-errors=CoreDNSUnsupportedPlugins,CoreDNSMigration";
    }
    return kubeadm_run(aside->agent.world, argv, ignored, err);
}

/* After a failure kubelet asks this machine's API server again at once: the machine may stay like that for long. Else
 * the reboot is near. */
static int upgrade_machine(struct agent *agent, struct aside *aside, const struct slot_record *record,
                           struct error *err) {
    const struct world *world = agent->world;
    bool master = role_is_master(agent->role), first = master && !record->moved;
    const struct role_peer *peer = master ? find_peer(agent) : NULL;
    struct error kept = {0};
    if (master)
        kubeadm_remove_copies(world); /* of an earlier try */
    if (world->rendered_apply(&aside->agent, "kubeadm-upgrade.yaml", CONFIG, 0600, err) < 0 ||
        world->file_ensure(UPGRADE_BEGUN, "", 0, 0600, err) < 0 ||
        (first && world->kubeadm_config_follow(agent->role, aside->agent.role, err) < 0))
        return -1;
    int result = peer ? ask_peer(agent, peer, err) : 0;
    pid_t ends_api_server = peer && result == 0 ? start_ending_api_server(world) : 0;
    if (result == 0 && run_kubeadm(aside, agent->role, first, peer, err) < 0)
        result = error_remedy(err, "read " KUBEADM_LOG "; then seedctl rollout resume");
    child_end(&ends_api_server);
    unlink(PEER_CONF);
    if (upgrade_ask_own(agent, result < 0, &kept) < 0)
        log_warning("%s", kept.message); /* it is tried again: maintenance.c */
    if (result == 0 && master)
        kubeadm_remove_copies(world);
    return result;
}

static int keep_names(const struct agent *agent, const struct role *target, struct error *err) {
    cleanup_buf struct buf names = BUF_INIT(IMAGES_MAX);
    for (size_t i = 0; i < agent->role->n_images; i++)
        if (!image_is_of(target, agent->role->images[i]))
            buf_addf(&names, "%s\n", agent->role->images[i]);
    return agent->world->file_ensure(UPGRADE_IMAGES, buf_text(&names), names.length, 0600, err) < 0 ? -1 : 0;
}

int upgrade_with_kubeadm(const struct work *work, struct error *err) {
    struct agent *agent = work->agent;
    cleanup_aside struct aside aside = {0};
    struct slot_record record = {0};
    if (slot_look(agent, 0, &record, err) < 0 || aside_get(agent, record.target, &aside, err) < 0 ||
        hold(&aside, agent->role, err) < 0 || upgrade_machine(agent, &aside, &record, err) < 0)
        return -1;
    if (keep_names(agent, aside.agent.role, err) < 0 || agent->world->role_store_keep(&aside.text, aside.etag, err) < 0)
        return -1;
    return agent->world->file_ensure(UPGRADE_KUBEADM_DONE, "", 0, 0600, err) < 0 ? -1 : 0;
}

int upgrade_await_control_plane(const struct work *work, struct error *err) {
    const struct world *world = work->agent->world;
    if (!role_is_master(work->agent->role))
        return 0; /* it runs no part of it */
    int64_t deadline_ms = clock_boottime_ms() + GATE_MS;
    if (control_plane_wait_healthy(world, work->agent->role, deadline_ms, err) < 0)
        return -1;
    while (!world->process_controllers_run() || world->daemonset_check(work->agent->role, "kube-proxy", err) < 0) {
        if (clock_boottime_ms() >= deadline_ms)
            return error_wrap(err, "after %d s", GATE_MS / 1000);
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    return control_plane_healthy(world, work->agent->role, err);
}

bool upgrade_awaits_reboot(void) {
    return access(UPGRADE_KUBEADM_DONE, F_OK) == 0;
}

bool upgrade_has_begun(void) {
    return access(UPGRADE_BEGUN, F_OK) == 0;
}

void upgrade_is_back(void) {
    unlink(UPGRADE_BEGUN);
}

/* Their layer is not there any more after the next boot. */
static void forget_images(const struct agent *agent, char *names) {
    const struct runtime_ops *runtime = agent->world->runtime_of(agent->role->runtime);
    char *rest = NULL;
    struct error err;
    for (char *name = strtok_r(names, "\n", &rest); name && runtime->forget; name = strtok_r(NULL, "\n", &rest))
        if (!image_is_of(agent->role, name) && runtime->forget(name, &err) < 0)
            log_info("maintenance: %s", err.message); /* somebody removed it */
}

void upgrade_is_over(const struct agent *agent) {
    cleanup_buf struct buf names = BUF_INIT(IMAGES_MAX);
    struct error none;
    agent->world->beside_drop();
    upgrade_is_back();
    if (agent->world->file_read(UPGRADE_IMAGES, &names, &none) < 0)
        return;
    if (names.data)
        forget_images(agent, names.data);
    unlink(UPGRADE_IMAGES);
}
