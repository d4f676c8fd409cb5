/* SPDX-License-Identifier: Apache-2.0
 * See http.h. */
#include "http.h"
#include "pace.h"

#include "cleanup.h"
#include "pki.h"
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct stream {
    struct buf *body;
    bool (*line)(void *context, const char *text, size_t length); /* NULL: keep the whole body */
    void *context;
    bool stopped;
    CURL *curl;
    FILE *file; /* gets the body of a 200; NULL: none does */
};

static void curl_cleanup(CURL **curl) {
    curl_easy_cleanup(*curl);
}
static void slist_cleanup(struct curl_slist **list) {
    curl_slist_free_all(*list);
}

int http_init(struct error *err) {
    if (curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK)
        return 0;
    return error_set(err, -1, "the TLS library does not start");
}

void http_reply_free(struct http_reply *reply) {
    buf_free(&reply->body);
}

/* The header's value without the white space around it, cut at `size`; false when it is another header. */
static bool header_value(const char *data, size_t length, const char *name, char *ret, size_t size) {
    size_t start = strlen(name);
    if (length <= start || strncasecmp(data, name, start) != 0)
        return false;
    while (start < length && data[start] == ' ')
        start++;
    while (length > start && (data[length - 1] == '\r' || data[length - 1] == '\n'))
        length--;
    snprintf(ret, size, "%.*s", (int)(length - start), data + start);
    return true;
}

static size_t on_header(char *data, size_t size, size_t count, void *context) {
    struct http_reply *reply = context;
    char date[64];
    header_value(data, size * count, "etag:", reply->etag, sizeof(reply->etag));
    header_value(data, size * count, PKI_GENERATION_HEADER ":", reply->generation, sizeof(reply->generation));
    if (header_value(data, size * count, "date:", date, sizeof(date)))
        reply->date = curl_getdate(date, NULL);
    return size * count;
}

static size_t on_body(char *data, size_t size, size_t count, void *context) {
    struct stream *stream = context;
    size_t length = size * count;
    long status = 0;
    if (stream->file && curl_easy_getinfo(stream->curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 200)
        return fwrite(data, 1, length, stream->file);
    buf_add(stream->body, data, length);
    if (buf_failed(stream->body))
        return 0;
    char *newline;
    while (stream->line && (newline = memchr(stream->body->data, '\n', stream->body->length))) {
        size_t line = (size_t)(newline - stream->body->data);
        if (stream->line(stream->context, stream->body->data, line)) {
            stream->stopped = true;
            return 0;
        }
        memmove(stream->body->data, newline + 1, stream->body->length - line);
        stream->body->length -= line + 1;
    }
    return length;
}

static void set_tls(CURL *curl, const struct http_options *options) {
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL); /* the default is the build machine's, and need not exist here */
    if (options->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file);
    if (options->cert_file)
        curl_easy_setopt(curl, CURLOPT_SSLCERT, options->cert_file);
    if (options->key_file)
        curl_easy_setopt(curl, CURLOPT_SSLKEY, options->key_file);
}

static void set_body(CURL *curl, const struct http_options *options) {
    if (options->body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, options->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(options->body));
    }
    if (options->method)
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, options->method);
}

/* There is no limit on the total time: the line may be slow. */
static void set_stall(CURL *curl) {
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 0L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)HTTP_STALL_S);
}

static void set_upload(CURL *curl, FILE *file) {
    struct stat st;
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READDATA, file);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, fstat(fileno(file), &st) == 0 ? (curl_off_t)st.st_size : 0);
    set_stall(curl);
}

static void file_close(FILE **file) {
    if (*file)
        fclose(*file);
}

static void note_peer(CURL *curl, struct http_reply *ret) {
    curl_off_t connected = 0;
    const char *address = NULL;
    curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME_T, &connected);
    curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &address);
    snprintf(ret->peer, sizeof(ret->peer), "%s", connected > 0 && address ? address : "");
}

