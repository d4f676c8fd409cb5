/* SPDX-License-Identifier: Apache-2.0
 * Step 6: every layer of the role fetched, verified and mounted. A process a layer: they share the line and the cores.
 */
#include "storage/data.h"
#include "effects/mounts.h"
#include "storage/fetch.h"
#include "seed/client.h"
#include "storage/usb.h"
#include "steps.h"

#include "cleanup.h"
#include "file.h"
#include "log.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KERNELS AGENT_STATE "/kernels" /* <uname -r>: the layer with its modules */
enum { REPORT_MS = 1000, SPARE_MIB = 64 /* what the root writes before it has a disk */ };

bool layer_wanted(const struct role_layer *layer) {
    struct utsname uts;
    return !layer->kernel || (uname(&uts) == 0 && !strcmp(uts.release, layer->kernel));
}

/* The folders that are mounted name the layers. A root that stands is made of those of its boot, whatever the site
 * names since. */
int layers_done(struct agent *agent, struct buf *why, struct error *err) {
    cleanup_buf struct buf mounts = BUF_INIT(1 << 20);
    if (!agent->initramfs)
        return 1;
    if (file_read("/proc/self/mountinfo", &mounts, err) < 0)
        return -1;
    for (size_t i = 0; i < agent->role->n_layers; i++) {
        const struct role_layer *layer = &agent->role->layers[i];
        if (layer_wanted(layer) && !strstr(buf_text(&mounts), layer->sha256)) {
            buf_addf(why, "layer `%s` %.12s is not mounted", layer->name, layer->sha256);
            return 0;
        }
    }
    return 1;
}

/* An installed machine that boots its old kernel again keeps that one's modules, whatever the role document names
 * since. */
static void keep_modules(const struct role *role) {
    char path[128], text[96];
    struct error err;
    for (size_t i = 0; i < role->n_layers && installs(role); i++) {
        const struct role_layer *layer = &role->layers[i];
        if (!layer->kernel || !layer_wanted(layer))
            continue;
        snprintf(path, sizeof(path), KERNELS "/%s", layer->kernel);
        int length = snprintf(text, sizeof(text), "%s %" PRIu64 "\n", layer->sha256, layer->size);
        if (file_ensure(path, text, (size_t)length, 0644, &err) < 0)
            log_warning("%s; this kernel has no modules once the site has another one", err.message);
    }
}

static bool use_kept_modules(struct role *role, const char *release) {
    char path[128], sha256[65];
    uint64_t size;
    struct error ignored;
    cleanup_buf struct buf text = BUF_INIT(96);
    snprintf(path, sizeof(path), KERNELS "/%.64s", release);
    if (!installs(role) || role->n_layers == ROLE_LAYERS_MAX || file_read(path, &text, &ignored) < 0 ||
        sscanf(buf_text(&text), "%64[0-9a-f] %" SCNu64, sha256, &size) != 2)
        return false;
    cJSON *kept = cJSON_AddStringToObject(role->tree, "kept", sha256),
          *kernel = cJSON_AddStringToObject(role->tree, "kernel", release);
    struct role_layer *layers = kept && kernel ? realloc(role->layers, (role->n_layers + 1) * sizeof(*layers)) : NULL;
    if (!layers)
        return false;
    layers[role->n_layers++] = (struct role_layer){
        .name = "kernel-kept", .sha256 = kept->valuestring, .size = size, .kernel = kernel->valuestring};
    role->layers = layers;
    log_warning("the role document has no modules for the kernel %s; those of its last boot are taken", release);
    return true;
}

/* A kernel whose modules no layer has would leave the machine without bridges and netfilter. */
static int check_kernel(struct role *role, struct error *err) {
    struct utsname uts;
    bool any = false;
    for (size_t i = 0; i < role->n_layers; i++) {
        if (role->layers[i].kernel && layer_wanted(&role->layers[i]))
            return 0;
        any |= role->layers[i].kernel != NULL;
    }
    if (!any || uname(&uts) < 0 || use_kept_modules(role, uts.release))
        return 0;
    error_fail(err, SR_LAYERS_KERNEL, ENOEXEC, "release %s has no modules for the kernel %s that this machine booted",
               role->release, uts.release);
    return error_remedy(err, "boot the present kernel: by PXE from the seed, or make the boot medium anew");
}

static bool is_kept(const struct role_layer *layer) {
    char path[128];
    snprintf(path, sizeof(path), DATA_LAYERS "/%s", layer->sha256);
    return access(path, F_OK) == 0;
}

/* A boot verifies what is kept. A machine that stands leaves that alone, its root is made of it, and fetches for its
 * next boot, which may be by the kernel that it installs. */
