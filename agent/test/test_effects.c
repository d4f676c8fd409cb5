/* SPDX-License-Identifier: Apache-2.0
 * The agent's effects that need neither root nor a cluster: child processes, waiting for files, ports on loopback. */
#include "../../lib/test/testing.h"

#include "effects/await.h"
#include "effects/child.h"
#include "effects/docker_store.h"
#include "effects/netlink.h"
#include "effects/ports.h"
#include "effects/process.h"
#include "hex.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/seedrack-test-effects.XXXXXX";

static const char *in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    const char *const argv[] = {"rm", "-rf", folder, NULL};
    struct error err = {0};
    return child_run(argv, &(struct child_options){0}, NULL, &err);
}

static void child_tells_its_best_line(void **state) {
    (void)state;
    static const char *const marks[] = {"[ERROR ", "error execution phase", NULL};
    const char *const kubeadm[] = {
        "sh", "-c",
        "echo error execution phase preflight; echo '\t[ERROR Port-6443]: Port 6443 is in use'; echo trace >&2; exit 1",
        NULL};
    const char *const other[] = {"sh", "-c", "echo one; echo two; exit 3", NULL};
    struct error err = {0};
    assert_int_equal(child_run(kubeadm, &(struct child_options){.marks = marks}, NULL, &err), -1);
    assert_string_equal(err.message, "sh: exit 1: [ERROR Port-6443]: Port 6443 is in use");
    assert_int_equal(child_run(other, &(struct child_options){.marks = marks}, NULL, &err), -1);
    assert_string_equal(err.message, "sh: exit 3: two");
}

static void child_is_bounded(void **state) {
    (void)state;
    const char *const yes[] = {"sh", "-c", "yes | head -c 100000", NULL}, *const sleeper[] = {"sleep", "30", NULL};
    cleanup_buf struct buf output = BUF_INIT(1000);
    struct error err = {0};
    assert_int_equal(child_run(yes, &(struct child_options){0}, &output, &err), -1);
    assert_int_equal(err.errnum, EFBIG);
    assert_int_equal(child_run(sleeper, &(struct child_options){.timeout_s = 1}, NULL, &err), -1);
    assert_int_equal(err.errnum, ETIMEDOUT);
}

static void a_log_is_bounded(void **state) {
    (void)state;
    const char *const kilobytes[] = {"sh", "-c", "yes | head -c 300000", NULL};
    struct error err = {0};
    char log[256], old[300];
    struct stat st;
    snprintf(log, sizeof(log), "%s", in_folder("kubeadm.log"));
    snprintf(old, sizeof(old), "%s.1", log);
    for (int i = 0; i < 20; i++)
        assert_int_equal(child_run(kilobytes, &(struct child_options){.log_path = log}, NULL, &err), 0);
    assert_int_equal(stat(log, &st), 0);
    assert_true(st.st_size > 0 && st.st_size <= CHILD_LOG_MAX + 300000);
    assert_int_equal(stat(old, &st), 0);
    assert_true(st.st_size > CHILD_LOG_MAX && st.st_size <= CHILD_LOG_MAX + 300000);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_program_that_is_missing_is_named(void **state) {
    (void)state;
    const char *const argv[] = {"seedrack-no-such-program", NULL};
    struct error err = {0};
    assert_int_equal(child_run(argv, &(struct child_options){0}, NULL, &err), -1);
    assert_non_null(strstr(err.message, "seedrack-no-such-program"));
}

/* The fifo tells: its last writer is gone when the program is. */
static void a_program_dies_with_who_ran_it(void **state) {
    (void)state;
    char script[320], byte;
    const char *fifo = in_folder("fifo");
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct error err = {0};
    snprintf(script, sizeof(script), "exec 3>%s; echo >&3; exec sleep 30", fifo);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(child_run(argv, &(struct child_options){0}, NULL, &err) < 0);
    int fd = open(fifo, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, &byte, 1), 1);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 10000), 1);
    assert_int_equal(read(fd, &byte, 1), 0);
    close(fd);
}

static void await_sees_a_file_come(void **state) {
    (void)state;
    struct error err = {0};
    const char *path = in_folder("comes");
    pid_t pid = fork();
    if (pid == 0) {
        usleep(100000);
        _exit(file_write(path, "x", 1, 0600, &err) < 0);
    }
    assert_int_equal(await_path(path, 20, &err), 0);
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(await_path(path, 0, &err), 0); /* there already */
    assert_int_equal(await_path(in_folder("never"), 1, &err), -1);
    assert_int_equal(err.errnum, ETIMEDOUT);
}

static void ports_tell_open_from_refused(void **state) {
    (void)state;
    struct error err = {0};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, closed_at = at;
    socklen_t length = sizeof(at);
    int open = socket(AF_INET, SOCK_STREAM, 0), closed = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(open, (struct sockaddr *)&at, sizeof(at)) | listen(open, 1), 0);
    assert_int_equal(bind(closed, (struct sockaddr *)&closed_at, sizeof(closed_at)), 0); /* ours, but nobody listens */
    getsockname(open, (struct sockaddr *)&at, &length);
    getsockname(closed, (struct sockaddr *)&closed_at, &length);
    struct port ports[] = {{.in = at.sin_addr, .number = ntohs(at.sin_port)},
                           {.in = at.sin_addr, .number = ntohs(closed_at.sin_port)}};
    assert_int_equal(ports_probe(ports, 2, 5000, &err), 0);
    assert_int_equal(ports[0].answer, PORT_OPEN);
    assert_int_equal(ports[1].answer, PORT_REFUSED);
    close(open);
    close(closed);
}