/* Whether the machine still has the address that the connection comes from: it may have taken another one since. */
static bool address_is_ours(int fd) {
    struct sockaddr_storage own;
    socklen_t size = sizeof(own);
    if (getsockname(fd, (struct sockaddr *)&own, &size) < 0)
        return false;
    if (own.ss_family == AF_INET)
        ((struct sockaddr_in *)&own)->sin_port = 0;
    else if (own.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&own)->sin6_port = 0;
    else
        return true;
    cleanup_close int probe = socket(own.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return probe >= 0 && bind(probe, (struct sockaddr *)&own, size) == 0;
}

static int socket_of(CURL *curl) {
    curl_socket_t fd = CURL_SOCKET_BAD;
    return curl && curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK && fd != CURL_SOCKET_BAD ? (int)fd
                                                                                                            : -1;
}

void http_disconnect(struct http_connection *connection) {
    if (connection->curl && connection->owner == getpid())
        curl_easy_cleanup(connection->curl);
    else if (socket_of(connection->curl) >= 0)
        close(socket_of(connection->curl)); /* the parent's: without a word in its TLS session */
    connection->curl = NULL;
}

/* The kept handle, with its connection, or a new one. NULL: out of memory. */
static CURL *handle_take(struct http_connection *connection) {
    if (connection->curl && (connection->owner != getpid() ||
                             (socket_of(connection->curl) >= 0 && !address_is_ours(socket_of(connection->curl)))))
        http_disconnect(connection);
    if (connection->curl) {
        curl_easy_reset(connection->curl); /* the options; not the connection */
        return connection->curl;
    }
    connection->owner = getpid();
    return connection->curl = curl_easy_init();
}

/* The caller frees them. */
static struct curl_slist *headers_of(const struct http_options *options) {
    /* Who refuses a key answers before the body, and hangs up: then it must not be on its way (RFC 9110, 10.1.1). */
    struct curl_slist *headers = curl_slist_append(NULL, options->sigv4 ? "Expect: 100-continue" : "Expect:");
    char type[96];
    if (options->body) {
        snprintf(type, sizeof(type), "Content-Type: %s", options->body_type ? options->body_type : "application/json");
        headers = curl_slist_append(headers, type);
    }
    for (size_t i = 0; i < HTTP_HEADERS_MAX && options->headers[i]; i++)
        headers = curl_slist_append(headers, options->headers[i]);
    return headers;
}

/* Opens what the options name; -1 when a file cannot be. */
static int open_files(const struct http_options *options, FILE **ret_upload, FILE **ret_download, struct error *err) {
    if (options->upload && !(*ret_upload = fopen(options->upload, "re")))
        return error_errno(err, errno, "`%s`", options->upload);
    if (options->download && !(*ret_download = fopen(options->download, "we")))
        return error_errno(err, errno, "`%s`", options->download);
    return 0;
}

/* Whether all that came is on the disk. */
static bool is_kept(FILE *download, CURLcode code) {
    return !ferror(download) && (code != CURLE_OK || (fflush(download) != EOF && fsync(fileno(download)) == 0));
}

/* So many times as long are the time-outs of this machine (pace.h). */
static long patience(const struct http_options *options) {
    return options->exact ? 1 : (long)pace_read();
}

static int transfer(const char *url, const struct http_options *options, struct stream *stream, struct http_reply *ret,
                    struct error *err) {
    __attribute__((cleanup(http_disconnect))) struct http_connection once = {0};
    CURL *curl = handle_take(options->connection ? options->connection : &once);
    __attribute__((cleanup(slist_cleanup))) struct curl_slist *headers = headers_of(options);
    __attribute__((cleanup(slist_cleanup))) struct curl_slist *places =
        options->connect_to ? curl_slist_append(NULL, options->connect_to) : NULL;
    __attribute__((cleanup(file_close))) FILE *upload = NULL;
    __attribute__((cleanup(file_close))) FILE *download = NULL;
    char detail[CURL_ERROR_SIZE] = "";
    if (open_files(options, &upload, &download, err) < 0)
        return -1;
    stream->curl = curl;
    stream->file = download;
    if (!curl)
        return error_errno(err, ENOMEM, "http");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 3000L * patience(options));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (options->timeout_s ? (long)options->timeout_s : 10L) * patience(options));
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L); /* else a long poll would not notice that the peer lost power */
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, 10L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, 5L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, stream);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, ret);
    if (options->unix_socket)
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, options->unix_socket);
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, places);
    set_tls(curl, options);
    set_body(curl, options);
    if (upload)
        set_upload(curl, upload);
    if (options->sigv4) {
        curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, options->sigv4);
        curl_easy_setopt(curl, CURLOPT_USERPWD, options->user_password);
    }
    if (download)
        set_stall(curl);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret->status);
    note_peer(curl, ret);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL); /* it ends with this call */
    if (download && !is_kept(download, code))
        return error_errno(err, errno ? errno : EIO, "write `%s`", options->download);
    if (code == CURLE_OK || stream->stopped)
        return 0;
    if (options->connection)
        http_disconnect(options->connection);
    if (buf_failed(stream->body))
        return error_set(err, EFBIG, "%s: answer larger than %zu bytes", url, stream->body->maximum);
    error_set(err, code == CURLE_OPERATION_TIMEDOUT ? ETIMEDOUT : EHOSTUNREACH, "%s: %s", url,
              detail[0] ? detail : curl_easy_strerror(code));
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM ? error_code(err, SR_TLS) : -1;
}

