/* SPDX-License-Identifier: Apache-2.0
 * See daemon.h. The pid file is locked (fcntl): the kernel names the holder, so that a stale number kills nobody. */
#include "daemon.h"

#include "buf.h"
#include "cleanup.h"
#include "clock.h"
#include "file.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define PID_FILE RUN "/serve.pid"
#define LOG_FILE RUN "/serve.log"
#define LISTENS "listens"
enum { END_MS = 5000, PAUSE_MS = 20 };

static int open_pid_file(const struct place *place, struct error *err) {
    char folder[PATH_MAX], path[PATH_MAX];
    place_path(place, RUN, folder);
    place_path(place, PID_FILE, path);
    if (file_mkdirs(folder, 0755, err) < 0)
        return -1;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? error_errno(err, errno, "open `%s`", path) : fd;
}

static pid_t holder_of(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
}

int daemon_stop(const struct place *place, struct error *err) {
    cleanup_close int fd = open_pid_file(place, err);
    if (fd < 0)
        return -1;
    int64_t deadline = clock_boottime_ms() + END_MS;
    pid_t told = 0;
    for (pid_t holder; (holder = holder_of(fd)) > 0;) {
        if (holder != told)
            say("ends an older `fake-kubeadm serve`, process %d", (int)holder);
        kill(holder, clock_boottime_ms() < deadline ? SIGTERM : SIGKILL);
        told = holder;
        if (clock_boottime_ms() >= deadline + END_MS)
            return error_set(err, EBUSY, "`fake-kubeadm serve`, process %d, does not end", (int)holder);
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    return 0;
}

int daemon_hold(const struct place *place, struct error *err) {
    int fd = open_pid_file(place, err); /* open until the process ends: closing it would drop the lock */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fd < 0)
        return -1;
    if (fcntl(fd, F_SETLK, &lock) < 0)
        return error_errno(err, errno, "another `fake-kubeadm serve` runs, process %d", (int)holder_of(fd));
    if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0)
        return error_errno(err, errno, "write `%s`", PID_FILE);
    return 0;
}

int daemon_ready(const struct place *place, struct error *err) {
    char path[PATH_MAX];
    place_path(place, LOG_FILE, path);
    cleanup_close int log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (log < 0)
        return error_errno(err, errno, "open `%s`", path);
    printf(DOUBLE ": " LISTENS "\n");
    fflush(stdout);
    dup2(log, 1);
    dup2(log, 2);
    return chdir("/") < 0 ? error_errno(err, errno, "chdir `/`") : 0;
}

static void become_server(int output) {
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    setsid();
    dup2(null, 0);
    dup2(output, 1);
    dup2(output, 2);
    execl("/proc/self/exe", "fake-kubeadm", "serve", (char *)NULL);
    perror(DOUBLE ": /proc/self/exe");
    _exit(127);
}

int daemon_start(const struct place *place, struct error *err) {
    int output[2];
    cleanup_buf struct buf text = BUF_INIT(4096);
    char chunk[512];
    if (daemon_stop(place, err) < 0)
        return -1;
    if (pipe2(output, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        become_server(output[1]);
    close(output[1]);
    for (ssize_t got; (got = read(output[0], chunk, sizeof(chunk))) > 0;)
        buf_add(&text, chunk, (size_t)got);
    close(output[0]);
    if (pid < 0)
        return error_errno(err, errno, "fork");
    if (strstr(buf_text(&text), LISTENS))
        return 0;
    waitpid(pid, NULL, 0);
    return error_set(err, -1, "`fake-kubeadm serve`: %.*s", (int)strcspn(buf_text(&text), "\n"), buf_text(&text));
}
