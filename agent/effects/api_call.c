/* SPDX-License-Identifier: Apache-2.0
 * See api_call.h. */
#include "api_call.h"
#include "decide/credential.h"
#include "decide/paths.h"
#include "decide/rights.h"
#include "rights.h"

#include "clock.h"
#include "file.h"
#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ADMIN_PEM AGENT_RUN "/admin.pem"

const struct http_options api_client = {.ca_file = KUBE_PKI "/ca.crt", .timeout_s = 5};

/* To the API server of this machine: a handshake costs both sides more than most calls. */
static struct http_connection kept;

/* TLS wants the pair in a file, which is on tmpfs, 0600. */
static int api_admin(struct http_options *ret, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(65536), pem = BUF_INIT(2 * CREDENTIAL_MAX);
    *ret = api_client;
    ret->cert_file = ret->key_file = ADMIN_PEM;
    int result = file_read(ADMIN_CONF, &text, err) < 0 || credential_pem(buf_text(&text), &pem, err) < 0
                     ? error_wrap(err, "`" ADMIN_CONF "`")
                     : file_ensure(ADMIN_PEM, buf_text(&pem), pem.length, 0600, err);
    if (text.data)
        explicit_bzero(text.data, text.length);
    if (pem.data)
        explicit_bzero(pem.data, pem.length);
    if (result > 0)
        http_disconnect(&kept); /* it proved another certificate */
    return result < 0 ? -1 : 0;
}

int api_agent(const struct role *role, struct http_options *ret, struct error *err) {
    static char user[128];
    if (api_admin(ret, err) < 0)
        return -1;
    rights_ensure(role, ret);
    snprintf(user, sizeof(user), "Impersonate-User: " RIGHTS_USER "%s", role->hostname);
    ret->headers[0] = user;
    ret->headers[1] = "Impersonate-Group: " RIGHTS_GROUP;
    return 0;
}

int api_call(const struct role *role, const struct http_options *wanted, const char *path, struct http_reply *ret,
             struct error *err) {
    struct http_options options;
    char url[API_PATH_MAX + 128];
    if (api_agent(role, &options, err) < 0)
        return -1;
    options.method = wanted->method;
    options.body = wanted->body;
    options.body_type = wanted->body_type;
    options.connection = &kept;
    snprintf(url, sizeof(url), "https://%s:6443%s", role->address.text, path);
    if (http_call(url, &options, ret, err) < 0)
        return -1;
    if (ret->status == 401) /* its certificate ended meanwhile */
        http_disconnect(&kept);
    if (ret->status == 403)
        rights_refused(path);
    else
        rights_granted();
    return 0;
}

int api_watch(const char *url, const struct http_options *client, bool (*holds)(void *, const char *, size_t),
              void *context, unsigned timeout_s, struct error *err) {
    struct http_options options = *client;
    int64_t deadline = clock_boottime_ms() + timeout_s * INT64_C(1000);
    for (;;) {
        int64_t left = (deadline - clock_boottime_ms()) / 1000;
        if (left <= 0)
            return error_wrap(err, "after %u s", timeout_s);
        options.exact = true;
        options.timeout_s = left < API_WATCH_S ? (unsigned)left : API_WATCH_S;
        if (http_lines(url, &options, holds, context, err) == 0)
            return 0;
        if (err->errnum == EACCES && options.headers[0])
            rights_refused(err->message);
        nanosleep(&(struct timespec){.tv_nsec = 500 * 1000000L}, NULL);
    }
}

int api_send(const struct role *role, const char *method, const char *path, const char *body, long accepted,
             struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    if (api_call(role, &(struct http_options){.method = method, .body = body}, path, &reply, err) < 0)
        return -1;
    if (reply.status == accepted || reply.status / 100 == 2)
        return reply.status == accepted;
    return error_set(err, EIO, "API server: %s %s: status %ld: %.120s", method, path, reply.status,
                     buf_text(&reply.body));
}

int api_delete(const struct role *role, const char *path, struct error *err) {
    return api_send(role, "DELETE", path, NULL, 404, err);
}

int api_get(const struct role *role, const char *path, cJSON **ret, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    if (api_call(role, &(struct http_options){0}, path, &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return error_set(err, EIO, "API server: GET %s: status %ld", path, reply.status);
    return json_parse(reply.body.data, reply.body.length, ret, err) < 0 ? error_wrap(err, "API server: GET %s", path)
                                                                        : 0;
}
