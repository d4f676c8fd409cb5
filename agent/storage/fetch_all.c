/* SPDX-License-Identifier: Apache-2.0
 * See fetch_all.h. */
#include "fetch_all.h"
#include "agent.h"
#include "decide/paths.h"
#include "effects/child.h"
#include "fetch.h"
#include "layers.h"

#include "clock.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPORT_MS = 1000 };

struct report { /* what a fetching process reports, in one atomic write (pipe(7)) */
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
    int64_t last_ms;
};

static void report_progress(void *context, uint64_t bytes) {
    struct reporter *reporter = context;
    reporter->report.bytes = bytes;
    if (clock_boottime_ms() - reporter->last_ms < REPORT_MS)
        return;
    reporter->last_ms = clock_boottime_ms();
    if (write(reporter->fd, &reporter->report, sizeof(reporter->report)) < 0)
        _exit(1); /* the agent is gone */
}

static void fetch_and_report(struct agent *agent, size_t layer, int to) {
    struct reporter reporter = {.fd = to, .report.layer = layer, .last_ms = clock_boottime_ms()};
    struct fetch fetch = {.layer = &agent->role->layers[layer],
                          .seed = agent->seed.url,
                          .folder = DATA_LAYERS,
                          .usb = agent->cmdline.offline ? USB "/layers" : NULL,
                          .progress = report_progress,
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

/* Starts one process for each layer. Returns how many are in `pids`, -1 on error; *ret_from is the pipe that they
 * report to. */
static int start_all(struct agent *agent, pid_t pids[static ROLE_LAYERS_MAX], int *ret_from, struct error *err) {
    int ends[2], started = 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    for (size_t i = 0; i < agent->role->n_layers; i++) {
        if (!layers_to_fetch(agent->role, agent->initramfs, &agent->role->layers[i]))
            continue;
        pid_t parent = getpid(), pid = fork();
        if (pid == 0) {
            child_die_with(parent);
            close(ends[0]);
            fetch_and_report(agent, i, ends[1]);
        }
        pids[started++] = pid; /* -1: fork failed; the loop that waits reports it */
    }
    close(ends[1]);
    *ret_from = ends[0];
    return started;
}

static void say_progress(struct agent *agent, const uint64_t *bytes, uint64_t total, double seconds) {
    uint64_t sum = 0;
    for (size_t i = 0; i < agent->role->n_layers; i++)
        sum += bytes[i];
    events_tell(agent,
                &(struct event){.step = "layers", .state = "running", .seconds = seconds, .bytes = sum, .total = total},
                "%llu of %llu MiB", (unsigned long long)(sum >> 20), (unsigned long long)(total >> 20));
}

int fetch_all_layers(struct agent *agent, struct error *err) {
    uint64_t bytes[ROLE_LAYERS_MAX] = {0}, total = 0;
    int64_t started_ms = clock_boottime_ms(), said_ms = started_ms;
    pid_t pids[ROLE_LAYERS_MAX];
    int from = -1, result = 0, running = start_all(agent, pids, &from, err);
    struct report report;
    if (running < 0)
        return -1;
    for (size_t i = 0; i < agent->role->n_layers; i++)
        total +=
            layers_to_fetch(agent->role, agent->initramfs, &agent->role->layers[i]) ? agent->role->layers[i].size : 0;
    for (ssize_t got; (got = read(from, &report, sizeof(report))) != 0;) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got != sizeof(report)) {
            if (result == 0)
                result = error_errno(err, got < 0 ? errno : EPROTO, "hear of the layers");
            break;
        }
        bytes[report.layer < ROLE_LAYERS_MAX ? report.layer : 0] = report.bytes;
        if (report.failed && result == 0) {
            result = error_fail(err, report.code, report.errnum, "%s", report.message);
            error_remedy(err, "%s", report.remedy);
        }
        if (clock_boottime_ms() - said_ms >= REPORT_MS) {
            said_ms = clock_boottime_ms();
            say_progress(agent, bytes, total, (double)(said_ms - started_ms) / 1000);
        }
    }
    close(from);
    for (int i = 0, status; i < running; i++)
        if ((pids[i] < 0 || waitpid(pids[i], &status, 0) < 0 || status != 0) && result == 0)
            result = error_set(err, EIO, "a fetching process died");
    return result;
}

int fetch_next_boot(struct agent *agent, struct error *err) {
    if (layers_kept(agent->role, agent->initramfs))
        return 0;
    if (layers_check_room(agent->role, agent->initramfs, err) < 0 || fetch_all_layers(agent, err) < 0)
        return error_wrap(err, "layers of the next boot");
    events_say(agent, "ready", "ready", 0, 0,
               "the layers of the next boot are on the disk; power the machine off and on when it suits");
    return 0;
}