int http_call(const char *url, const struct http_options *options, struct http_reply *ret, struct error *err) {
    buf_clear(&ret->body);
    ret->etag[0] = ret->generation[0] = '\0';
    ret->date = -1;
    struct stream stream = {.body = &ret->body};
    if (transfer(url, options, &stream, ret, err) < 0)
        return -1;
    buf_add(&ret->body, "", 0);
    return 0;
}

int http_lines(const char *url, const struct http_options *options,
               bool (*line)(void *context, const char *text, size_t length), void *context, struct error *err) {
    cleanup_buf struct buf pending = BUF_INIT(HTTP_BODY_MAXIMUM);
    struct stream stream = {.body = &pending, .line = line, .context = context};
    struct http_reply reply = {0};
    if (transfer(url, options, &stream, &reply, err) < 0)
        return -1;
    if (stream.stopped)
        return 0;
    return error_set(err,
                     reply.status == 200   ? ETIMEDOUT
                     : reply.status == 403 ? EACCES
                                           : EPROTO,
                     "%s: status %ld, the stream ended", url, reply.status);
}

struct download {
    CURL *curl;
    bool (*sink)(void *context, const void *data, size_t length);
    void *context;
    long wanted; /* status */
    bool refused, stopped;
};

static size_t on_piece(char *data, size_t size, size_t count, void *context) {
    struct download *download = context;
    long status = 0;
    curl_easy_getinfo(download->curl, CURLINFO_RESPONSE_CODE, &status);
    download->refused = status != download->wanted; /* an error page, or the whole file instead of the range */
    download->stopped = !download->refused && !download->sink(download->context, data, size * count);
    return download->refused || download->stopped ? 0 : size * count;
}

int http_fetch(const char *url, uint64_t first, bool (*sink)(void *context, const void *data, size_t length),
               void *context, struct error *err) {
    __attribute__((cleanup(curl_cleanup))) CURL *curl = curl_easy_init();
    char detail[CURL_ERROR_SIZE] = "", range[32];
    struct download download = {.curl = curl, .sink = sink, .context = context, .wanted = first ? 206 : 200};
    long status = 0;
    if (!curl)
        return error_errno(err, ENOMEM, "http");
    snprintf(range, sizeof(range), "%llu-", (unsigned long long)first);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 3000L * (long)pace_read());
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)HTTP_STALL_S);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 512L * 1024);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_piece);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &download);
    if (first)
        curl_easy_setopt(curl, CURLOPT_RANGE, range);
    set_tls(curl, &(struct http_options){0});
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (download.stopped)
        return error_set(err, ECANCELED, "%s: stopped", url);
    if (download.refused || (code == CURLE_OK && status != download.wanted))
        return error_set(err, EIO, "%s: status %ld", url, status);
    if (code == CURLE_OK)
        return 0;
    return error_set(err, code == CURLE_OPERATION_TIMEDOUT ? ETIMEDOUT : EHOSTUNREACH, "%s: %s", url,
                     detail[0] ? detail : curl_easy_strerror(code));
}
