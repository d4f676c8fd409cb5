/* SPDX-License-Identifier: Apache-2.0
 * Connections that are kept between calls: one for a process, never the parent's, and a new one where the old one
 * ended. The server answers each request with the number of the connection by which it came. */
#include "../../lib/test/testing.h"

#include "effects/http.h"
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char url[64];
static pid_t server;
static struct http_connection connection;

/* Answers requests until the client goes; with a path /last it ends the connection after the answer. */
static void serve_connection(int fd, int number) {
    char request[4096], reply[128];
    for (size_t length = 0;;) {
        ssize_t n = read(fd, request + length, sizeof(request) - 1 - length);
        if (n <= 0)
            _exit(0);
        length += (size_t)n;
        request[length] = '\0';
        if (!strstr(request, "\r\n\r\n"))
            continue;
        n = snprintf(reply, sizeof(reply), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d", number);
        if (write(fd, reply, (size_t)n) != n || strstr(request, "/last"))
            _exit(0);
        length = 0;
    }
}

static int start_server(void **state) {
    (void)state;
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t size = sizeof(in);
    struct error err = {0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, "127.0.0.1", &in.sin_addr);
    if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 || listen(fd, 8) < 0 ||
        getsockname(fd, (struct sockaddr *)&in, &size) < 0 || http_init(&err) < 0)
        return -1;
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", ntohs(in.sin_port));
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGCHLD, SIG_IGN);
        for (int number = 1;; number++) {
            int client = accept(fd, NULL, NULL);
            if (fork() == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                serve_connection(client, number);
            }
            close(client);
        }
    }
    close(fd);
    return 0;
}

static int stop_server(void **state) {
    (void)state;
    http_disconnect(&connection);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return 0;
}

/* The number of the connection, 0: the call failed. */
static int call(const char *path, struct http_connection *kept) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct error err = {0};
    char whole[96];
    snprintf(whole, sizeof(whole), "%s%s", url, path);
    return http_call(whole, &(struct http_options){.connection = kept, .timeout_s = 5}, &reply, &err) == 0
               ? (int)strtol(buf_text(&reply.body), NULL, 10)
               : 0;
}

static void a_connection_is_kept(void **state) {
    (void)state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(call("", &connection), 1);
    assert_int_equal(call("", NULL), 2); /* one for this call alone */
    assert_int_equal(call("", &connection), 1);
    http_disconnect(&connection);
    assert_int_equal(call("", &connection), 3);
}

static void one_that_ended_is_replaced(void **state) {
    (void)state;
    assert_int_equal(call("last", &connection), 1);
    assert_int_equal(call("last", &connection), 2); /* whether its end has arrived yet or not */
    assert_int_equal(call("", &connection), 3);
    assert_int_equal(call("", &connection), 3);
}

static void a_forked_process_makes_its_own(void **state) {
    (void)state;
    int status;
    assert_int_equal(call("", &connection), 1);
    pid_t child = fork();
    if (child == 0)
        _exit(call("", &connection) == 2 && call("", &connection) == 2 ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(call("", &connection), 1); /* the parent's is as it was */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_server, stop_server)
int main(void) {
    const struct CMUnitTest tests[] = {TEST(a_connection_is_kept), TEST(one_that_ended_is_replaced),
                                       TEST(a_forked_process_makes_its_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
