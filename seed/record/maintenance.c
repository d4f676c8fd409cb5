/* SPDX-License-Identifier: Apache-2.0
 * See maintenance.h. */
#include "maintenance.h"
#include "maintenance_retire.h"
#include "maintenance_turn.h"
#include "net.h"
#include "record.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *code, *message, *remedy;
} answers[MAINTENANCE_ANSWERS] = {
    [MAINTENANCE_GRANTED] = {"granted", "", ""},
    [MAINTENANCE_BUSY] = {"busy", "an order is open", "seedctl rollout status shows it; wait for its end, or abort it"},
    [MAINTENANCE_NOT_TURN] = {"not_your_turn", "it is another machine's turn", "wait for the record to change"},
    [MAINTENANCE_STOPPED] = {"stopped", "the order is paused or halted",
                             "seedctl rollout status says why; seedctl rollout resume goes on"},
    [MAINTENANCE_NOT_HOLDER] = {"not_holder", "this machine has not got the slot", "stop, and ask for it again"},
    [MAINTENANCE_NO_ORDER] = {"no_order", "no order is in a state for that", "seedctl rollout status shows it"},
    [MAINTENANCE_INVALID] = {"invalid", "the order names no machine, one twice, or too many", "correct the list"},
};

struct maintenance maintenance_initial(void) {
    return (struct maintenance){.version = 1};
}

static bool is_holder(const struct maintenance *record, const struct maintenance_event *event) {
    bool may_speak = event->helper && event->type == MAINTENANCE_FAIL && event->step &&
                     !strcmp(event->step, record->step); /* what comes late is about an earlier one */
    return record->holder[0] && (may_speak || !strcmp(record->holder, event->hostname)) &&
           record->token == event->token;
}

static bool is_open(const struct maintenance *record) {
    return record->state != MAINTENANCE_CLOSED;
}

bool maintenance_upgraded(const struct maintenance *before, const struct maintenance *after) {
    return before->n_moved > 0 && before->target[0] && !after->target[0];
}

/* Nothing has happened to the machine that its return to service would have to undo, but for a cordon. */
static bool is_reversible(const struct maintenance *record) {
    return record->kind == MAINTENANCE_RESTORE
               ? !record->laid
               : record->kind == MAINTENANCE_RETIRE && maintenance_retire_is_reversible(record);
}

static void halt(struct maintenance *record, const char *code, const char *message) {
    record->state = MAINTENANCE_HALTED;
    snprintf(record->code, sizeof(record->code), "%s", code);
    snprintf(record->message, sizeof(record->message), "%s", message);
}

static enum maintenance_answer open_order(struct maintenance *next, const struct maintenance_event *event) {
    if (is_open(next))
        return MAINTENANCE_BUSY;
    if (event->n_machines == 0 || event->n_machines > MAINTENANCE_MACHINES_MAX ||
        (event->kind == MAINTENANCE_UPGRADE && (!event->target || !event->target[0])) ||
        (event->kind == MAINTENANCE_UPGRADE && next->begun && strcmp(event->target, next->target) != 0))
        return MAINTENANCE_INVALID; /* one upgrade is ended before another one begins */
    for (size_t i = 0; i < event->n_machines; i++) {
        for (size_t j = 0; j < i; j++)
            if (!strcmp(event->machines[i], event->machines[j]))
                return MAINTENANCE_INVALID;
        if (!net_label_valid(event->machines[i]))
            return MAINTENANCE_INVALID;
        snprintf(next->waiting[i], MAINTENANCE_NAME_SIZE, "%s", event->machines[i]);
    }
    next->n_waiting = event->n_machines;
    next->state = MAINTENANCE_RUNNING;
    next->kind = event->kind;
    next->begun_ms = event->now_ms;
    next->soak_s = event->soak_s;
    next->drain_s = event->drain_s;
    next->lose_data = event->lose_data;
    next->off = event->off;
    next->keep_disk = event->keep_disk;
    if (event->kind == MAINTENANCE_UPGRADE)
        snprintf(next->target, sizeof(next->target), "%s", event->target);
    return MAINTENANCE_GRANTED;
}

static enum maintenance_answer give(struct maintenance *next, const struct maintenance_event *event) {
    if (next->token >= RECORD_NUMBER_MAX)
        return MAINTENANCE_INVALID;
    next->token++;
    next->state = MAINTENANCE_RUNNING;
    next->kind = event->kind;
    snprintf(next->holder, sizeof(next->holder), "%s", event->hostname);
    snprintf(next->boot, sizeof(next->boot), "%s", event->boot ? event->boot : "");
    next->begun_ms = event->now_ms;
    maintenance_set_step(next, "begun", event->now_ms);
    return MAINTENANCE_GRANTED;
}