static void a_silent_port_is_blocked_only_where_others_answer(void **state) {
    (void)state;
    struct in_addr a = {.s_addr = 1}, b = {.s_addr = 2};
    struct port ports[] = {
        {a, 6443, PORT_SILENT}, {a, 2379, PORT_SILENT}, {b, 6443, PORT_REFUSED}, {b, 2380, PORT_SILENT}};
    assert_ptr_equal(ports_blocked(ports, 4), &ports[3]); /* a is off, b's 2380 is blocked */
    assert_null(ports_blocked(ports, 3));
    assert_null(ports_blocked(ports, 0));
}

static void an_image_says_what_it_is(void **state) {
    (void)state;
    struct image_about about;
    struct error err = {0};
    char text[256], hex[65];
    unsigned char bytes[32];
    memset(bytes, 0xab, sizeof(bytes));
    hex_encode(bytes, sizeof(bytes), hex);
    int length = snprintf(text, sizeof(text), "sha256:%s sha256:%s 42\n", hex, hex);
    assert_int_equal(file_write(in_folder("about"), text, (size_t)length, 0600, &err), 0);
    assert_int_equal(image_about_read(folder, &about, &err), 0);
    assert_int_equal(about.size, 42);
    assert_string_equal(about.id + 7, hex);
    const char *const bad[] = {"", "sha256:ab sha256:ab 1", "sha256", "md5:x y z"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(file_write(in_folder("about"), bad[i], strlen(bad[i]), 0600, &err), 0);
        assert_int_equal(image_about_read(folder, &about, &err), -1);
        assert_non_null(strstr(err.message, "/about"));
    }
}

/* A process called etcd, which listens on etcd's port or does not. */
static pid_t start_etcd(bool listens) {
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(2380)};
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        prctl(PR_SET_NAME, "etcd");
        if (!listens || (bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 && listen(fd, 1) == 0))
            (void)!write(ready[1], "x", 1);
        close(ready[1]);
        pause();
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

/* In namespaces of its own: this machine may have a real etcd. */
static void etcd_is_who_listens_on_its_port(void **state) {
    (void)state;
    int status;
    pid_t test = fork();
    if (test == 0) {
        struct error err = {0};
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 && unshare(CLONE_NEWNET) < 0)
            _exit(77);
        pid_t tenant = start_etcd(false), ours = start_etcd(true), later = start_etcd(false);
        bool has;
        bool ok = process_etcd_has_argument("none", &has, &err) == 0 && process_stop_etcd(&err) == 0 &&
                  waitpid(ours, &status, 0) == ours && WIFSIGNALED(status) && waitpid(tenant, NULL, WNOHANG) == 0 &&
                  waitpid(later, NULL, WNOHANG) == 0 && process_stop_etcd(&err) == 0 && /* none is left */
                  process_etcd_has_argument("none", &has, &err) < 0 && err.errnum == ESRCH &&
                  waitpid(tenant, NULL, WNOHANG) == 0;
        kill(tenant, SIGKILL);
        kill(later, SIGKILL);
        if (!ok) {
            kill(ours, SIGKILL);
            fprintf(stderr, "%s\n", err.message);
        }
        _exit(!ok);
    }
    assert_int_equal(waitpid(test, &status, 0), test);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Of a /31 both addresses are machines' (RFC 3021): none of them is a broadcast. */
static void a_link_of_two_reaches_the_other(void **state) {
    (void)state;
    int status;
    pid_t test = fork();
    if (test == 0) {
        struct error err = {0};
        struct address address = {.ifindex = 1};
        struct sockaddr_in other = {.sin_family = AF_INET, .sin_port = htons(9)};
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 && unshare(CLONE_NEWNET) < 0)
            _exit(77);
        bool ok = net_prefix_parse("10.9.0.0/31", &address.at) && inet_aton("10.9.0.1", &other.sin_addr) &&
                  link_up(1, &err) == 0 && address_add(&address, &err) == 0;
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (ok && connect(fd, (struct sockaddr *)&other, sizeof(other)) < 0) /* EACCES: a broadcast, socket(7) */
            error_errno(&err, errno, "10.9.0.1");
        if (err.message[0])
            fprintf(stderr, "%s\n", err.message);
        _exit(!ok || err.message[0]);
    }
    assert_int_equal(waitpid(test, &status, 0), test);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_of_two_reaches_the_other),
        cmocka_unit_test(etcd_is_who_listens_on_its_port),
        cmocka_unit_test(child_tells_its_best_line),
        cmocka_unit_test(child_is_bounded),
        cmocka_unit_test(a_log_is_bounded),
        cmocka_unit_test(a_program_that_is_missing_is_named),
        cmocka_unit_test(a_program_dies_with_who_ran_it),
        cmocka_unit_test(await_sees_a_file_come),
        cmocka_unit_test(ports_tell_open_from_refused),
        cmocka_unit_test(a_silent_port_is_blocked_only_where_others_answer),
        cmocka_unit_test(an_image_says_what_it_is),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
