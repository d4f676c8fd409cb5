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
static bool looked; /* after a refusal, and found all in its place */

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

/* All objects when the last one, which is written last, is older or missing; `each`: whichever is missing. */
static int mend(const struct role *role, const struct http_options *admin, bool each, struct error *err) {
    bool older = false;
    int last = look(role, admin, RIGHTS_OBJECTS - 1, &older), written = 0;
    if (last < 0 || (last > 0 && !each))
        return last < 0 ? -1 : 0;
    for (unsigned n = 0; n < RIGHTS_OBJECTS; n++) {
        bool ignored;
        int there = last == 0 ? 0 : look(role, admin, n, &ignored);
        if (there < 0 || (there == 0 && write_one(role, admin, n, err) < 0))
            return -1;
        written += there == 0;
    }
    return written;
}

void rights_ensure(const struct role *role, const struct http_options *admin) {
    struct error err = {0};
    if (known == THERE)
        return;
    int written = mend(role, admin, known == DOUBTED, &err);
    if (err.message[0])
        log_warning("the agents' rights in the cluster: %s", err.message);
    if (written < 0)
        return;
    if (known == DOUBTED && written > 0)
        log_warning("API server: not allowed to the agents of masters, since somebody removed their rights: they are "
                    "written again");
    looked = known == DOUBTED && written == 0;
    known = THERE;
}

void rights_refused(const char *what) {
    if (looked) /* once may be an API server that starts */
        log_warning("API server: %s: not allowed to the agents of masters (ClusterRole, Role " RIGHTS_NAME ")", what);
    looked = false;
    known = DOUBTED;
}

void rights_granted(void) {
    looked = false;
}
