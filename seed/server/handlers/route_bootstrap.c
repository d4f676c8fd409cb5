/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/bootstrap and POST /v1/bootstrap/{reserve,begin,renew,commit,abort}: HTTP around record_next(). */
#include "handlers.h"

#include "server/decide/body.h"
#include "clock.h"
#include "server/context/reply.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Reads from the query what the machine remembers. ret_seen->epoch is 0 when it sent nothing. */
static int seen_in_query(const struct request *request, struct record_event *ret_seen, struct error *err) {
    *ret_seen = (struct record_event){
        .type = RECORD_WITNESS, .hostname = request->node->hostname, .ca_hash = request_query(request, "seen_ca_hash")};
    if (request_query_int(request, "seen_epoch", RECORD_NUMBER_MAX, 0, &ret_seen->epoch, err) < 0 ||
        request_query_int(request, "seen_token", RECORD_NUMBER_MAX, 0, &ret_seen->token, err) < 0)
        return -1;
    const char *hash = ret_seen->ca_hash;
    if (hash && hash[0] && !ca_hash_valid(hash))
        return error_set(err, EINVAL, "query `seen_ca_hash` is not sha256:<64 hex digits>");
    return 0;
}

enum MHD_Result route_bootstrap_get(struct request *request) {
    struct server *server = request->server;
    struct error err = {0};
    struct record_event seen;
    enum record_answer answer;
    int64_t version, wait_ms;
    if (request_wait_ms(request, &wait_ms, &err) < 0 || seen_in_query(request, &seen, &err) < 0 ||
        request_query_int(request, "version", RECORD_NUMBER_MAX, 0, &version, &err) < 0)
        return reply_invalid(request, &err);
    if (server_apply(server, seen.epoch || seen.ca_hash ? &seen : NULL, NULL, &answer, &err) < 0)
        return reply_store(request, &err);
    if (version == server->record.now.version && request_suspend(request, TOPIC_BOOTSTRAP, wait_ms))
        return MHD_YES;
    return reply_record(request);
}

/* Two machines have one MAC (docs/faults.md, row 23). The operator must say which one is meant before one of them may
 * make the cluster. */
static bool is_disputed(const struct request *request, enum record_event_type type) {
    const struct store_claim *claim = claims_find_mac(&request->server->claims, request->node->mac);
    return (type == RECORD_RESERVE || type == RECORD_BEGIN) && claim && claim->disputed;
}

static enum MHD_Result reply_disputed(struct request *request) {
    char message[128], remedy[256];
    const char *hostname = request->node->hostname;
    snprintf(message, sizeof(message), "%s: another machine claims the same MAC", hostname);
    snprintf(remedy, sizeof(remedy),
             "power the wrong one off, then POST /v1/admin/approve {\"hostname\":\"%s\"} on the admin socket; or "
             "forget, if this one is wrong",
             hostname);
    return reply_error(request, MHD_HTTP_FORBIDDEN, "disputed", message, remedy);
}

enum MHD_Result route_bootstrap_post(struct request *request) {
    static const char *const names[] = {"epoch", "token", "seen", NULL};
    static const char *const commit_names[] = {"epoch", "token", "seen", "ca_hash", NULL};
    struct record_event event = {.hostname = request->node->hostname, .now_ms = clock_boottime_ms()}, seen;
    struct error err = {0};
    enum record_answer answer;
    bool given;
    while (event.type <= RECORD_ABORT && strcmp(request->argument, record_event_name(event.type)))
        event.type++;
    if (event.type > RECORD_ABORT)
        return reply_error(request, MHD_HTTP_NOT_FOUND, "not_found", "no such transition",
                           "there are reserve, begin, renew, commit and abort");
    cleanup_json cJSON *tree = NULL;
    if (request_json(request, event.type == RECORD_COMMIT ? commit_names : names, &tree, &err) < 0 ||
        body_read_grant(tree, &event, &err) < 0 || body_read_seen(tree, &seen, &given, &err) < 0)
        return reply_invalid(request, &err);
    seen.hostname = request->node->hostname;
    if (is_disputed(request, event.type))
        return reply_disputed(request);
    if (server_apply(request->server, given ? &seen : NULL, &event, &answer, &err) < 0)
        return reply_store(request, &err);
    return answer == RECORD_GRANTED ? reply_record(request) : reply_refused(request, answer);
}
