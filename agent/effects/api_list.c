/* SPDX-License-Identifier: Apache-2.0
 * See api_list.h. */
#include "api_list.h"
#include "api_call.h"

#include "json.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 16 /* pods with all that they say fit into one answer */, CONTINUE_MAX = API_PATH_MAX - 256 };

int api_object(const struct role *role, const char *path, cJSON **ret, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    if (api_call(role, &(struct http_options){0}, path, &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return error_set(err, reply.status == 404 ? ENOENT : EIO, "API server: GET %.200s: status %ld", path,
                         reply.status);
    *ret = cJSON_ParseWithLength(reply.body.data, reply.body.length);
    return *ret ? 0 : error_set(err, EPROTO, "API server: GET %.200s: no JSON", path);
}

/* "" when there are no more pages. It goes into a URL: base64url without padding (k8s.io/apiserver, continue.go). */
static int next_page(const cJSON *list, char ret[static CONTINUE_MAX], struct error *err) {
    const char *token = json_text(cJSON_GetObjectItemCaseSensitive(list, "metadata"), "continue");
    size_t n = 0;
    while (isalnum((unsigned char)token[n]) || (token[n] && strchr("-_=", token[n])))
        n++;
    if (token[n] || n >= CONTINUE_MAX)
        return error_set(err, EPROTO, "API server: a list goes on with a token that cannot be used");
    snprintf(ret, CONTINUE_MAX, "%s", token);
    return 0;
}

int api_each(const struct role *role, const char *query,
             int (*item)(const cJSON *object, void *context, struct error *err), void *context, struct error *err) {
    char path[CONTINUE_MAX + 256], more[CONTINUE_MAX] = "";
    do {
        cleanup_json cJSON *list = NULL;
        const cJSON *object;
        snprintf(path, sizeof(path), "%slimit=%d%s%s", query, PAGE, more[0] ? "&continue=" : "", more);
        if (api_object(role, path, &list, err) < 0)
            return -1;
        cJSON_ArrayForEach(object, cJSON_GetObjectItemCaseSensitive(list, "items")) {
            if (item(object, context, err) < 0)
                return -1;
        }
        if (next_page(list, more, err) < 0)
            return -1;
    } while (more[0]);
    return 0;
}
