/* SPDX-License-Identifier: Apache-2.0
 * See rights.h. */
#include "rights.h"
#include "decide/rights.h"

#include "cleanup.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>

static enum { UNKNOWN, THERE, DOUBTED } known;

static int call(const struct role *role, const struct http_options *admin, const char *method, const char *path,
                const char *body, struct http_reply *ret, struct error *err) {
    struct http_options options = *admin;
    char url[256];
    options.method = method;
    options.body = body;
    snprintf(url, sizeof(url), "https://%s:6443%s", role->address.text, path);
    return http_call(url, &options, ret, err);
}

static bool are_there(const struct role *role, const struct http_options *admin, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    cleanup_buf struct buf path = BUF_INIT(256), body = BUF_INIT(8192);
    cleanup_json cJSON *object = NULL;
    rights_object(RIGHTS_OBJECTS - 1, role->release, &path, &body);
    buf_adds(&path, "/" RIGHTS_NAME);
    return call(role, admin, "GET", buf_text(&path), NULL, &reply, err) == 0 && reply.status == 200 &&
           json_parse(reply.body.data, reply.body.length, &object, err) == 0 && rights_are_there(object, role->release);
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

void rights_ensure(const struct role *role, const struct http_options *admin) {
    struct error err = {0};
    if (known == THERE)
        return;
    if (known == UNKNOWN && are_there(role, admin, &err)) {
        known = THERE;
        return;
    }
    if (err.message[0]) /* the API server does not answer */
        return;
    for (unsigned n = 0; n < RIGHTS_OBJECTS; n++)
        if (write_one(role, admin, n, &err) < 0) {
            log_warning("the agents' rights in the cluster: %s", err.message);
            return;
        }
    known = THERE;
}

void rights_refused(const char *what) {
    log_warning("API server: %s: not allowed to the agents of masters (ClusterRole, Role " RIGHTS_NAME ")", what);
    known = DOUBTED;
}
