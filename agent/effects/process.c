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
enum { API_SERVER_PORT = 6443, ETCD_PEER_PORT = 2380 /* etcd listens there also while it has no quorum */ };

static bool is_called(const char *pid, const char *program) {
    cleanup_buf struct buf name = BUF_INIT(64);
    struct error gone;
    char path[280];
    snprintf(path, sizeof(path), "/proc/%s/comm", pid);
    if (!isdigit((unsigned char)pid[0]) || file_read(path, &name, &gone) < 0)
        return false;
    return name.length == strlen(program) + 1 && !strncmp(buf_text(&name), program, name.length - 1);
}

/* The inode of the socket that listens on the port in this network namespace (proc_net_tcp.rst); 0: none does. */
static int find_listener(unsigned port, unsigned long *ret_inode, struct error *err) {
    static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
    enum { LISTEN = 0x0a };
    *ret_inode = 0;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && !*ret_inode; i++) {
        cleanup_fclose FILE *table = fopen(tables[i], "re");
        cleanup_free char *line = NULL;
        size_t size = 0;
        unsigned local, state;
        unsigned long inode;
        if (!table && errno != ENOENT) /* a kernel without IPv6 */
            return error_errno(err, errno, "`%s`", tables[i]);
        while (table && !*ret_inode && getline(&line, &size, table) > 0)
            if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%*x %*x:%*x %*x %*u %*d %lu", &local, &state,
                       &inode) == 3 &&
                local == port && state == LISTEN)
                *ret_inode = inode;
        if (table && ferror(table))
            return error_errno(err, EIO, "`%s`", tables[i]);
    }
    return 0;
}

/* Whether the process has that socket open. One that is gone has nothing. */
static bool has_socket(const char *pid, unsigned long inode) {
    char path[320], wanted[64], found[64];
    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
    cleanup_closedir DIR *files = opendir(path);
    const struct dirent *entry;
    struct error gone;
    while (files && file_next_entry(files, &entry, &gone) > 0) {
        ssize_t n = readlinkat(dirfd(files), entry->d_name, found, sizeof(found) - 1);
        found[n > 0 ? n : 0] = '\0';
        if (!strcmp(found, wanted))
            return true;
    }
    return false;
}

/* The process of that name which listens on its port on this machine: a pod may have others of that name. ESRCH: there
 * is none. */
static int find_process(const char *program, unsigned port, pid_t *ret, struct error *err) {
    cleanup_closedir DIR *processes = opendir("/proc");
    const struct dirent *entry;
    unsigned long inode;
    int more;
    if (!processes)
        return error_errno(err, errno, "`/proc`");
    if (find_listener(port, &inode, err) < 0)
        return -1;
    while ((more = file_next_entry(processes, &entry, err)) > 0)
        if (inode && is_called(entry->d_name, program) && has_socket(entry->d_name, inode)) {
            *ret = (pid_t)strtol(entry->d_name, NULL, 10);
            return 0;
        }
    return more < 0 ? error_wrap(err, "`/proc`") : error_set(err, ESRCH, "no process %s on port %u", program, port);
}

int process_restart_api_server(struct error *err) {
    pid_t pid;
    if (find_process(API_SERVER, API_SERVER_PORT, &pid, err) < 0)
        return -1;
    return kill(pid, SIGTERM) < 0 ? error_errno(err, errno, "end " API_SERVER) : 0;
}

/* The process behind `fd` (pidfd_open(2)) has ended within `wait_ms`. */
static bool has_ended(int fd, int wait_ms) {
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    return poll(&ended, 1, wait_ms) == 1;
}

static int stop_process(const char *program, unsigned port, int grace_ms, struct error *err) {
    enum { KILL_MS = 5000 };
    pid_t pid;
    if (find_process(program, port, &pid, err) < 0)
        return err->errnum == ESRCH ? 0 : -1;
    cleanup_close int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return errno == ESRCH ? 0 : error_errno(err, errno, "watch %s", program);
    kill(pid, SIGTERM);
    if (has_ended(fd, grace_ms))
        return 0;
    kill(pid, SIGKILL);
    return has_ended(fd, KILL_MS) ? 0 : error_set(err, EBUSY, "%s does not end", program);
}

int process_stop_etcd(struct error *err) {
    enum { GRACE_MS = 10000 };
    return stop_process("etcd", ETCD_PEER_PORT, GRACE_MS, err);
}

int process_stop_api_server(int grace_ms, struct error *err) {
    return stop_process(API_SERVER, API_SERVER_PORT, grace_ms, err);
}

/* By the names that the kernel keeps of them, 15 bytes. */
static const struct {
    const char *program;
    unsigned port;
} controllers[] = {{"kube-controller", 10257}, {"kube-scheduler", 10259}};

int process_stop_controllers(struct error *err) {
    enum { GRACE_MS = 5000 };
    for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++)
        if (stop_process(controllers[i].program, controllers[i].port, GRACE_MS, err) < 0)
            return -1;
    return 0;
}

bool process_controllers_run(void) {
    for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
        struct error none;
        pid_t pid;
        if (find_process(controllers[i].program, controllers[i].port, &pid, &none) < 0)
            return false;
    }
    return true;
}

int process_etcd_has_argument(const char *argument, bool *ret, struct error *err) {
    cleanup_buf struct buf arguments = BUF_INIT(16384);
    char path[64];
    pid_t pid;
    if (find_process("etcd", ETCD_PEER_PORT, &pid, err) < 0)
        return -1;
    snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
    if (file_read(path, &arguments, err) < 0)
        return -1;
    *ret = false;
    for (size_t at = 0; at < arguments.length; at += strlen(arguments.data + at) + 1)
        *ret |= !strcmp(arguments.data + at, argument);
    return 0;
}
