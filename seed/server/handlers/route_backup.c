/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/backup, PUT /v1/backups/NAME, POST /v1/backup/failed: a master makes a backup and brings it. POST
 * /v1/backup/brought: it brought it to the site's bucket, too. GET
 * /v1/admin/backups and POST /v1/admin/backup: the operator sees them, and wants one (docs/restore.md). */
#include "handlers.h"

#include "server/context/access.h"

#include "clock.h"
#include "log.h"
#include "server/context/reply.h"
#include "server/decide/fields.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct site_backup *wanted(const struct request *request) {
    return &catalog_site(request->server->catalog)->backup;
}

/* One whose machine is worked on may go away any moment. Joins come first: etcd has enough to do. */
static bool may_make(const struct request *request) {
    const struct server *server = request->server;
    return wanted(request)->every_ms && server->record.now.state == RECORD_INITIALISED &&
           !tickets_master_joins(server->tickets) &&
           strcmp(server->maintenance.now.holder, request->node->hostname) != 0;
}

/* --- where it also goes --- */

static const char *where_of(const struct request *request, enum backup_place place) {
    const struct site_backup *to = wanted(request);
    return !to->every_ms ? NULL : place == BACKUP_FOLDER ? to->folder : to->s3.url;
}

/* The newest backup, when it is not there yet and is sent there now. */
static struct backup *begins_trip(struct request *request, enum backup_place place, const char *hostname) {
    struct backups *backups = &request->server->backups;
    struct backup *newest = backups_newest(backups);
    const char *where = where_of(request, place);
    return where && newest && strcmp(newest->places[place], where) != 0 &&
                   (!hostname || !strcmp(newest->hostname, hostname)) &&
                   backup_trip_begin(&backups->trips[place], newest->name, clock_wall_ms())
               ? newest
               : NULL;
}

/* `problem` "": it arrived at `where`. */
static int end_trip(struct request *request, enum backup_place place, const char *name, const char *where,
                    const char *problem, struct error *err) {
    struct backups *backups = &request->server->backups;
    struct backup *newest = backups_newest(backups);
    if (!backup_trip_end(&backups->trips[place], name, problem))
        return 0;
    if (problem[0])
        log_warning("backup %s: not at %s: %s", name, where, problem);
    else
        log_info("backup %s is at %s, too", name, where);
    requests_wake(request->server, TOPIC_STATUS);
    return !problem[0] && newest && !strcmp(newest->name, name) ? backups_arrived(backups, newest, place, where, err)
                                                                : 0;
}

/* Asked often enough: each master asks for a backup at least once a minute. */
static void copy_to_folder(struct request *request) {
    struct server *server = request->server;
    struct backup_trip *trip = &server->backups.trips[BACKUP_FOLDER];
    struct error err = {0};
    char name[BACKUP_NAME_SIZE];
    int result;
    snprintf(name, sizeof(name), "%s", trip->name);
    if (backup_copier_ended(&server->copier, &result, &err) &&
        end_trip(request, BACKUP_FOLDER, name, server->copier.folder, result < 0 ? err.message : "", &err) < 0)
        log_warning("%s", err.message);
    if (server->copier.pid)
        return;
    const struct backup *newest = begins_trip(request, BACKUP_FOLDER, NULL);
    if (newest &&
        backup_copier_start(&server->copier, server->options->state, newest->name, wanted(request)->folder,
                            wanted(request)->keep, newest->ca_hash, &err) < 0 &&
        end_trip(request, BACKUP_FOLDER, newest->name, wanted(request)->folder, err.message, &err) < 0)
        log_warning("%s", err.message);
}

static enum MHD_Result reply_bring(struct request *request, const struct backup *backup) {
    const struct site_s3 *s3 = &wanted(request)->s3;
    cleanup_buf struct buf json = BUF_INIT(64 * 1024);
    log_info("backup %s goes to %s, by %s", backup->name, s3->url, backup->hostname);
    buf_addf(&json,
             "{\"bring\":{\"name\":\"%s\",\"sha256\":\"%s\",\"url\":\"%s\",\"region\":\"%s\",\"secret\":\"%s\",\"ca\":",
             backup->name, backup->sha256, s3->url, s3->region, s3->secret);
    reply_add_string(&json, s3->ca);
    buf_adds(&json, "}}");
    return reply_json(request, MHD_HTTP_OK, &json);
}

enum MHD_Result route_backup_brought(struct request *request) {
    static const char *const names[] = {"name", "url", "message", NULL};
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    const char *name, *url, *message;
    if (request_json(request, names, &tree, &err) < 0 ||
        fields_string(tree, "name", 1, BACKUP_NAME_SIZE - 1, &name, &err) < 0 ||
        fields_string(tree, "url", 1, BACKUP_PLACE_SIZE - 1, &url, &err) < 0 ||
        fields_string(tree, "message", 0, 255, &message, &err) < 0)
        return reply_invalid(request, &err);
    const struct backup *backup = backups_find(&request->server->backups, name);
    if (backup && !strcmp(backup->hostname, request->node->hostname) &&
        end_trip(request, BACKUP_S3, name, url, message, &err) < 0)
        return reply_store(request, &err);
    return reply_empty(request, MHD_HTTP_OK, NULL);
}

