/* SPDX-License-Identifier: Apache-2.0
 * See http.h. */
#include "http.h"

#include "cleanup.h"
#include "clock.h"
#include "file.h"
#include "server/context/reply.h"
#include "routes.h"
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/un.h>

enum {
    HTTP_STRANGERS = 480, /* connections that showed no claim (connection_limits.h) */
    HTTP_CONNECTIONS_PER_ADDRESS = 128,
    HTTP_ADMIN_CONNECTIONS = 16,
    HTTP_IDLE_S = 30,
    HTTP_HEADERS_MAX = 16 * 1024, /* libmicrohttpd's memory for one connection: request line, headers, reply headers */
};

/* Keeps one piece of the body. Beyond the limit the rest is thrown away and `too_large` is set. */
static enum MHD_Result take_body(struct request *request, const char *data, size_t length) {
    if (request->upload) {
        upload_add(request->upload, data, length);
        return MHD_YES;
    }
    if (request->too_large || request->body.length + length > request->body_max) {
        request->too_large = true;
        return MHD_YES;
    }
    buf_add(&request->body, data, length);
    return buf_failed(&request->body) ? MHD_NO : MHD_YES;
}

/* RFC 9112, 3.2 and 6.3: which host is meant and where the body ends must be beyond doubt. */
static bool is_unambiguous(const struct request *request, const char *version) {
    unsigned hosts = request_count_header(request, "Host"), lengths = request_count_header(request, "Content-Length");
    return hosts <= 1 && (hosts == 1 || strcmp(version, "HTTP/1.1") < 0) && lengths <= 1 &&
           (lengths == 0 || request_count_header(request, "Transfer-Encoding") == 0);
}

/* The first call for a request, before its body is read. The body of a request that will be refused is read and thrown
 * away, so that its sender gets the answer; one that is much too large is refused at once. */
static enum MHD_Result http_start(struct request *request, const char *version) {
    const char *length = request_header(request, "Content-Length");
    if (!is_unambiguous(request, version))
        return reply_error(request, MHD_HTTP_BAD_REQUEST, "invalid",
                           "not one header Host, or not one length of the body",
                           "send one Host, and one Content-Length or Transfer-Encoding");
    routes_find(request);
    if (request->route && (request->route->needs & ROUTE_UPLOAD) && !request->upload)
        return routes_dispatch(request); /* says why, before a large body comes */
    if (length && !request->upload && strtoull(length, NULL, 10) > REQUEST_BODY_MAX)
        return routes_too_large(request);
    return MHD_YES;
}

static enum MHD_Result access_any(struct server *server, enum channel channel, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version, const char *data,
                                  size_t *length, void **context) {
    struct request *request = *context;
    if (!request) {
        *context = request = request_new(server, connection, method, url, channel);
        return request ? http_start(request, version) : MHD_NO;
    }
    if (*length > 0) {
        enum MHD_Result r = take_body(request, data, *length);
        *length = 0;
        return r;
    }
    request->began_ns = clock_monotonic_ns();
    return routes_dispatch(request);
}

static enum MHD_Result access_tcp(void *server, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *length, void **context) {
    return access_any(server, CHANNEL_PLAIN, connection, url, method, version, data, length, context);
}

static enum MHD_Result access_tls(void *server, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *length, void **context) {
    return access_any(server, CHANNEL_TLS, connection, url, method, version, data, length, context);
}

static enum MHD_Result access_admin(void *server, struct MHD_Connection *connection, const char *url,
                                    const char *method, const char *version, const char *data, size_t *length,
                                    void **context) {
    return access_any(server, CHANNEL_ADMIN, connection, url, method, version, data, length, context);
}

static void completed(void *server, struct MHD_Connection *connection, void **context,
                      enum MHD_RequestTerminationCode code) {
    (void)server;
    (void)connection;
    (void)code;
    request_free(*context);
    *context = NULL;
}

static int listen_tcp(const char *option, const char *text, const struct listen_address *at, struct error *err) {
    int family = at->address.ss_family, yes = 1;
    cleanup_close int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_errno(err, errno, "listen on `%s`: socket", text);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)); /* accepted sockets inherit it */
    if (bind(fd, (const struct sockaddr *)&at->address, at->length) < 0 || listen(fd, 256) < 0) {
        int code = errno;
        error_errno(err, code, "listen on `%s`", text);
        if (code == EADDRINUSE)
            error_remedy(err, "the port is in use: stop the other program, or choose another with %s", option);
        else if (code == EADDRNOTAVAIL)
            error_remedy(err, "give this machine the address first, or listen on 0.0.0.0");
        return -1;
    }
    int kept = fd;
    fd = -1;
    return kept;
}

/* The socket has mode 0600: who may open it is the operator. A stale one may be removed, since this process has locked
 * the state folder. */
static int listen_admin(const char *path, struct error *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >= (int)sizeof(address.sun_path))
        return error_errno(err, ENAMETOOLONG, "admin socket `%s`", path);
    cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_errno(err, errno, "admin socket `%s`", path);
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(path);
    mode_t old = umask(0177);
    int r = bind(fd, (const struct sockaddr *)&address, sizeof(address));
    umask(old);
    if (r < 0 || listen(fd, 16) < 0)
        return error_errno(err, errno, "admin socket `%s`", path);
    int kept = fd;
    fd = -1;
    return kept;
}

