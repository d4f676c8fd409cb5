/* SPDX-License-Identifier: Apache-2.0
 * See power_worker.h. */
#include "power_worker.h"

#include "effects/child.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

/* The new process: has nothing of the seed's but the pipe, and ends with the seed. */
static void work(const struct power_order *order, int said, pid_t parent) {
    struct power_result result = {0};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    child_die_with(parent);
    if (dup2(said, STDIN_FILENO) < 0 || close_range(STDERR_FILENO + 1, UINT_MAX, 0) < 0 ||
        fcntl(STDIN_FILENO, F_SETFD, FD_CLOEXEC) < 0)
        _exit(1);
    alarm(POWER_WORKER_S);
    result.result = power_bmc_do(order, &result.state, &result.err);
    _exit(write(STDIN_FILENO, &result, sizeof(result)) != (ssize_t)sizeof(result)); /* less than PIPE_BUF: at once */
}

static int spawn(struct power_worker *worker, int epoll_fd, const struct power_order *order, struct error *err) {
    int said[2];
    struct epoll_event event = {.events = EPOLLIN};
    pid_t parent = getpid();
    if (pipe2(said, O_CLOEXEC | O_NONBLOCK) < 0)
        return error_errno(err, errno, "pipe");
    event.data.fd = worker->said = said[0];
    worker->pid = epoll_ctl(epoll_fd, EPOLL_CTL_ADD, said[0], &event) < 0 ? -1 : fork();
    int code = errno;
    if (worker->pid == 0)
        work(order, said[1], parent);
    close(said[1]);
    if (worker->pid > 0)
        return 0;
    worker->pid = 0;
    close(said[0]);
    return error_errno(err, code, "fork");
}

/* The one that is free for the longest time. */
static struct power_worker *find_free(struct power_workers *workers) {
    struct power_worker *best = NULL;
    for (size_t i = 0; i < POWER_WORKERS_MAX; i++) {
        struct power_worker *worker = &workers->list[i];
        if (!worker->pid && (!best || worker->id < best->id))
            best = worker;
    }
    return best;
}

static int refuse_busy(const struct power_worker *asked, const char *hostname, struct error *err) {
    if (asked)
        error_set(err, EBUSY, "%s: its BMC has an order already: `%s`", hostname, power_act_names[asked->act]);
    else
        error_set(err, EBUSY, "%d BMCs are asked at this moment, the most", POWER_WORKERS_MAX);
    return error_remedy(err, "try again in some seconds");
}

static int start(struct power_workers *workers, int epoll_fd, const char *hostname, const struct power_order *order,
                 uint64_t *ret_id, struct error *err) {
    for (size_t i = 0; i < POWER_WORKERS_MAX; i++) {
        const struct power_worker *worker = &workers->list[i];
        if (!worker->pid || strcmp(worker->hostname, hostname) != 0)
            continue;
        if (worker->act != POWER_STATUS || order->act != POWER_STATUS)
            return refuse_busy(worker, hostname, err);
        *ret_id = worker->id;
        return 0;
    }
    struct power_worker *worker = find_free(workers);
    if (!worker)
        return refuse_busy(NULL, hostname, err);
    *worker = (struct power_worker){.id = ++workers->last, .act = order->act};
    snprintf(worker->hostname, sizeof(worker->hostname), "%s", hostname);
    *ret_id = worker->id;
    return spawn(worker, epoll_fd, order, err);
}

int power_workers_start(struct power_workers *workers, int epoll_fd, const char *hostname, struct power_order *order,
                        uint64_t *ret_id, struct error *err) {
    int result = start(workers, epoll_fd, hostname, order, ret_id, err);
    explicit_bzero(order->secret, sizeof(order->secret));
    return result;
}

static void take(struct power_worker *worker, ssize_t got) {
    struct power_result *result = &worker->result;
    while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(worker->said);
    worker->pid = 0;
    if (got != (ssize_t)sizeof(*result)) {
        result->result = error_set(&result->err, ETIMEDOUT, "no end after %d s", POWER_WORKER_S);
        error_remedy(&result->err, "see that the BMC answers");
    }
    if (result->result < 0)
        log_warning("power %s of %s: %s", power_act_names[worker->act], worker->hostname, result->err.message);
    else
        log_info("power %s of %s: done, its BMC said %s", power_act_names[worker->act], worker->hostname,
                 power_state_name(result->state));
}

bool power_workers_take(struct power_workers *workers) {
    bool any = false;
    for (size_t i = 0; i < POWER_WORKERS_MAX; i++) {
        struct power_worker *worker = &workers->list[i];
        ssize_t got = worker->pid ? read(worker->said, &worker->result, sizeof(worker->result)) : -1;
        if (!worker->pid || (got < 0 && (errno == EAGAIN || errno == EINTR)))
            continue;
        take(worker, got);
        any = true;
    }
    return any;
}

const struct power_result *power_workers_result(const struct power_workers *workers, uint64_t id) {
    static const struct power_result lost = {
        .result = -1, .err = {.errnum = EAGAIN, .message = "what its BMC said is lost", .remedy = "ask again"}};
    for (size_t i = 0; i < POWER_WORKERS_MAX; i++)
        if (workers->list[i].id == id)
            return workers->list[i].pid ? NULL : &workers->list[i].result;
    return &lost;
}

void power_workers_end(struct power_workers *workers) {
    for (size_t i = 0; i < POWER_WORKERS_MAX; i++)
        if (workers->list[i].pid) {
            child_end(&workers->list[i].pid);
            close(workers->list[i].said);
        }
}
