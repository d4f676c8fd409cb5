/* SPDX-License-Identifier: Apache-2.0
 * See retired.h. The mark on the disk comes before the reboot, so that a power cut is as good as one. */
#include "retired.h"
#include "agent.h"
#include "decide/paths.h"
#include "effects/journal_file.h"
#include "slot.h"
#include "work.h"
#include "world/world.h"

#include "buf.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OVER AGENT_RUN "/retired-over" /* in this boot: all is done but the last word */
#define MARK AGENT_STATE "/retired"    /* the turn in which this machine left; "{"token": 7}" */
enum { LOOK_S = 25, POWER_OFF_S = 300 };

int retired_leave(struct agent *agent, const struct slot_record *record, struct error *err) {
    char text[64];
    if (strcmp(record->step, "stop") != 0)
        return 0; /* others are at it */
    int length = snprintf(text, sizeof(text), "{\"token\":%lld}", (long long)record->token);
    if (slot_remember(agent, record->token, "retire", "", false, err) < 0 ||
        agent->world->file_write(MARK, text, (size_t)length, 0600, err) < 0)
        return error_wrap(err, "retire");
    events_say(agent, "maintenance", "running", 0, 0, "retire: it stops, and starts nothing any more");
    return work_reboot(agent, err);
}

/* 0: there is none. */
static int read_mark(const struct agent *agent, int64_t *ret_token, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(256);
    cleanup_json cJSON *tree = NULL;
    *ret_token = 0;
    if (agent->world->file_read(MARK, &text, err) < 0)
        return err->errnum == ENOENT ? 0 : -1;
    *ret_token = json_parse(buf_text(&text), text.length, &tree, err) < 0 ? 1 : (int64_t)json_number(tree, "token", 1);
    return 0;
}

static int switch_off(struct agent *agent, struct error *err) {
    if (agent->world->power_off(err) < 0)
        return -1;
    nanosleep(&(struct timespec){.tv_sec = POWER_OFF_S}, NULL);
    error_set(err, ETIMEDOUT, "init was asked to power off %d s ago, and this still runs", POWER_OFF_S);
    return error_remedy(err, "power the machine off");
}

static int end(struct agent *agent, const struct slot_record *record, struct error *err) {
    if ((!record->keep_disk && agent->world->wipe_machine(agent->role, err) < 0) ||
        agent->world->file_write(OVER, "", 0, 0600, err) < 0)
        return -1;
    events_say(agent, "maintenance", "done", 0, 0,
               record->keep_disk ? "retire: its disk is as it was; it powers off"
                                 : "retire: its disk is wiped; it powers off");
    return slot_helped(agent, record->token, record->step, err) < 0 ? -1 : switch_off(agent, err);
}

/* The seed took the last word, and its answer was lost: it is denied by now. */
static bool is_over(const struct agent *agent, const struct error *refusal) {
    cleanup_buf struct buf none = BUF_INIT(64);
    struct error ignored;
    return refusal->code == SR_RETIRED && agent->world->file_read(OVER, &none, &ignored) == 0;
}

/* Its own steps, of which nothing runs any more. */
static int go_on(struct agent *agent, const struct slot_record *record, struct error *err) {
    if (record->halted)
        return 0;
    if (!strcmp(record->step, "stop"))
        return slot_helped(agent, record->token, "stop", err);
    return !strcmp(record->step, "wipe") ? end(agent, record, err) : 0;
}

/* The operator let it in again, or ended the order by force: what it was is not in the way of what it becomes. */
static int begin_anew(struct agent *agent, struct error *err) {
    struct journal blank = {.seen = agent->journal.seen};
    log_warning("this machine was retired, and may join again: what it had of the cluster goes");
    if ((agent->world->wipe_needed() && agent->world->wipe_kubernetes(agent->role, err) < 0) ||
        journal_save(AGENT_JOURNAL, &blank, err) < 0)
        return -1;
    agent->journal = blank;
    if (unlink(KUBE_TURN) < 0 && errno != ENOENT) /* else a seed that is restored would be told of it, and go on */
        return error_errno(err, errno, "`" KUBE_TURN "`");
    return unlink(MARK) < 0 && errno != ENOENT ? error_errno(err, errno, "`" MARK "`") : 0;
}

static bool is_in_hand(const struct slot_record *record) {
    return record->mine && !strcmp(record->kind, "retire");
}

static int look(struct agent *agent, struct slot_record *record, struct error *err) {
    if (slot_look(agent, record->version ? LOOK_S : 0, record, err) == 0)
        return 0;
    if (is_over(agent, err))
        return switch_off(agent, err);
    error_code(err, SR_RETIRED);
    return error_wrap(err, "this machine is retired, or about to be, and starts nothing");
}

/* `record`: as it was seen last. A seed that forgot the turn is told of it (slot.h), also after the wipe. */
static int follow(struct agent *agent, int64_t marked, struct slot_record *record, struct error *err) {
    if (record->token < marked && slot_remember(agent, marked, "retire", "", false, err) < 0)
        return -1;
    while (is_in_hand(record) || record->token < marked) {
        if (is_in_hand(record) && go_on(agent, record, err) < 0)
            return error_wrap(err, "retire");
        if (look(agent, record, err) < 0)
            return -1;
    }
    return marked ? begin_anew(agent, err) : 0;
}

/* While the seed is away, the cluster may know. A machine that was off when it was retired has no mark. */
static int ask_cluster(struct agent *agent, struct error *err) {
    bool gone = false;
    struct error none;
    if (!agent->seed.away || agent->world->node_is_gone(agent->role, &gone, &none) < 0 || !gone)
        return 0;
    error_fail(err, SR_RETIRED, EPERM, "its Node is gone from the cluster, and the seed is away: nothing starts");
    return error_remedy(err, "start the seed: it knows whether this machine is retired");
}

int retired_check(struct agent *agent, struct error *err) {
    struct slot_record record = {0};
    struct error none;
    int64_t marked;
    if (read_mark(agent, &marked, err) < 0)
        return -1;
    if (marked)
        return look(agent, &record, err) < 0 ? -1 : follow(agent, marked, &record, err);
    if (agent->journal.member)
        return ask_cluster(agent, err);
    /* one without a disk forgot that it was a member */
    return slot_look(agent, 0, &record, &none) == 0 ? follow(agent, 0, &record, err) : 0;
}
