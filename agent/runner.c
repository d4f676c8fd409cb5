/* SPDX-License-Identifier: Apache-2.0
 * See runner.h. */
#include "runner.h"

#include "clock.h"
#include "log.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BACKOFF_FIRST_S = 1, BACKOFF_MOST_S = 30 };

/* Looks whether the step is done and, if not, runs it once. *why says what differed. */
static int attempt(struct agent *agent, const struct step *step, struct buf *why, struct error *err) {
    int done = step->done(agent, why, err);
    if (done != 0)
        return done < 0 ? -1 : 0;
    events_say(agent, step->name, "running", 0, 0, "%s", buf_text(why));
    log_info("step %s: %s", step->name, buf_text(why));
    return step->before && step->before(agent, err) < 0 ? -1 : step->run(agent, err);
}

static bool is_wanted(const struct step *step, const struct role *role) {
    return !step->wanted || step->wanted(role);
}

static int follow_site(struct agent *agent, struct error *err) {
    for (size_t i = 0; i < agent->n_steps; i++) {
        const struct step *step = &agent->steps[i];
        cleanup_buf struct buf why = BUF_INIT(1024);
        if (!step->follows_site || !is_wanted(step, agent->role))
            continue;
        int done = step->done(agent, &why, err);
        if (done < 0 || (done == 0 && step->run(agent, err) < 0))
            return error_wrap(err, "step %s", step->name);
        if (done == 0)
            events_say(agent, "ready", "ready", 0, 0, "followed the site: %s %s", step->name, buf_text(&why));
    }
    return 0;
}

/* The end of a log is sent only with the first of several equal failures. */
static void tell_failure(struct agent *agent, const struct step *step, long started_ms, const struct error *err,
                         char told[static sizeof(err->message)]) {
    struct event event = {.state = "failed", .seconds = (double)((long)clock_boottime_ms() - started_ms) / 1000};
    snprintf(event.step, sizeof(event.step), "%s", step->name);
    events_problem(agent, &event, err, strcmp(err->message, told) != 0);
    memcpy(told, err->message, sizeof(err->message));
}

/* Repeats the step until it is done. */
static void persist(struct agent *agent, const struct step *step) {
    long started = (long)clock_boottime_ms();
    unsigned backoff = BACKOFF_FIRST_S;
    char told[sizeof(((struct error *)0)->message)] = "";
    for (;;) {
        cleanup_buf struct buf why = BUF_INIT(1024);
        struct error err = {0};
        if (attempt(agent, step, &why, &err) == 0) {
            double seconds = (double)((long)clock_boottime_ms() - started) / 1000;
            events_say(agent, step->name, "done", seconds, step->bytes ? step->bytes(agent) : 0, "in %.1f s", seconds);
            log_info("step %s: done in %.1f s", step->name, seconds);
            return;
        }
        error_code(&err, step->code);
        log_error("step %s: %s; %s [%s]; next try in %u s", step->name, err.message,
                  err.remedy[0] ? err.remedy : "it is tried again", code_name(err.code), backoff);
        tell_failure(agent, step, started, &err, told);
        nanosleep(&(struct timespec){.tv_sec = backoff}, NULL);
        backoff = backoff * 2 > BACKOFF_MOST_S ? BACKOFF_MOST_S : backoff * 2;
    }
}

int runner_run(struct agent *agent, const struct step *steps, size_t n, struct error *err) {
    (void)err;
    agent->started_ms = (long)clock_boottime_ms();
    agent->steps = steps;
    agent->n_steps = (unsigned)n;
    agent->follow_site = follow_site;
    for (size_t i = 0; i < n && !agent->leave; i++) {
        agent->step = (unsigned)i + 1;
        if (is_wanted(&steps[i], agent->role))
            persist(agent, &steps[i]);
    }
    return 0;
}

int runner_plan(struct agent *agent, const struct step *steps, size_t n, struct buf *ret, struct error *err) {
    for (size_t i = 0; i < n; i++) {
        const struct step *step = &steps[i];
        cleanup_buf struct buf why = BUF_INIT(1024);
        if (step->needs_role && !agent->role) {
            buf_addf(ret, "%-10s unknown  no role document yet\n", step->name);
            continue;
        }
        if (!is_wanted(step, agent->role)) {
            buf_addf(ret, "%-10s skip     not for a %s\n", step->name,
                     role_is_master(agent->role) ? "master" : "worker");
            continue;
        }
        int done = step->done(agent, &why, err);
        if (done < 0)
            return error_wrap(err, "step %s", step->name);
        buf_addf(ret, "%-10s %-8s %s\n", step->name, done ? "done" : "run", buf_text(&why));
    }
    return buf_failed(ret) ? error_set(err, -1, "plan: too long") : 0;
}
