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
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ADMIN_PEM AGENT_RUN "/admin.pem"
enum { AGAIN_MS = 500 };

const struct http_options api_client = {.ca_file = KUBE_PKI "/ca.crt", .timeout_s = 5};

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
    return result < 0 ? -1 : 0;
}

static void act_as_agent(const struct role *role, struct api_user *ret_user, struct http_options *options) {
    snprintf(ret_user->header, sizeof(ret_user->header), "Impersonate-User: " RIGHTS_USER "%s", role->hostname);
    options->headers[0] = ret_user->header;
    options->headers[1] = "Impersonate-Group: " RIGHTS_GROUP;
}

int api_agent(const struct role *role, struct api_user *ret_user, struct http_options *ret, struct error *err) {
    if (api_admin(ret, err) < 0)
        return -1;
    act_as_agent(role, ret_user, ret);
    return 0;
}

/* All rights are there, and are not enough. */
static void say_refused(const char *what) {
    log_warning("API server: %s: not allowed to the agents of masters (ClusterRole, Role " RIGHTS_NAME ")", what);
}

void api_refused(const struct role *role, const char *what) {
    struct http_options admin;
    struct error err = {0};
    if (api_admin(&admin, &err) == 0 && rights_mend(role, &admin, &err) == 0)
        say_refused(what);
    if (err.message[0])
        log_warning("the agents' rights in the cluster: %s", err.message);
}

/* Refused although all rights are there: by an API server that starts, and has not read them yet; else for good. */
static int call_again(const struct role *role, const struct http_options *admin, const char *url,
                      const struct http_options *options, struct http_reply *ret, struct error *err) {
    int written = rights_mend(role, admin, err);
    if (err->message[0])
        log_warning("the agents' rights in the cluster: %s", err->message);
    *err = (struct error){0};
    if (written < 0)
        return 0;
    if (written == 0)
        nanosleep(&(struct timespec){.tv_nsec = AGAIN_MS * 1000000L}, NULL);
    if (http_call(url, options, ret, err) < 0)
        return -1;
    if (written == 0 && rights_lack(ret))
        say_refused(url);
    return 0;
}

int api_call(const struct role *role, const struct http_options *wanted, const char *path, struct http_reply *ret,
             struct error *err) {
    struct http_options admin, options;
    struct api_user user;
    char url[API_PATH_MAX + 128];
    if (api_admin(&admin, err) < 0)
        return -1;
    options = admin;
    act_as_agent(role, &user, &options);
    options.method = wanted->method;
    options.body = wanted->body;
    options.body_type = wanted->body_type;
    snprintf(url, sizeof(url), "https://%s:6443%s", role->address.text, path);
    if (http_call(url, &options, ret, err) < 0)
        return -1;
    return rights_lack(ret) ? call_again(role, &admin, url, &options, ret, err) : 0;
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
