/* SPDX-License-Identifier: Apache-2.0
 * See events.h. */
#include "events.h"
#include "agent.h"
#include "claim.h"
#include "client.h"
#include "effects/cards.h"
#include "effects/logs.h"
#include "effects/runtime.h"

#include "buf.h"
#include "clock.h"
#include "json.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void observe_panel(const struct agent *agent, struct panel_facts *ret) {
    if (agent->role) {
        snprintf(ret->hostname, sizeof(ret->hostname), "%.63s", agent->role->hostname);
        snprintf(ret->release, sizeof(ret->release), "%.31s", agent->role->release);
    }
    snprintf(ret->seed, sizeof(ret->seed), "%.127s", agent->seed.url);
    snprintf(ret->fingerprint, sizeof(ret->fingerprint), "%s", agent->seed.fingerprint);
    cards_observe(ret->cards, &ret->n_cards);
}

void events_show(const struct agent *agent, const struct event *event, const struct error *problem) {
    struct panel_news news;
    if (agent->console.fd < 0)
        return;
    memset(&news, 0, sizeof(news)); /* lines_take() compares bytes */
    observe_panel(agent, &news.facts);
    snprintf(news.step, sizeof(news.step), "%s", event->step);
    snprintf(news.state, sizeof(news.state), "%s", event->state);
    snprintf(news.message, sizeof(news.message), "%s", problem ? problem->message : event->message);
    snprintf(news.remedy, sizeof(news.remedy), "%s", problem ? problem->remedy : "");
    news.problem = problem || !strcmp(event->state, "failed");
    news.code = event->code;
    news.number = agent->step;
    news.steps = agent->n_steps;
    news.bytes = event->bytes;
    news.total = event->total;
    console_tell(&agent->console, &news);
}

static cJSON *event_json(const struct agent *agent, const struct event *event) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "step", event->step);
    cJSON_AddStringToObject(object, "state", event->state);
    cJSON_AddStringToObject(object, "message", event->message);
    cJSON_AddNumberToObject(object, "seconds", event->seconds);
    cJSON_AddNumberToObject(object, "at_ms", (double)event->at_ms);
    if (event->wall_ms > 0)
        cJSON_AddNumberToObject(object, "wall_ms", (double)event->wall_ms);
    if (event->bytes)
        cJSON_AddNumberToObject(object, "bytes", (double)event->bytes);
    if (event->total)
        cJSON_AddNumberToObject(object, "total", (double)event->total);
    if (event->code)
        cJSON_AddStringToObject(object, "code", code_name(event->code));
    if (event->has_tail)
        cJSON_AddStringToObject(object, "tail", agent->events.tail);
    return object;
}

/* True when they were delivered, or refused for good (EIO): keeping refused ones would block the later ones. */
static bool deliver_some(struct agent *agent, size_t n) {
    struct error ignored;
    cleanup_json cJSON *body = cJSON_CreateObject();
    cJSON *events = cJSON_AddArrayToObject(body, "events");
    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(events, event_json(agent, &agent->events.list[i]));
    return seed_call(&agent->seed, "POST", "/v1/events", body, 3, NULL, NULL, &ignored) == 0 || ignored.errnum == EIO;
}

static void drop_oldest(struct agent *agent, size_t n) {
    struct events *events = &agent->events;
    events->n -= n;
    memmove(&events->list[0], &events->list[n], sizeof(events->list[0]) * events->n);
}

static void events_deliver(struct agent *agent) {
    enum { BATCH = 32 /* with a tail at most 48 KiB of JSON; the seed takes 64 */ };
    while (agent->seed.claim[0] && agent->events.n) {
        size_t n = agent->events.n < BATCH ? agent->events.n : BATCH;
        if (!deliver_some(agent, n))
            return;
        drop_oldest(agent, n);
    }
}

static bool read_tail(struct agent *agent, enum code code) {
    const char *source = tail_source(code);
    cleanup_buf struct buf text = BUF_INIT(TAIL_READ);
    struct error none;
    char path[128];
    bool whole;
    if (!source || (!strcmp(source, TAIL_RUNTIME) && !agent->role))
        return false;
    if (!strcmp(source, TAIL_RUNTIME)) {
        snprintf(path, sizeof(path), "/var/log/seedrack/%s/current", runtime_of(agent->role->runtime)->service);
        source = path;
    }
    return logs_end(source, &text, &whole, &none) == 0 &&
           tail_clean(buf_text(&text), text.length, whole, agent->events.tail) > 0;
}

static void event_keep(struct agent *agent, const struct event *event) {
    if (agent->events.n == EVENTS_MAX)
        drop_oldest(agent, 1);
    for (size_t i = 0; event->has_tail && i < agent->events.n; i++)
        agent->events.list[i].has_tail = false;
    agent->events.list[agent->events.n++] = *event;
}

/* The console first: the seed may be what is away. */
static void event_tell(struct agent *agent, struct event *event, const struct error *problem, const char *format,
                       va_list ap) {
    event->at_ms = (long)clock_boottime_ms();
    event->wall_ms = (long)clock_wall_ms();
    vsnprintf(event->message, sizeof(event->message), format, ap);
    for (char *c = event->message; *c; c++)
        if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
            *c = '?'; /* the seed would refuse the whole batch for a cut multi-byte character */
    if (!agent->seed.fingerprint[0])
        claim_recall_fingerprint(&agent->seed);
    events_show(agent, event, problem);
    event_keep(agent, event);
    events_deliver(agent);
}

void events_say(struct agent *agent, const char *step, const char *state, double seconds, uint64_t bytes,
                const char *format, ...) {
    struct event event = {.seconds = seconds, .bytes = bytes};
    snprintf(event.step, sizeof(event.step), "%s", step);
    snprintf(event.state, sizeof(event.state), "%s", state);
    va_list ap;
    va_start(ap, format);
    event_tell(agent, &event, NULL, format, ap);
    va_end(ap);
}

void events_tell(struct agent *agent, const struct event *about, const char *format, ...) {
    struct event event = *about;
    va_list ap;
    va_start(ap, format);
    event_tell(agent, &event, NULL, format, ap);
    va_end(ap);
}

static void tell_problem(struct agent *agent, struct event *event, const struct error *problem, const char *format,
                         ...) {
    va_list ap;
    va_start(ap, format);
    event_tell(agent, event, problem, format, ap);
    va_end(ap);
}

void events_problem(struct agent *agent, const struct event *about, const struct error *problem, bool with_tail) {
    struct event event = *about;
    event.code = problem->code ? problem->code : about->code;
    event.has_tail = with_tail && read_tail(agent, event.code);
    tell_problem(agent, &event, problem, "%s%s%s", problem->message, problem->remedy[0] ? "; " : "", problem->remedy);
}
