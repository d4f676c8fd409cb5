/* SPDX-License-Identifier: Apache-2.0
 * An error that ends a loop is the loop's result: a list cut short is not the whole list, and silence that nobody
 * listened to is no answer. Each system call fails once, at the border to libc and the libraries (ld --wrap). */
#include "../../lib/test/testing.h"

#include "cleanup.h"
#include "effects/arp.h"
#include "effects/await.h"
#include "effects/block.h"
#include "effects/child.h"
#include "effects/process.h"
#include "effects/netlink.h"
#include "effects/ports.h"
#include "effects/swap.h"
#include "effects/vrrp.h"
#include <arpa/inet.h>
#include <blkid/blkid.h>
#include <dirent.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The call that fails, and how; NULL: none does. */
static const char *failing;
static int failing_errno;
static unsigned spared; /* so many calls of it succeed first */

static bool fails(const char *call) {
    if (!failing || strcmp(failing, call) != 0)
        return false;
    if (spared > 0) {
        spared--;
        return false;
    }
    errno = failing_errno;
    return true;
}

#define WRAPPED(type, name, parameters, arguments, failure)                                                            \
    type __real_##name parameters;                                                                                     \
    type __wrap_##name parameters;                                                                                     \
    type __wrap_##name parameters {                                                                                    \
        return fails(#name) ? (failure) : __real_##name arguments;                                                     \
    }

WRAPPED(ssize_t, mnl_socket_recvfrom, (const struct mnl_socket *s, void *buffer, size_t size), (s, buffer, size), -1)
WRAPPED(ssize_t, recv, (int fd, void *buffer, size_t size, int flags), (fd, buffer, size, flags), -1)
WRAPPED(ssize_t, read, (int fd, void *buffer, size_t size), (fd, buffer, size), -1)
WRAPPED(int, poll, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout), -1)
WRAPPED(DIR *, opendir, (const char *path), (path), NULL)
WRAPPED(struct dirent *, readdir, (DIR * folder), (folder), NULL)
WRAPPED(int, blkid_do_probe, (blkid_probe probe), (probe), -1)

/* A file that opens and cannot be read. */
static ssize_t cannot_read(void *cookie, char *buffer, size_t size) {
    (void)cookie;
    (void)buffer;
    (void)size;
    errno = EIO;
    return -1;
}
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode) {
    return fails("fopen") ? fopencookie(NULL, "r", (cookie_io_functions_t){.read = cannot_read})
                          : __real_fopen(path, mode);
}

static int nothing_fails(void **state) {
    (void)state;
    failing = NULL;
    return 0;
}

static void fail_with(const char *call, int number) {
    failing = call;
    failing_errno = number;
    spared = 0;
}

static void a_broken_dump_is_no_list(void **state) {
    (void)state;
    struct link links[NETLINK_LINKS];
    struct error err = {0};
    size_t n = 99;
    assert_int_equal(link_list(links, &n, &err), 0);
    assert_true(n < 99);
    fail_with("mnl_socket_recvfrom", ENOBUFS);
    assert_int_equal(link_list(links, &n, &err), -1);
    assert_string_equal(err.message, "list links: ENOBUFS");
}

static void a_missing_ack_is_no_success(void **state) {
    (void)state;
    struct address address = {.ifindex = 1, .at = net_prefix_of((struct in_addr){htonl(INADDR_LOOPBACK)}, 8)};
    struct error err = {0};
    fail_with("mnl_socket_recvfrom", ENOBUFS);
    assert_int_equal(address_add(&address, &err), -1); /* lo has it: the kernel refuses, and nobody hears */
    assert_string_equal(err.message, "add address `127.0.0.1/8`: ENOBUFS");
}

static void an_arp_probe_that_hears_nothing_is_no_free_address(void **state) {
    (void)state;
    struct error err = {0};
    bool taken;
    char mac[18];
    if (geteuid() != 0)
        skip();
    fail_with("poll", ENOMEM);
    assert_int_equal(arp_probe(1, "02:00:00:00:00:01", (struct in_addr){0}, 30, &taken, mac, &err), -1);
    assert_string_equal(err.message, "ARP probe `0.0.0.0`: ENOMEM");
}

static bool nobody_is_ours(const void *context, struct in_addr source) {
    (void)context;
    (void)source;
    return false;
}

static void vrrp_that_cannot_be_heard_is_no_silence(void **state) {
    (void)state;
    struct error err = {0};
    struct in_addr source;
    bool found;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    fail_with("recv", ENETDOWN);
    struct vrrp_listener listener = {.fd = ends[0]};
    assert_int_equal(vrrp_find(&listener, 51, nobody_is_ours, NULL, 30, &found, &source, &err), -1);
    assert_string_equal(err.message, "listen for VRRP: ENETDOWN");
    close(ends[0]);
    close(ends[1]);
}