/* --- a master makes it --- */

bool backup_is_expected(const struct request *request) {
    const struct server *server = request->server;
    const struct claim_facts facts = claims_facts(request->claim);
    return wanted(request)->every_ms && server->record.now.state == RECORD_INITIALISED &&
           claim_standing(&facts, access_claim_channel(request)) == CLAIM_MAY &&
           backup_duty_expects(&server->backups.duty, request->argument, request->node->hostname);
}

enum MHD_Result route_backup_ask(struct request *request) {
    struct server *server = request->server;
    const char *hostname = request->node->hostname;
    struct error err = {0};
    int64_t wait_ms, now_ms = clock_wall_ms();
    if (request_wait_ms(request, &wait_ms, &err) < 0)
        return reply_invalid(request, &err);
    if (!request_alive(request)) /* else nobody would make it for half an hour */
        return MHD_NO;
    copy_to_folder(request);
    const struct backup *bring = begins_trip(request, BACKUP_S3, hostname);
    if (bring)
        return reply_bring(request, bring);
    if (!may_make(request) || !backup_duty_take(&server->backups.duty, wanted(request)->every_ms, hostname, now_ms))
        return request_suspend(request, TOPIC_BACKUP, wait_ms) ? MHD_YES
                                                               : reply_empty(request, MHD_HTTP_NO_CONTENT, NULL);
    backup_duty_name(&server->backups.duty, now_ms);
    log_info("backup %s is made by %s", server->backups.duty.name, hostname);
    cleanup_buf struct buf json = BUF_INIT(512);
    buf_addf(&json, "{\"name\":\"%s\",\"recipient\":\"%s\",\"keep\":%u}", server->backups.duty.name,
             wanted(request)->recipient, wanted(request)->keep);
    return reply_json(request, MHD_HTTP_OK, &json);
}

enum MHD_Result route_backup_failed(struct request *request) {
    static const char *const names[] = {"message", NULL};
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    const char *message;
    if (request_json(request, names, &tree, &err) < 0 || fields_string(tree, "message", 0, 255, &message, &err) < 0)
        return reply_invalid(request, &err);
    if (backup_duty_failed(&request->server->backups.duty, request->node->hostname, message, clock_wall_ms()))
        log_warning("backup: %s: %s", request->node->hostname, message);
    requests_wake(request->server, TOPIC_STATUS);
    return reply_empty(request, MHD_HTTP_OK, NULL);
}

static int read_backup(const struct request *request, struct backup *ret, struct error *err) {
    const char *sha256 = request_query(request, "sha256");
    *ret = (struct backup){.at_ms = clock_wall_ms()};
    if (!backup_name_valid(request->argument) ||
        strcmp(request->argument + strcspn(request->argument, "-") + 1, request->node->hostname) != 0)
        return error_set(err, EINVAL, "`%.64s` is no name of a backup", request->argument);
    if (!sha256 || !fields_is_hex(sha256, 64))
        return error_set(err, EINVAL, "query `sha256` is not 64 lower-case hex digits");
    if (request_query_int(request, "revision", RECORD_NUMBER_MAX, 0, &ret->revision, err) < 0)
        return -1;
    snprintf(ret->name, sizeof(ret->name), "%.95s", request->argument);
    snprintf(ret->hostname, sizeof(ret->hostname), "%s", request->node->hostname);
    snprintf(ret->sha256, sizeof(ret->sha256), "%s", sha256);
    snprintf(ret->ca_hash, sizeof(ret->ca_hash), "%s", request->server->record.now.ca_hash);
    return 0;
}

/* Signed with the key of the cluster's CA: whoever restores it can tell also without this seed. */
enum MHD_Result route_backup_put(struct request *request) {
    struct server *server = request->server;
    const char *key = request_header(request, "Seedrack-Public-Key"),
               *mark = request_header(request, "Seedrack-Signature");
    char text[BACKUP_TEXT_SIZE];
    struct backup backup;
    struct error err = {0};
    if (read_backup(request, &backup, &err) < 0)
        return reply_invalid(request, &err);
    if (!wanted(request)->every_ms || server->record.now.state != RECORD_INITIALISED)
        return reply_error(request, MHD_HTTP_CONFLICT, "no_backup", "the site has no `backup`, or there is no cluster",
                           "write `backup` into the site document");
    if (!request->upload)
        return reply_error(request, MHD_HTTP_CONFLICT, "not_wanted", "this backup was not asked of this master",
                           "nothing: the seed asks for another one");
    backup_text(backup.name, backup.sha256, backup.revision, text);
    if (proofs_signed(text, backup.ca_hash, key ? key : "", mark ? mark : "", &err) < 0)
        return reply_invalid(request, &err);
    if (backups_find(&server->backups, backup.name))
        return reply_empty(request, MHD_HTTP_OK, NULL); /* its answer was lost */
    if (server_audit(server, &err, "backup", backup.hostname, "%s sha256 %s", backup.name, backup.sha256) < 0 ||
        backups_keep(&server->backups, request->upload, &backup, mark, key, wanted(request)->keep, &err) < 0)
        return err.errnum == EBUSY
                   ? reply_error(request, MHD_HTTP_CONFLICT, "busy", err.message, "bring it again later")
               : err.errnum == EINVAL || err.errnum == E2BIG ? reply_invalid(request, &err)
                                                             : reply_store(request, &err);
    log_info("backup %s is kept: %llu bytes, revision %lld", backup.name, (unsigned long long)backup.size,
             (long long)backup.revision);
    copy_to_folder(request);
    requests_wake(server, TOPIC_STATUS | TOPIC_BACKUP);
    return reply_empty(request, MHD_HTTP_CREATED, NULL);
}

