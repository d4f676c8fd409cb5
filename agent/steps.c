/* SPDX-License-Identifier: Apache-2.0
 * See steps.h. */
#include "steps.h"

#include "log.h"
#include "seed/client.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

const struct step steps[] = {
    {"link", SR_LINK, NULL, link_done, link_run},
    {"clock", SR_CLOCK, NULL, clock_done, clock_run},
    {"claim", SR_CLAIM, NULL, claim_done, claim_run},
    {"role", SR_ROLE, NULL, role_done, role_run},
    {"disk", SR_DISK, NULL, disk_done, disk_run},
    {"layers", SR_LAYERS, NULL, layers_done, layers_run},
    {"pivot", SR_PIVOT, NULL, pivot_done, pivot_run},
    {"host", SR_HOST, NULL, host_done, host_run},
    {"runtime", SR_RUNTIME, NULL, runtime_done, runtime_run},
    {"kubelet", SR_KUBELET, NULL, kubelet_done, kubelet_run},
    {"control", SR_CONTROL, is_master, control_done, control_run},
    {"bootstrap", SR_BOOTSTRAP, NULL, bootstrap_done, bootstrap_run},
    {"watch", SR_WATCH, NULL, watch_done, watch_run},
};
const size_t n_steps = sizeof(steps) / sizeof(steps[0]);

enum { BACKOFF_FIRST_S = 1, BACKOFF_MOST_S = 30 };

bool is_master(const struct role *role) {
    return role->role == NODE_MASTER;
}

static uint64_t bytes_of(const struct agent *agent, const struct step *step) {
    uint64_t bytes = 0;
    for (size_t i = 0; agent->role && !strcmp(step->name, "layers") && i < agent->role->n_layers; i++)
        bytes += layer_wanted(&agent->role->layers[i]) ? agent->role->layers[i].size : 0;
    return bytes;
}

/* One observation and, when needed, one attempt. *ret_why tells what differed. */
static int attempt(struct agent *agent, const struct step *step, struct buf *why, struct error *err) {
    int done = step->done(agent, why, err);
    if (done != 0)
        return done < 0 ? -1 : 0;
    seed_event(agent, step->name, "running", 0, 0, "%s", buf_text(why));
    log_info("step %s: %s", step->name, buf_text(why));
    return step->run(agent, err);
}

/* A log's end is sent with the first of failures that are all the same. */
static void fail(struct agent *agent, const struct step *step, long started_ms, const struct error *err,
                 char told[static sizeof(err->message)]) {
    struct event event = {.state = "failed", .seconds = (double)(agent_now_ms() - started_ms) / 1000};
    snprintf(event.step, sizeof(event.step), "%s", step->name);
    seed_problem(agent, &event, err, strcmp(err->message, told) != 0);
    memcpy(told, err->message, sizeof(err->message));
}

/* Repeats the step until it holds. */
static void persist(struct agent *agent, const struct step *step) {
    long started = agent_now_ms();
    unsigned backoff = BACKOFF_FIRST_S;
    char told[sizeof(((struct error *)0)->message)] = "";
    for (;;) {
        cleanup_buf struct buf why = BUF_INIT(1024);
        struct error err = {0};
        if (attempt(agent, step, &why, &err) == 0) {
            double seconds = (double)(agent_now_ms() - started) / 1000;
            seed_event(agent, step->name, "done", seconds, bytes_of(agent, step), "in %.1f s", seconds);
            log_info("step %s: done in %.1f s", step->name, seconds);
            return;
        }
        error_code(&err, step->code);
        log_error("step %s: %s; %s [%s]; next try in %u s", step->name, err.message,
                  err.remedy[0] ? err.remedy : "it is tried again", code_name(err.code), backoff);
        fail(agent, step, started, &err, told);
        nanosleep(&(struct timespec){.tv_sec = backoff}, NULL);
        backoff = backoff * 2 > BACKOFF_MOST_S ? BACKOFF_MOST_S : backoff * 2;
    }
}

int steps_run(struct agent *agent, struct error *err) {
    (void)err;
    agent->started_ms = agent_now_ms();
    agent->n_steps = (unsigned)n_steps;
    for (size_t i = 0; i < n_steps && !agent->leave; i++) {
        agent->step = (unsigned)i + 1;
        /* wanted() is asked only of rows behind `role`, where the role is known */
        if (!steps[i].wanted || steps[i].wanted(agent->role))
            persist(agent, &steps[i]);
    }
    return 0;
}

int steps_plan(struct agent *agent, struct buf *ret, struct error *err) {
    for (size_t i = 0; i < n_steps; i++) {
        const struct step *step = &steps[i];
        cleanup_buf struct buf why = BUF_INIT(1024);
        if (i > 3 && !agent->role) {
            buf_addf(ret, "%-10s unknown  no role document yet\n", step->name);
            continue;
        }
        if (step->wanted && !step->wanted(agent->role)) {
            buf_addf(ret, "%-10s skip     not for a %s\n", step->name, is_master(agent->role) ? "master" : "worker");
            continue;
        }
        int done = step->done(agent, &why, err);
        if (done < 0)
            return error_wrap(err, "step %s", step->name);
        buf_addf(ret, "%-10s %-8s %s\n", step->name, done ? "done" : "run", buf_text(&why));
    }
    return buf_failed(ret) ? error_set(err, -1, "plan: too long") : 0;
}