/* UPGRADE: the first machine that does not hold the target yet; NULL: all do. */
static const char *first_unheld(const struct maintenance *record) {
    for (size_t i = 0; record->kind == MAINTENANCE_UPGRADE && i < record->n_waiting; i++)
        if (!record->held[i])
            return record->waiting[i];
    return NULL;
}

/* kube-proxy and DNS of the target may start anywhere once the last master has it: so everybody holds it first. */
static enum maintenance_answer hold(struct maintenance *next, const struct maintenance_event *event) {
    if (next->kind != MAINTENANCE_UPGRADE || !is_open(next))
        return MAINTENANCE_NO_ORDER;
    if (!event->target || strcmp(event->target, next->target) != 0)
        return MAINTENANCE_NOT_TURN; /* of an order before it */
    for (size_t i = 0; i < next->n_waiting; i++)
        if (!strcmp(next->waiting[i], event->hostname)) {
            next->held[i] = true;
            return MAINTENANCE_GRANTED;
        }
    return strcmp(next->holder, event->hostname) != 0 ? MAINTENANCE_NOT_TURN : MAINTENANCE_GRANTED;
}

static void move(struct maintenance *record) {
    if (record->kind == MAINTENANCE_UPGRADE && record->target[0] && record->n_moved < MAINTENANCE_MACHINES_MAX &&
        !maintenance_has_moved(record, record->holder))
        snprintf(record->moved[record->n_moved++], MAINTENANCE_NAME_SIZE, "%s", record->holder);
}

static enum maintenance_answer take(struct maintenance *next, const struct maintenance_event *event) {
    if (!is_open(next)) {
        if (event->kind != MAINTENANCE_RENEW && event->kind != MAINTENANCE_RESTART &&
            event->kind != MAINTENANCE_DEFRAGMENT)
            return MAINTENANCE_NO_ORDER; /* a machine may begin those by itself */
        next->soak_s = event->soak_s;
        next->drain_s = event->drain_s;
        return give(next, event);
    }
    if (next->holder[0] && !strcmp(next->holder, event->hostname) && next->kind == event->kind)
        return next->state == MAINTENANCE_HALTED ? MAINTENANCE_STOPPED : MAINTENANCE_GRANTED; /* it was away */
    if (next->state != MAINTENANCE_RUNNING)
        return MAINTENANCE_STOPPED;
    if (next->holder[0])
        return MAINTENANCE_BUSY;
    if (next->kind != event->kind || strcmp(next->waiting[0], event->hostname) != 0 || first_unheld(next))
        return MAINTENANCE_NOT_TURN;
    maintenance_shift_waiting(next);
    return give(next, event);
}

/* What the cluster was upgraded to since the backup is over, too. */
static void lay(struct maintenance *record) {
    record->restored = record->token;
    record->laid = true;
    maintenance_forget_target(record);
}

static enum maintenance_answer speak(struct maintenance *next, const struct maintenance_event *event) {
    if (!is_holder(next, event))
        return MAINTENANCE_NOT_HOLDER;
    if (event->type == MAINTENANCE_STEP && next->state == MAINTENANCE_HALTED)
        return MAINTENANCE_STOPPED;
    if (event->type != MAINTENANCE_FAIL && next->kind == MAINTENANCE_RETIRE)
        return MAINTENANCE_NO_ORDER; /* its steps end by HELPED */
    if (event->type == MAINTENANCE_FAIL)
        halt(next, event->code, event->message);
    else if (event->type == MAINTENANCE_BACK)
        maintenance_let_go(next, event->now_ms);
    else
        maintenance_set_step(next, event->step, event->now_ms);
    if (event->type == MAINTENANCE_STEP && next->kind == MAINTENANCE_RESTORE &&
        !strcmp(event->step, MAINTENANCE_RESTORES))
        lay(next);
    bool steps = event->type == MAINTENANCE_STEP && next->kind == MAINTENANCE_UPGRADE;
    next->begun |= steps && !strcmp(event->step, MAINTENANCE_BEGINS);
    if (steps && !strcmp(event->step, MAINTENANCE_MOVES))
        move(next);
    return MAINTENANCE_GRANTED;
}

/* Only of the step that the holder is in: what comes late is about an earlier one. */
static enum maintenance_answer help(struct maintenance *next, const struct maintenance_event *event) {
    char done[MAINTENANCE_STEP_SIZE];
    if (!next->holder[0] || next->token != event->token || next->state == MAINTENANCE_HALTED)
        return MAINTENANCE_NOT_HOLDER;
    if (next->kind == MAINTENANCE_RETIRE)
        return maintenance_retire_help(next, event);
    if (snprintf(done, sizeof(done), "%s-done", event->step) >= (int)sizeof(done))
        return MAINTENANCE_INVALID;
    if (!strcmp(next->step, event->step))
        maintenance_set_step(next, done, event->now_ms);
    return !strcmp(next->step, done) ? MAINTENANCE_GRANTED : MAINTENANCE_NOT_HOLDER;
}