/* --- the operator --- */

enum MHD_Result route_backup_want(struct request *request) {
    static const char *const names[] = {NULL};
    struct server *server = request->server;
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    if (request_json(request, names, &tree, &err) < 0)
        return reply_invalid(request, &err);
    if (!wanted(request)->every_ms)
        return reply_error(
            request, MHD_HTTP_CONFLICT, "no_backup", "the site document has no `backup`",
            "make a key by seedctl init --backup, and write `backup` with its public key into the site document");
    if (server_audit(server, &err, "operator-backup", "", "wants one now") < 0)
        return reply_store(request, &err);
    server->backups.duty.wanted = true;
    requests_wake(server, TOPIC_BACKUP);
    cleanup_buf struct buf json = BUF_INIT(64);
    buf_adds(&json, "{\"state\":\"wanted\"}");
    return reply_json(request, MHD_HTTP_OK, &json);
}

bool backup_is_missing(const struct server *server, enum backup_place place) {
    const struct site_backup *to = &catalog_site(server->catalog)->backup;
    const char *where = !to->every_ms ? NULL : place == BACKUP_FOLDER ? to->folder : to->s3.url;
    const struct backups *backups = &server->backups;
    return where && backups->n && strcmp(backups->list[backups->n - 1].places[place], where) != 0;
}

static void add_places(const struct server *server, struct buf *json) {
    const struct site_backup *to = &catalog_site(server->catalog)->backup;
    const char *const where[BACKUP_PLACES] = {to->folder, to->s3.url}, *separator = "";
    buf_adds(json, ",\"to\":[");
    for (int i = 0; i < BACKUP_PLACES; i++) {
        if (!to->every_ms || !where[i])
            continue;
        buf_addf(json, "%s{\"where\":\"%s\",\"missing\":%s,\"problem\":", separator, where[i],
                 backup_is_missing(server, i) ? "true" : "false");
        reply_add_string(json, server->backups.trips[i].problem);
        buf_adds(json, "}");
        separator = ",";
    }
    buf_adds(json, "]");
}

void backup_json(const struct server *server, struct buf *json) {
    const struct site_backup *wants = &catalog_site(server->catalog)->backup;
    const struct backups *backups = &server->backups;
    const struct backup *newest = backups->n ? &backups->list[backups->n - 1] : NULL;
    if (!wants->every_ms && !newest) {
        buf_adds(json, "null");
        return;
    }
    buf_addf(json,
             "{\"every_ms\":%lld,\"kept\":%zu,\"newest_ms\":%lld,\"newest\":\"%s\",\"size\":%llu,\"holder\":\"%s\","
             "\"problem\":",
             (long long)wants->every_ms, backups->n, (long long)(newest ? newest->at_ms : 0),
             newest ? newest->name : "", (unsigned long long)(newest ? newest->size : 0), backups->duty.holder);
    reply_add_string(json, backups->duty.problem);
    add_places(server, json);
    buf_adds(json, "}");
}

enum MHD_Result route_backup_list(struct request *request) {
    const struct backups *backups = &request->server->backups;
    cleanup_buf struct buf json = BUF_INIT(BACKUPS_MAX * 512);
    buf_adds(&json, "{\"backups\":[");
    for (size_t i = 0; i < backups->n; i++) {
        const struct backup *backup = &backups->list[i];
        buf_addf(&json,
                 "%s{\"name\":\"%s\",\"sha256\":\"%s\",\"size\":%llu,\"revision\":%lld,\"at_ms\":%lld,\"hostname\":",
                 i ? "," : "", backup->name, backup->sha256, (unsigned long long)backup->size,
                 (long long)backup->revision, (long long)backup->at_ms);
        reply_add_string(&json, backup->hostname);
        buf_adds(&json, "}");
    }
    buf_adds(&json, "]}");
    return reply_json(request, MHD_HTTP_OK, &json);
}