static void ports_that_cannot_be_awaited_are_not_silent(void **state) {
    (void)state;
    struct error err = {0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    struct port port = {.in = address.sin_addr, .number = ntohs(address.sin_port)};
    fail_with("poll", ENOMEM);
    assert_int_equal(ports_probe(&port, 1, 100, &err), -1);
    assert_string_equal(err.message, "connect: ENOMEM");
    close(fd);
}

static void swaps_that_cannot_be_read_are_not_off(void **state) {
    (void)state;
    struct error err = {0};
    int active, fstab;
    fail_with("fopen", EIO);
    assert_int_equal(swap_count(&active, &fstab, &err), -1);
    assert_string_equal(err.message, "read `/proc/swaps`: EIO");
}

static void processes_that_cannot_be_listed_have_not_ended(void **state) {
    (void)state;
    struct error err = {0};
    fail_with("readdir", EIO);
    assert_int_equal(process_stop_etcd(&err), -1);
    assert_string_equal(err.message, "`/proc`: list a folder: EIO");
    fail_with("opendir", EMFILE);
    assert_int_equal(process_stop_etcd(&err), -1);
    assert_string_equal(err.message, "`/proc`: EMFILE");
}

static void disks_that_cannot_be_listed_are_not_all(void **state) {
    (void)state;
    cleanup_block_list struct block_list list = {0};
    struct error err = {0};
    fail_with("readdir", EIO);
    assert_int_equal(block_scan(&list, &err), -1);
    assert_string_equal(err.message, "`/sys/block`: list a folder: EIO");
}

/* What is stacked on a disk lies in its folder `holders`: a disk whose folder cannot be listed is nobody's to take. */
static void a_disk_whose_holders_cannot_be_listed_is_held(void **state) {
    (void)state;
    cleanup_block_list struct block_list all = {0}, list = {0};
    struct error err = {0};
    if (block_scan(&all, &err) < 0 || all.n == 0)
        skip(); /* no disks here */
    fail_with("opendir", EACCES);
    spared = 1; /* /sys/block */
    assert_int_equal(block_scan(&list, &err), 0);
    bool held = false;
    for (size_t i = 0; i < list.n; i++)
        held |= list.disks[i].content == DISK_FOREIGN &&
                !strcmp(list.disks[i].found, "part of something that cannot be listed");
    assert_true(held);
}

static void a_disk_that_cannot_be_looked_at_is_not_wiped(void **state) {
    (void)state;
    struct error err = {0};
    struct disk disk = {.size = 8 << 20};
    char path[] = "/tmp/seedrack-wipe.XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(ftruncate(fd, 8 << 20), 0);
    snprintf(disk.name, sizeof(disk.name), "..%.29s", path); /* below /dev */
    assert_int_equal(block_wipe(&disk, &err), 0);
    fail_with("blkid_do_probe", EIO);
    assert_int_equal(block_wipe(&disk, &err), -1);
    assert_non_null(strstr(err.message, ": wipe: EIO"));
    close(fd);
    unlink(path);
}

static void output_that_cannot_be_read_is_no_success(void **state) {
    (void)state;
    static const char *const argv[] = {"echo", "all is well", NULL};
    cleanup_buf struct buf output = BUF_INIT(1000);
    struct error err = {0};
    fail_with("read", EIO);
    assert_int_equal(child_run(argv, &(struct child_options){.timeout_s = 5}, &output, &err), -1);
    assert_string_equal(err.message, "echo: read its output: EIO");
}

static bool never(const void *context) {
    (void)context;
    return false;
}

static void a_wait_that_cannot_wait_does_not_spin(void **state) {
    (void)state;
    struct error err = {0};
    fail_with("poll", ENOMEM);
    assert_int_equal(await_in("/tmp", never, NULL, 5, &err), -1);
    assert_string_equal(err.message, "watch `/tmp`: ENOMEM");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_broken_dump_is_no_list, nothing_fails),
        cmocka_unit_test_teardown(a_missing_ack_is_no_success, nothing_fails),
        cmocka_unit_test_teardown(an_arp_probe_that_hears_nothing_is_no_free_address, nothing_fails),
        cmocka_unit_test_teardown(vrrp_that_cannot_be_heard_is_no_silence, nothing_fails),
        cmocka_unit_test_teardown(ports_that_cannot_be_awaited_are_not_silent, nothing_fails),
        cmocka_unit_test_teardown(swaps_that_cannot_be_read_are_not_off, nothing_fails),
        cmocka_unit_test_teardown(processes_that_cannot_be_listed_have_not_ended, nothing_fails),
        cmocka_unit_test_teardown(disks_that_cannot_be_listed_are_not_all, nothing_fails),
        cmocka_unit_test_teardown(a_disk_whose_holders_cannot_be_listed_is_held, nothing_fails),
        cmocka_unit_test_teardown(a_disk_that_cannot_be_looked_at_is_not_wiped, nothing_fails),
        cmocka_unit_test_teardown(output_that_cannot_be_read_is_no_success, nothing_fails),
        cmocka_unit_test_teardown(a_wait_that_cannot_wait_does_not_spin, nothing_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
