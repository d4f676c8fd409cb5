/* SPDX-License-Identifier: Apache-2.0
 * Step 13, which never ends. It reports when the node is Ready, starts the processes of a member (maintenance; on a
 * master also tickets, certificates, status, caches, backups, labels), tells the seed what the journal remembers, and
 * follows the role document when the site changes. */
#include "bootstrap/record.h"
#include "member/approve.h"
#include "member/backup.h"
#include "member/caches.h"
#include "member/guard.h"
#include "member/labels.h"
#include "member/mint.h"
#include "member/status.h"
#include "maintenance/maintenance.h"
#include "follow.h"
#include "rows.h"
#include "world/world.h"

#include "clock.h"
#include "log.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { READY_S = 600, ROLE_WAIT_S = 55, AWAY_S = 5, AGAIN = 3 };

int watch_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)agent;
    (void)err;
    buf_adds(why, "follows the site and serves join tickets as long as the machine runs");
    return 0;
}

/* The work of a member, of which the first kind is every machine's, the rest a master's. Each kind has a process of its
 * own, since this one waits for changes of the site. */
struct worker {
    void (*run)(struct agent *agent);
    bool looks; /* it looks at the site itself, and is not to be interrupted */
    pid_t pid;  /* 0: not started */
};

static void start_worker(struct agent *agent, struct worker *worker) {
    pid_t parent = getpid();
    worker->pid = fork();
    if (worker->pid == 0) {
        child_die_with(parent);
        worker->run(agent);
        _exit(0);
    }
}

/* Starts those that do not run or have ended. */
static void keep_workers(struct agent *agent, struct worker *workers, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (workers[i].pid <= 0 || waitpid(workers[i].pid, NULL, WNOHANG) != 0)
            start_worker(agent, &workers[i]);
}

/* all false: only those that have the role with which they began. */
static void end_workers(const struct worker *workers, size_t n, bool all) {
    for (size_t i = 0; i < n; i++)
        if ((all || !workers[i].looks) && workers[i].pid > 0 && kill(workers[i].pid, SIGKILL) == 0)
            waitpid(workers[i].pid, NULL, 0);
}

struct workers {
    struct worker *list;
    size_t n;
};

/* They begin again, and know who the masters are now. */
static void begin_again(struct agent *agent, void *context) {
    const struct workers *workers = context;
    end_workers(workers->list, workers->n, false);
    keep_workers(agent, workers->list, workers->n);
}

/* Prepares the disk for the next boot. A document is kept only when the machine could start with it alone, that is when
 * all its layers are there. */
static int prepare_next_boot(struct agent *agent, struct buf *pending, struct error *err) {
    if (agent->world->fetch_next_boot(agent, err) < 0 ||
        (pending->length && agent->etag[0] && agent->world->role_store_keep(pending, agent->etag, err) < 0))
        return -1;
    if (agent->etag[0])
        buf_clear(pending);
    return agent->world->install_follow(agent, err);
}

/* The problem that the seed was last told of; "": none. */
struct told {
    char message[sizeof(((struct error *)0)->message)];
};

/* Tells it once, in the log and to the seed, until the problem is another one. */
static void tell_problem(struct agent *agent, const struct error *problem, struct told *told) {
    if (!strcmp(problem->message, told->message))
        return;
    memcpy(told->message, problem->message, sizeof(problem->message));
    log_warning("%s; %s [%s]", problem->message, problem->remedy[0] ? problem->remedy : "it is tried again",
                code_name(problem->code ? problem->code : SR_WATCH));
    events_problem(agent, &(struct event){.step = "ready", .state = "ready", .code = SR_WATCH}, problem, false);
}

static void tell_over(struct agent *agent, struct told *told) {
    if (told->message[0])
        events_tell(agent, &(struct event){.step = "ready", .state = "ready"}, "it is over: %s", told->message);
    told->message[0] = '\0';
}

/* On the console alone: the seed could hear of it only when it is over. problem NULL: it is over. */
static void tell_console(const struct agent *agent, const struct error *problem) {
    struct event event = {
        .step = "ready", .state = "ready", .code = problem ? problem->code : SR_NONE, .message = "node is Ready"};
    events_show(agent, &event, problem);
}

static void say_ready(struct agent *agent) {
    events_say(agent, "ready", "ready", (double)((long)clock_boottime_ms() - agent->started_ms) / 1000, 0,
               "node is Ready");
}

/* The claim of which the seed knows that this machine is ready. */
struct told_ready {
    char claim[sizeof(((struct seed_client *)0)->claim)];
    unsigned again; /* how often it is still to be said */
};

/* A seed that forgot the claim forgot what the machine said, too. It takes each claim for the start of a boot, and a
 * master's other processes claim a little later: so it is said more than once. */
static void say_again(struct agent *agent, struct told_ready *told) {
    if (strcmp(told->claim, agent->seed.claim) != 0) {
        memcpy(told->claim, agent->seed.claim, sizeof(told->claim));
        told->again = AGAIN;
    }
    if (told->again > 0) {
        told->again--;
        say_ready(agent);
    }
}

int watch_run(struct agent *agent, struct error *err) {
    struct worker workers[] = {{.run = maintenance_forever}, {.run = mint_forever, .looks = true},
                               {.run = status_forever},      {.run = caches_forever},
                               {.run = backup_forever},      {.run = labels_forever},
                               {.run = approve_forever}};
    size_t n_workers = !role_is_master(agent->role) ? 1 : approves(agent->role) ? 7 : 6;
    keep_workers(agent, workers, n_workers);
    struct workers all = {workers, n_workers};
    struct follow follow = FOLLOW_INIT;
    follow.changed = begin_again;
    follow.context = &all;
    struct told kernel = {0}, next_boot = {0}, site = {0};
    struct guard guard = {0};
    bool away = false;
    if (agent->world->api_wait_ready(agent->role, READY_S, err) < 0) {
        end_workers(workers, n_workers, true);
        return -1;
    }
    say_ready(agent);
    log_info("node is Ready");
    struct told_ready told_ready = {0};
    memcpy(told_ready.claim, agent->seed.claim, sizeof(told_ready.claim));
    struct error problem = {0};
    if (agent->world->install_confirm(agent, &problem) < 0)
        tell_problem(agent, &problem, &kernel);
    agent->world->layers_forget(agent->role);
    for (;;) {
        problem = (struct error){0};
        if (prepare_next_boot(agent, &follow.pending, &problem) < 0)
            tell_problem(agent, &problem, &next_boot);
        else
            tell_over(agent, &next_boot);
        problem = (struct error){0};
        if (record_witness(agent->world, &agent->seed, &agent->journal, role_is_master(agent->role), &problem) < 0 &&
            !seed_is_away(&problem) && problem.errnum != EACCES)
            log_warning("%s", problem.message);
        say_again(agent, &told_ready);
        if (role_is_master(agent->role))
            guard_vip(agent, &guard);
        if (follow_role(agent, &follow, ROLE_WAIT_S, &problem) < 0) {
            away = seed_is_away(&problem);
            error_code(&problem, SR_WATCH);
            if (away) {
                log_warning("%s", problem.message);
                tell_console(agent, &problem);
            } else {
                tell_problem(agent, &problem, &site);
            }
            nanosleep(&(struct timespec){.tv_sec = AWAY_S}, NULL);
        } else if (away || site.message[0]) {
            tell_console(agent, NULL);
            tell_over(agent, &site);
            next_boot = (struct told){0}; /* other problems are reported again */
            away = false;
        }
        keep_workers(agent, workers, n_workers);
    }
}