static bool fetch_wanted(const struct agent *agent, const struct role_layer *layer) {
    if (agent->initramfs)
        return layer_wanted(layer);
    return (layer_wanted(layer) || (agent->role->boot.kernel && !strcmp(layer->kernel, agent->role->boot.kernel))) &&
           !is_kept(layer);
}

static int check_room(const struct agent *agent, struct error *err) {
    const struct role *role = agent->role;
    uint64_t room, wanted = 0;
    for (size_t i = 0; i < role->n_layers; i++)
        if (fetch_wanted(agent, &role->layers[i]) && !is_kept(&role->layers[i]))
            wanted += role->layers[i].size;
    if (mounts_free(DATA, &room, err) < 0)
        return -1;
    if (wanted == 0 || wanted + ((uint64_t)SPARE_MIB << 20) <= room)
        return 0;
    unsigned long long needed = (wanted >> 20) + SPARE_MIB;
    error_fail(err, SR_LAYERS_ROOM, ENOSPC, "the layers need %llu MiB, the %s of this machine has room for %llu MiB",
               needed, role->diskless ? "memory" : "disk", (unsigned long long)(room >> 20));
    return role->diskless ? error_remedy(err, "give the machine at least %llu MiB of memory", needed * 4 / 3 + 512)
                          : error_remedy(err, "give it a larger disk, or free space on its partition SEEDRACK-DATA");
}

struct report { /* from a fetching process: one atomic write (pipe(7)) */
    size_t layer;
    uint64_t bytes;
    bool failed;
    int errnum;
    enum code code;
    char message[256], remedy[192];
};

struct reporter {
    int fd;
    struct report report;
    long last_ms;
};

static void progress(void *context, uint64_t bytes) {
    struct reporter *reporter = context;
    reporter->report.bytes = bytes;
    if (agent_now_ms() - reporter->last_ms < REPORT_MS)
        return;
    reporter->last_ms = agent_now_ms();
    if (write(reporter->fd, &reporter->report, sizeof(reporter->report)) < 0)
        _exit(1); /* nobody listens any more */
}

static void fetch_and_report(struct agent *agent, size_t layer, int to) {
    struct reporter reporter = {.fd = to, .report.layer = layer, .last_ms = agent_now_ms()};
    struct fetch fetch = {.layer = &agent->role->layers[layer],
                          .seed = agent->seed,
                          .folder = DATA_LAYERS,
                          .stick = agent->cmdline.offline ? USB "/layers" : NULL,
                          .progress = progress,
                          .context = &reporter};
    struct error err = {0};
    if (fetch_layer(&fetch, &err) < 0) {
        reporter.report.failed = true;
        reporter.report.errnum = err.errnum;
        reporter.report.code = err.code;
        snprintf(reporter.report.message, sizeof(reporter.report.message), "%.255s", err.message);
        snprintf(reporter.report.remedy, sizeof(reporter.report.remedy), "%.191s", err.remedy);
    } else {
        reporter.report.bytes = fetch.layer->size;
    }
    _exit(write(to, &reporter.report, sizeof(reporter.report)) < 0 || reporter.report.failed);
}

/* Starts one process a layer. Returns how many are in `pids`, -1 on error; *ret_from is what they report to. */
static int start_all(struct agent *agent, pid_t pids[static ROLE_LAYERS_MAX], int *ret_from, struct error *err) {
    int ends[2], started = 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    for (size_t i = 0; i < agent->role->n_layers; i++) {
        if (!fetch_wanted(agent, &agent->role->layers[i]))
            continue;
        pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(ends[0]);
            fetch_and_report(agent, i, ends[1]);
        }
        pids[started++] = pid; /* -1: it failed, and waiting for it says so */
    }
    close(ends[1]);
    *ret_from = ends[0];
    return started;
}

static void say_progress(struct agent *agent, const uint64_t *bytes, uint64_t total, double seconds) {
    uint64_t sum = 0;
    for (size_t i = 0; i < agent->role->n_layers; i++)
        sum += bytes[i];
    seed_tell(agent,
              &(struct event){.step = "layers", .state = "running", .seconds = seconds, .bytes = sum, .total = total},
              "%llu of %llu MiB", (unsigned long long)(sum >> 20), (unsigned long long)(total >> 20));
}