/* Who else has moved since the backup is not known: the order's end is not that of the upgrade. */
static void witness_upgrade(struct maintenance *next, const struct maintenance_event *event) {
    if (event->kind != MAINTENANCE_UPGRADE)
        return;
    next->partly = next->begun = true;
    if (!next->target[0])
        snprintf(next->target, sizeof(next->target), "%s", event->target ? event->target : "");
}

/* No number is given twice, and a false one cannot use them up. Who was in hand is again, and the operator looks first.
 */
static enum maintenance_answer witness(struct maintenance *next, const struct maintenance_event *event) {
    char message[MAINTENANCE_WORD_SIZE];
    bool another = next->holder[0] && strcmp(next->holder, event->hostname) != 0;
    if (event->token > RECORD_SEEN_MAX)
        return MAINTENANCE_INVALID;
    if (event->token <= next->token)
        return MAINTENANCE_GRANTED;
    next->token = event->token;
    if (!event->in_hand)
        return MAINTENANCE_GRANTED;
    snprintf(message, sizeof(message),
             "the seed was restored from an old backup: %.63s remembers turn %lld and was in hand%s%.63s%s",
             event->hostname, (long long)event->token, another ? ", and " : "", another ? next->holder : "",
             another ? " is, too" : "");
    if (!another) {
        if (next->kind != event->kind) { /* the order that is open is not that one */
            memset(next->held, 0, sizeof(next->held));
            memset(next->waiting, 0, sizeof(next->waiting));
            next->n_waiting = 0;
        }
        snprintf(next->holder, sizeof(next->holder), "%s", event->hostname);
        snprintf(next->boot, sizeof(next->boot), "%s", event->boot ? event->boot : "");
        next->kind = event->kind;
        next->begun_ms = event->now_ms;
        witness_upgrade(next, event);
        maintenance_set_step(next, event->kind == MAINTENANCE_RETIRE ? "stop" : "begun", event->now_ms);
    }
    halt(next, code_name(SR_MAINTENANCE_OLD), message);
    return MAINTENANCE_GRANTED;
}

/* What the site gives to drain and soak comes on top. */
static int64_t limit_ms(const struct maintenance *record) {
    return MAINTENANCE_LIMIT_MS + (record->soak_s + record->drain_s) * INT64_C(1000);
}

int64_t maintenance_left_ms(const struct maintenance *record, int64_t now_ms) {
    int64_t left_ms = record->begun_ms + limit_ms(record) - now_ms;
    bool awaited = record->holder[0] ? record->state != MAINTENANCE_HALTED
                                     : record->state == MAINTENANCE_RUNNING && record->begun_ms > 0;
    if (!awaited)
        return -1;
    return left_ms > 0 ? left_ms : 0;
}

const char *maintenance_awaited(const struct maintenance *record) {
    const char *unheld = first_unheld(record);
    return record->holder[0] ? record->holder : unheld ? unheld : record->n_waiting ? record->waiting[0] : "";
}

static enum maintenance_answer expire(struct maintenance *next, const struct maintenance_event *event) {
    char message[MAINTENANCE_WORD_SIZE];
    if (maintenance_left_ms(next, event->now_ms) != 0)
        return MAINTENANCE_GRANTED;
    if (next->holder[0])
        snprintf(message, sizeof(message), "%.63s is not back %d minutes after it began; its last step: %.31s",
                 next->holder, (int)(limit_ms(next) / 60000), next->step);
    else if (first_unheld(next))
        snprintf(message, sizeof(message), "%.63s does not hold release %.31s %d minutes after the order",
                 first_unheld(next), next->target, (int)(limit_ms(next) / 60000));
    else
        snprintf(message, sizeof(message), "%.63s has not begun %d minutes after its turn came", next->waiting[0],
                 (int)(limit_ms(next) / 60000));
    size_t length = strlen(message);
    if (event->message && event->message[0])
        snprintf(message + length, sizeof(message) - length, "; it said: %.250s", event->message);
    for (char *c = message; *c; c++) /* a machine's words: cut anywhere, they would be no UTF-8 */
        if (*c < ' ' || *c > '~')
            *c = '?';
    bool off = next->kind == MAINTENANCE_RETIRE && next->holder[0] &&
               maintenance_retire_is_own(next->step); /* nobody else can do it */
    halt(next, code_name(off ? SR_RETIRE_OFF : SR_MAINTENANCE_LATE), message);
    return MAINTENANCE_GRANTED;
}

