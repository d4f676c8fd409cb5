/* SPDX-License-Identifier: Apache-2.0
 * POST /v1/wipe: a machine asks whether it may wipe a disk that has somebody's data. POST /v1/wipe/done: it has wiped
 * and partitioned the disk. */
#include "handlers.h"

#include "server/decide/fields.h"
#include "log.h"
#include "server/context/reply.h"
#include <stdio.h>
#include <string.h>

static int wipe_parse(const struct request *request, struct wipe *asked, char ret_found[256], struct error *err) {
    static const char *const names[] = {"serial", "wwn", "found", NULL};
    cleanup_json cJSON *tree = NULL;
    const char *serial, *wwn, *found;
    if (request_json(request, names, &tree, err) < 0 ||
        fields_string(tree, "serial", 0, WIPE_IDENTITY_SIZE - 1, &serial, err) < 0 ||
        fields_string(tree, "wwn", 0, WIPE_IDENTITY_SIZE - 1, &wwn, err) < 0 ||
        fields_string(tree, "found", 0, 255, &found, err) < 0)
        return -1;
    snprintf(asked->hostname, sizeof(asked->hostname), "%s", request->node->hostname);
    snprintf(asked->serial, sizeof(asked->serial), "%s", serial);
    snprintf(asked->wwn, sizeof(asked->wwn), "%s", wwn);
    snprintf(ret_found, 256, "%s", found);
    return 0;
}

static enum MHD_Result wipe_refuse(struct request *request, const struct wipe *asked, enum wipe_answer answer) {
    static const char *const causes[] = {[WIPE_NO_GRANT] = "no grant",
                                         [WIPE_OTHER_DISK] = "the grant is for another disk",
                                         [WIPE_SPENT] = "the grant is spent"};
    static const char *const codes[] = {
        [WIPE_NO_GRANT] = "no_grant", [WIPE_OTHER_DISK] = "other_disk", [WIPE_SPENT] = "grant_spent"};
    char remedy[512];
    const char *key = asked->serial[0] ? "serial" : "wwn", *value = asked->serial[0] ? asked->serial : asked->wwn;
    if (value[0])
        snprintf(remedy, sizeof(remedy),
                 "if its data may go, write into the site's node `%s`: \"disk\": {\"%s\": \"%s\", \"wipe\": \"%s\"}",
                 asked->hostname, key, value,
                 answer == WIPE_SPENT ? "<another word than before>" : "<any word of 8 letters or more>");
    else
        snprintf(remedy, sizeof(remedy),
                 "the disk tells neither serial nor wwn and cannot be granted; wipe it by hand (wipefs)");
    return reply_error(request, MHD_HTTP_CONFLICT, codes[answer], causes[answer], remedy);
}

enum MHD_Result route_wipe(struct request *request) {
    struct wipes *wipes = &request->server->wipes;
    struct wipe asked = {0};
    struct error err = {0};
    char found[256];
    if (wipe_parse(request, &asked, found, &err) < 0)
        return reply_invalid(request, &err);
    enum wipe_answer answer = wipe_decide(request->node->wipe, &request->node->selector, wipes->list, wipes->n, &asked);
    if (answer != WIPE_YES)
        return wipe_refuse(request, &asked, answer);
    if (server_audit(request->server, &err, "wipe", asked.hostname, "serial `%s` wwn `%s` (%s) by the grant `%s`",
                     asked.serial, asked.wwn, found, asked.nonce) < 0 ||
        wipes_put(wipes, &asked, &err) < 0)
        return reply_store(request, &err);
    log_info("%s wipes its disk serial `%s` wwn `%s` (%s) by the grant `%s`", asked.hostname, asked.serial, asked.wwn,
             found, asked.nonce);
    cleanup_buf struct buf json = BUF_INIT(256);
    buf_addf(&json, "{\"nonce\":\"%s\"}", asked.nonce);
    return reply_json(request, MHD_HTTP_OK, &json);
}

/* Without a receipt there is nothing to do: the disk was empty and needed no grant. */
enum MHD_Result route_wipe_done(struct request *request) {
    struct wipes *wipes = &request->server->wipes;
    struct wipe asked = {0};
    struct error err = {0};
    char ignored[256];
    if (wipe_parse(request, &asked, ignored, &err) < 0)
        return reply_invalid(request, &err);
    for (size_t i = 0; i < wipes->n; i++) {
        struct wipe done = wipes->list[i];
        if (done.state != WIPE_STARTED || !wipe_is_for(&done, &asked))
            continue;
        done.state = WIPE_DONE;
        if (wipes_put(wipes, &done, &err) < 0)
            return reply_store(request, &err);
    }
    cleanup_buf struct buf json = BUF_INIT(64);
    buf_adds(&json, "{\"state\":\"done\"}");
    return reply_json(request, MHD_HTTP_OK, &json);
}