static int fetch_all(struct agent *agent, struct error *err) {
    uint64_t bytes[ROLE_LAYERS_MAX] = {0}, total = 0;
    long started_ms = agent_now_ms(), said_ms = started_ms;
    pid_t pids[ROLE_LAYERS_MAX];
    int from = -1, result = 0, running = start_all(agent, pids, &from, err);
    struct report report;
    if (running < 0)
        return -1;
    for (size_t i = 0; i < agent->role->n_layers; i++)
        total += fetch_wanted(agent, &agent->role->layers[i]) ? agent->role->layers[i].size : 0;
    for (ssize_t got; (got = read(from, &report, sizeof(report))) != 0;) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got != sizeof(report)) {
            result = error_errno(err, got < 0 ? errno : EPROTO, "hear of the layers");
            break;
        }
        bytes[report.layer < ROLE_LAYERS_MAX ? report.layer : 0] = report.bytes;
        if (report.failed && result == 0) {
            result = error_fail(err, report.code, report.errnum, "%s", report.message);
            error_remedy(err, "%s", report.remedy);
        }
        if (agent_now_ms() - said_ms >= REPORT_MS) {
            said_ms = agent_now_ms();
            say_progress(agent, bytes, total, (double)(said_ms - started_ms) / 1000);
        }
    }
    close(from);
    for (int i = 0, status; i < running; i++)
        if ((pids[i] < 0 || waitpid(pids[i], &status, 0) < 0 || status != 0) && result == 0)
            result = error_set(err, EIO, "a fetching process died");
    return result;
}

static int mount_all(const struct role *role, struct error *err) {
    for (size_t i = 0; i < role->n_layers; i++) {
        char file[128], target[128];
        snprintf(file, sizeof(file), DATA_LAYERS "/%s", role->layers[i].sha256);
        snprintf(target, sizeof(target), MOUNTED "/%s", role->layers[i].sha256);
        if (layer_wanted(&role->layers[i]) && !mounts_has(target) && mounts_layer(file, target, err) < 0)
            return -1;
    }
    return 0;
}

int layers_run(struct agent *agent, struct error *err) {
    struct error no_usb;
    if (agent->cmdline.offline && usb_mount(&no_usb) < 0)
        log_warning("%s; the layers come from the seed", no_usb.message);
    if (check_kernel(agent->role, err) < 0 || check_room(agent, err) < 0)
        return -1;
    if (fetch_all(agent, err) < 0 || mount_all(agent->role, err) < 0)
        return -1;
    keep_modules(agent->role);
    return role_take_next(err);
}

bool layers_kept(const struct agent *agent) {
    bool all = true;
    for (size_t i = 0; i < agent->role->n_layers; i++)
        all &= !fetch_wanted(agent, &agent->role->layers[i]);
    return all || agent->role->diskless || access(DATA_LAYERS, F_OK) < 0;
}

int layers_prefetch(struct agent *agent, struct error *err) {
    if (layers_kept(agent))
        return 0;
    if (check_room(agent, err) < 0 || fetch_all(agent, err) < 0)
        return error_wrap(err, "layers of the next boot");
    seed_event(agent, "ready", "ready", 0, 0,
               "the layers of the next boot are on the disk; power the machine off and on when it suits");
    return 0;
}

/* Only the running kernel's modules are kept for a site that names others. */
static void forget_kernels(void) {
    cleanup_closedir DIR *folder = opendir(KERNELS);
    const struct dirent *entry;
    struct utsname uts;
    while (folder && uname(&uts) == 0 && (entry = readdir(folder)))
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, uts.release) != 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
}

/* What may not go, as one text with all the names in it. */
static int list_used(const struct role *role, struct buf *ret, struct error *err) {
    struct utsname uts;
    char path[128];
    for (size_t i = 0; i < role->n_layers; i++)
        buf_addf(ret, " %s", role->layers[i].sha256);
    buf_addf(ret, " %s ", role->boot.sha256 ? role->boot.sha256 : "");
    if (uname(&uts) < 0)
        return error_errno(err, errno, "uname");
    snprintf(path, sizeof(path), KERNELS "/%.64s", uts.release);
    if (file_read(path, ret, err) < 0 && err->errnum != ENOENT)
        return -1;
    return file_read("/proc/self/mountinfo", ret, err); /* lowerdir=/…/<sha256>:… */
}

void layers_forget(const struct agent *agent) {
    cleanup_buf struct buf used = BUF_INIT(1 << 20);
    cleanup_closedir DIR *folder = opendir(DATA_LAYERS);
    const struct dirent *entry;
    struct error err = {0};
    if (!folder)
        return;
    forget_kernels();
    if (list_used(agent->role, &used, &err) < 0 || buf_failed(&used)) {
        log_warning("old layers stay: %s", err.message);
        return;
    }
    while ((entry = readdir(folder))) {
        char sha256[65]; /* "<sha256>", or ".<sha256>.part" */
        snprintf(sha256, sizeof(sha256), "%.64s", entry->d_name + (entry->d_name[0] == '.'));
        if (strspn(sha256, "0123456789abcdef") != 64 || strstr(buf_text(&used), sha256))
            continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) == 0)
            log_info("layer %.12s is of no use any more: removed", sha256);
    }
}