static void go_on(struct maintenance *record, int64_t now_ms) {
    record->state = MAINTENANCE_RUNNING;
    record->code[0] = record->message[0] = '\0';
    record->begun_ms = now_ms;
}

static enum maintenance_answer operate(struct maintenance *next, const struct maintenance_event *event) {
    if (!is_open(next))
        return MAINTENANCE_NO_ORDER;
    switch (event->type) {
    case MAINTENANCE_PAUSE:
        if (next->state == MAINTENANCE_HALTED)
            return MAINTENANCE_NO_ORDER;
        next->state = MAINTENANCE_PAUSED;
        break;
    case MAINTENANCE_RESUME:
        go_on(next, event->now_ms);
        next->lose_this |= event->lose_data;
        next->off |= event->off;
        maintenance_retire_again(next, event->now_ms);
        break;
    case MAINTENANCE_ABORT:
        next->partly |= next->kind == MAINTENANCE_UPGRADE && next->n_waiting > 0;
        memset(next->held, 0, sizeof(next->held));
        memset(next->waiting, 0, sizeof(next->waiting));
        next->n_waiting = 0;
        next->aborted = true;
        if (next->state == MAINTENANCE_HALTED)
            go_on(next, event->now_ms);
        if (next->holder[0] && is_reversible(next))
            maintenance_let_go(next, event->now_ms);
        maintenance_retire_again(next, event->now_ms);
        maintenance_close_when_over(next);
        break;
    default: /* FORCE */
        if (!next->holder[0] || strcmp(next->holder, event->hostname) != 0)
            return MAINTENANCE_NOT_HOLDER;
        maintenance_let_go(next, event->now_ms);
    }
    return MAINTENANCE_GRANTED;
}

static enum maintenance_answer decide(struct maintenance *next, const struct maintenance_event *event) {
    switch (event->type) {
    case MAINTENANCE_OPEN:
        return open_order(next, event);
    case MAINTENANCE_TAKE:
        return take(next, event);
    case MAINTENANCE_HELD:
        return hold(next, event);
    case MAINTENANCE_WHOLE:
        if (is_open(next))
            return MAINTENANCE_BUSY;
        maintenance_forget_target(next);
        return MAINTENANCE_GRANTED;
    case MAINTENANCE_ANEW:
        *next = (struct maintenance){.version = next->version, .kind = next->kind, .token = next->token};
        return MAINTENANCE_GRANTED;
    case MAINTENANCE_STEP:
    case MAINTENANCE_BACK:
    case MAINTENANCE_FAIL:
        return speak(next, event);
    case MAINTENANCE_HELPED:
        return help(next, event);
    case MAINTENANCE_WITNESS:
        return witness(next, event);
    case MAINTENANCE_EXPIRE:
        return expire(next, event);
    default:
        return operate(next, event);
    }
}

static bool same(const struct maintenance *a, const struct maintenance *b) {
    if (a->state != b->state || a->kind != b->kind || a->token != b->token || a->since_ms != b->since_ms ||
        a->begun_ms != b->begun_ms || a->n_waiting != b->n_waiting || a->aborted != b->aborted ||
        a->lose_data != b->lose_data || a->lose_this != b->lose_this || a->off != b->off ||
        a->keep_disk != b->keep_disk || a->partly != b->partly || a->restored != b->restored || a->laid != b->laid ||
        a->begun != b->begun || a->n_moved != b->n_moved || memcmp(a->held, b->held, sizeof(a->held)) != 0 ||
        strcmp(a->target, b->target) != 0 || strcmp(a->holder, b->holder) != 0 || strcmp(a->step, b->step) != 0 ||
        strcmp(a->boot, b->boot) != 0 || strcmp(a->code, b->code) != 0 || strcmp(a->message, b->message) != 0)
        return false;
    for (size_t i = 0; i < a->n_waiting; i++)
        if (strcmp(a->waiting[i], b->waiting[i]) != 0)
            return false;
    return true;
}

enum maintenance_answer maintenance_next(const struct maintenance *record, const struct maintenance_event *event,
                                         struct maintenance *ret_next) {
    struct maintenance next = *record;
    enum maintenance_answer answer = decide(&next, event);
    if (answer != MAINTENANCE_GRANTED)
        return answer;
    maintenance_retire_next(&next, event->now_ms);
    if (!same(&next, record))
        next.version = record->version + 1;
    *ret_next = next;
    return MAINTENANCE_GRANTED;
}

const char *maintenance_answer_code(enum maintenance_answer answer) {
    return answers[answer].code;
}
const char *maintenance_answer_message(enum maintenance_answer answer) {
    return answers[answer].message;
}
const char *maintenance_answer_remedy(enum maintenance_answer answer) {
    return answers[answer].remedy;
}
