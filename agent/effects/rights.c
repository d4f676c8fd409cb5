/* SPDX-License-Identifier: Apache-2.0
 * See rights.h. */
#include "rights.h"
#include "decide/rights.h"

#include "cleanup.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int call(const struct role *role, const struct http_options *admin, const char *method, const char *path,
                const char *body, struct http_reply *ret, struct error *err) {
    struct http_options options = *admin;
    char url[256];
    options.method = method;
    options.body = body;
    snprintf(url, sizeof(url), "https://%s:6443%s", role->address.text, path);
    return http_call(url, &options, ret, err);
}

/* 1 there, and of this version or a later one; 0 missing or of an older one; -1 the API server does not say: while it
 * starts it refuses also the administrator. */
static int look(const struct role *role, const struct http_options *admin, unsigned n, bool *ret_older) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    cleanup_buf struct buf path = BUF_INIT(256), body = BUF_INIT(8192);
    cleanup_json cJSON *object = NULL;
    struct error err = {0};
    rights_object(n, role->release, &path, &body);
    buf_adds(&path, "/" RIGHTS_NAME);
    if (call(role, admin, "GET", buf_text(&path), NULL, &reply, &err) < 0 ||
        (reply.status != 200 && reply.status != 404))
        return -1;
    if (reply.status == 404)
        return 0;
    if (json_parse(reply.body.data, reply.body.length, &object, &err) < 0)
        return -1;
    *ret_older = !rights_are_there(object, role->release);
    return !*ret_older;
}

/* Another master may do the same at the same time. */
static int write_one(const struct role *role, const struct http_options *admin, unsigned n, struct error *err) {
    cleanup_reply struct http_reply replaced = HTTP_REPLY_INIT, made = HTTP_REPLY_INIT;
    cleanup_buf struct buf all = BUF_INIT(256), one = BUF_INIT(256), body = BUF_INIT(8192);
    rights_object(n, role->release, &all, &body);
    buf_addf(&one, "%s/" RIGHTS_NAME, buf_text(&all));
    if (call(role, admin, "PUT", buf_text(&one), buf_text(&body), &replaced, err) < 0)
        return -1;
    if (replaced.status / 100 == 2 || replaced.status == 409)
        return 0;
    if (replaced.status != 404)
        return error_set(err, EIO, "API server: PUT %s: status %ld", buf_text(&one), replaced.status);
    if (call(role, admin, "POST", buf_text(&all), buf_text(&body), &made, err) < 0)
        return -1;
    return made.status / 100 == 2 || made.status == 409 ? 0
                                                        : error_set(err, EIO, "API server: POST %s: status %ld: %.120s",
                                                                    buf_text(&all), made.status, buf_text(&made.body));
}

int rights_mend(const struct role *role, const struct http_options *admin, struct error *err) {
    bool older = false;
    int last = look(role, admin, RIGHTS_OBJECTS - 1, &older), written = 0;
    if (last < 0)
        return -1;
    for (unsigned n = 0; n < RIGHTS_OBJECTS; n++) {
        bool ignored;
        int there = last == 0 ? 0 : look(role, admin, n, &ignored);
        if (there < 0 || (there == 0 && write_one(role, admin, n, err) < 0))
            return -1;
        written += there == 0;
    }
    if (written)
        log_info("the agents' rights in the cluster are written");
    return written;
}

bool rights_lack(const struct http_reply *reply) {
    const char *text = buf_text(&reply->body);
    return reply->status == 403 && strstr(text, RIGHTS_USER) && strstr(text, " cannot ");
}
