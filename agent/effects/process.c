/* SPDX-License-Identifier: Apache-2.0
 * See process.h. */
#include "process.h"

#include "cleanup.h"
#include "file.h"
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define API_SERVER "kube-apiserver"

static bool is_called(const char *pid, const char *program) {
    cleanup_buf struct buf name = BUF_INIT(64);
    struct error gone;
    char path[280];
    snprintf(path, sizeof(path), "/proc/%s/comm", pid);
    if (!isdigit((unsigned char)pid[0]) || file_read(path, &name, &gone) < 0)
        return false;
    return name.length == strlen(program) + 1 && !strncmp(buf_text(&name), program, name.length - 1);
}

/* The first process of that name; ESRCH: there is none. */
static int find_process(const char *program, pid_t *ret, struct error *err) {
    cleanup_closedir DIR *processes = opendir("/proc");
    const struct dirent *entry;
    int more;
    if (!processes)
        return error_errno(err, errno, "`/proc`");
    while ((more = file_next_entry(processes, &entry, err)) > 0)
        if (is_called(entry->d_name, program)) {
            *ret = (pid_t)strtol(entry->d_name, NULL, 10);
            return 0;
        }
    return more < 0 ? error_wrap(err, "`/proc`") : error_set(err, ESRCH, "no process %s", program);
}

int process_restart_api_server(struct error *err) {
    pid_t pid;
    if (find_process(API_SERVER, &pid, err) < 0)
        return -1;
    return kill(pid, SIGTERM) < 0 ? error_errno(err, errno, "end " API_SERVER) : 0;
}

/* The process behind `fd` (pidfd_open(2)) has ended within `wait_ms`. */
static bool has_ended(int fd, int wait_ms) {
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    return poll(&ended, 1, wait_ms) == 1;
}

int process_stop_etcd(struct error *err) {
    enum { GRACE_MS = 10000, KILL_MS = 5000 };
    pid_t pid;
    if (find_process("etcd", &pid, err) < 0)
        return err->errnum == ESRCH ? 0 : -1;
    cleanup_close int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return errno == ESRCH ? 0 : error_errno(err, errno, "watch etcd");
    kill(pid, SIGTERM);
    if (has_ended(fd, GRACE_MS))
        return 0;
    kill(pid, SIGKILL);
    return has_ended(fd, KILL_MS) ? 0 : error_set(err, EBUSY, "etcd does not end");
}

int process_etcd_has_argument(const char *argument, bool *ret, struct error *err) {
    cleanup_buf struct buf arguments = BUF_INIT(16384);
    char path[64];
    pid_t pid;
    if (find_process("etcd", &pid, err) < 0)
        return -1;
    snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
    if (file_read(path, &arguments, err) < 0)
        return -1;
    *ret = false;
    for (size_t at = 0; at < arguments.length; at += strlen(arguments.data + at) + 1)
        *ret |= !strcmp(arguments.data + at, argument);
    return 0;
}