/* libmicrohttpd keeps pointers to the PEM texts: they must outlive the daemon. */
static struct MHD_Daemon *start_daemon(struct server *server, int fd, MHD_AccessHandlerCallback handler,
                                       unsigned connections, unsigned per_address, struct connection_limits *limits,
                                       const struct tls *tls) {
    const struct MHD_OptionItem secured[] = {{MHD_OPTION_HTTPS_MEM_KEY, 0, tls ? tls->key : NULL},
                                             {MHD_OPTION_HTTPS_MEM_CERT, 0, tls ? tls->certificate : NULL},
                                             {MHD_OPTION_HTTPS_MEM_TRUST, 0, tls ? tls->authority : NULL},
                                             {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)TLS_PRIORITIES},
                                             {MHD_OPTION_END, 0, NULL}};
    const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0), 0, NULL, NULL, handler,
                            server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, connections,
                            MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned)HTTP_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEADERS_MAX,
                            MHD_OPTION_NOTIFY_COMPLETED, completed, server, MHD_OPTION_NOTIFY_CONNECTION,
                            connection_limits_notify, limits, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                            MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, /* else sendfile(2) is not used */
                            MHD_OPTION_ARRAY, tls ? secured : none, MHD_OPTION_END);
}

/* Takes the descriptor over. */
static int serve(struct server *server, enum channel channel, int fd, struct error *err) {
    static const struct {
        MHD_AccessHandlerCallback access;
        unsigned connections, per_address, strangers;
    } channels[N_CHANNELS] = {
        [CHANNEL_PLAIN] = {access_tcp, HTTP_CONNECTIONS, HTTP_CONNECTIONS_PER_ADDRESS, HTTP_STRANGERS},
        [CHANNEL_TLS] = {access_tls, HTTP_CONNECTIONS, HTTP_CONNECTIONS_PER_ADDRESS, HTTP_STRANGERS},
        [CHANNEL_ADMIN] = {access_admin, HTTP_ADMIN_CONNECTIONS, 0, HTTP_ADMIN_CONNECTIONS},
    };
    if (fd < 0)
        return -1;
    server->limits[channel] =
        (struct connection_limits){.most = channels[channel].strangers, .dismissed = &server->counters.dismissed};
    struct MHD_Daemon *daemon =
        start_daemon(server, fd, channels[channel].access, channels[channel].connections, channels[channel].per_address,
                     &server->limits[channel], channel == CHANNEL_TLS ? &server->tls : NULL);
    if (!daemon) {
        close(fd);
        return error_set(err, -1, "libmicrohttpd does not start on `%s`",
                         channel == CHANNEL_ADMIN ? server->admin_path
                         : channel == CHANNEL_TLS ? server->options->listen_tls
                                                  : server->options->listen);
    }
    server->daemons[channel] = daemon;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = info ? info->epoll_fd : -1};
    if (!info || epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, info->epoll_fd, &event) < 0)
        return error_errno(err, errno, "watch the HTTP daemon");
    return 0;
}

unsigned http_port(const struct server *server, enum channel channel) {
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    const union MHD_DaemonInfo *info =
        server->daemons[channel] ? MHD_get_daemon_info(server->daemons[channel], MHD_DAEMON_INFO_LISTEN_FD) : NULL;
    if (!info || getsockname(info->listen_fd, (struct sockaddr *)&address, &length) < 0)
        return 0;
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

static int write_ports(const struct server *server, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(32);
    if (!server->options->port_file)
        return 0;
    buf_addf(&text, "%u\n", http_port(server, CHANNEL_PLAIN));
    if (server->tls.port)
        buf_addf(&text, "%u\n", server->tls.port);
    return file_write(server->options->port_file, buf_text(&text), text.length, 0644, err);
}

int http_open(struct server *server, struct error *err) {
    const struct options *o = server->options;
    if (serve(server, CHANNEL_PLAIN, listen_tcp("--listen", o->listen, &o->plain, err), err) < 0 ||
        serve(server, CHANNEL_ADMIN, listen_admin(server->admin_path, err), err) < 0)
        return -1;
    if (o->pki) {
        if (serve(server, CHANNEL_TLS, listen_tcp("--listen-tls", o->listen_tls, &o->tls, err), err) < 0)
            return -1;
        server->tls.port = http_port(server, CHANNEL_TLS);
    }
    return write_ports(server, err);
}

void http_run(struct server *server) {
    server->resumed = false; /* a handler that runs now may set it again */
    for (size_t i = 0; i < N_CHANNELS; i++)
        if (server->daemons[i])
            MHD_run(server->daemons[i]);
}

/* Without a thread of its own libmicrohttpd does not signal its epoll descriptor for a resumed connection. */
int http_timeout_ms(const struct server *server) {
    if (server->resumed)
        return 0;
    MHD_UNSIGNED_LONG_LONG wanted, least = ULLONG_MAX;
    for (size_t i = 0; i < N_CHANNELS; i++)
        if (server->daemons[i] && MHD_get_timeout(server->daemons[i], &wanted) == MHD_YES && wanted < least)
            least = wanted;
    return least == ULLONG_MAX ? -1 : least > 60000 ? 60000 : (int)least;
}

void http_close(struct server *server) {
    server->stopping = true;
    requests_expire(server, INT64_MAX);
    for (int i = 0; i < 8; i++)
        http_run(server);
    requests_expire(server, INT64_MAX);
    for (size_t i = 0; i < N_CHANNELS; i++)
        if (server->daemons[i])
            MHD_stop_daemon(server->daemons[i]);
    if (server->daemons[CHANNEL_ADMIN])
        unlink(server->admin_path);
    memset(server->daemons, 0, sizeof(server->daemons));
    tls_free(&server->tls);
}
