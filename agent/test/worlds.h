/* SPDX-License-Identifier: Apache-2.0
 * A world for unit tests: what steps, bootstrap and member do to it is written down, one word or two a call. A test
 * puts in the functions that its code may call; any other one is NULL, and calling it ends the test. */
#pragma once
#include "test/sites.h"

#include "agent.h"
#include "json.h"
#include "maintenance/slot.h"
#include "world/world.h"
#include <errno.h>
#include <stdarg.h>

static struct world world;
static struct agent agent;
static char calls[4096]; /* "link_up 3; address_add 172.22.132.11/24" */

static inline void called(const char *format, ...) {
    size_t length = strlen(calls);
    va_list ap;
    va_start(ap, format);
    snprintf(calls + length, sizeof(calls) - length, "%s", length ? "; " : "");
    length = strlen(calls);
    vsnprintf(calls + length, sizeof(calls) - length, format, ap);
    va_end(ap);
}

/* What was called since the last look. */
static inline void assert_calls(const char *wanted) {
    char found[sizeof(calls)];
    memcpy(found, calls, sizeof(found));
    calls[0] = '\0';
    assert_string_equal(found, wanted);
}

/* A machine of the seven-node site, in a world without a function; nothing is told to a console. */
static inline void machine_is(const char *hostname) {
    role_free(agent.role);
    agent =
        (struct agent){.world = &world, .console.fd = -1, .role = role_at("configs/seven-nodes/site.json", hostname)};
    world = (struct world){0};
    calls[0] = '\0';
}

static inline int forget_machine(void **state) {
    (void)state;
    role_free(agent.role);
    agent.role = NULL;
    return 0;
}

/* How far the machine's clock is ahead of the seed's; each look takes a second off. */
static int64_t clock_ahead_ms;
static inline int fake_probe_clock(const struct seed_client *client, int64_t *ret_ahead_ms, struct error *err) {
    (void)client;
    (void)err;
    *ret_ahead_ms = clock_ahead_ms;
    clock_ahead_ms -= clock_ahead_ms > 0 ? 1000 : 0;
    return 0;
}

static inline int fake_own_link_find(const struct role *role, struct own_link *ret, struct error *err) {
    (void)role;
    (void)err;
    ret->ifindex = 3;
    snprintf(ret->name, sizeof(ret->name), "test0");
    snprintf(ret->mac, sizeof(ret->mac), "52:54:00:84:00:11");
    return 0;
}

static const char *differing; /* the rendered document that differs */

static inline int fake_differs(const struct agent *a, const char *what, const char *path, struct error *e) {
    (void)a;
    (void)path;
    (void)e;
    return differing && !strcmp(differing, what);
}

static inline int fake_apply(const struct agent *a, const char *what, const char *path, mode_t mode, struct error *e) {
    (void)a;
    (void)mode;
    (void)e;
    called("write %s %s", what, path);
    return 1;
}

static const char *written_turn; /* "in hand" or "done"; NULL: nothing was written */
static inline int fake_write(const char *path, const void *data, size_t length, mode_t mode, struct error *e) {
    (void)e;
    assert_string_equal(path, "/etc/kubernetes/seedrack-turn.json");
    assert_int_equal(mode, 0600);
    written_turn = memmem(data, length, "\"in_hand\":true", 14) ? "in hand" : "done";
    return 0;
}

/* A runtime that keeps what has ended. */
static inline const struct runtime_ops *fake_plain_runtime(enum runtime runtime) {
    static const struct runtime_ops ops = {0};
    (void)runtime;
    return &ops;
}

/* The call with that name fails. */
static const char *failing_call;

static inline int step_of(const char *name, struct error *e) {
    called("%s", name);
    return failing_call && !strcmp(failing_call, name) ? error_set(e, EIO, "%s fails", name) : 0;
}

static const char *seed_records[4]; /* what a seed answers to whoever looks at the maintenance record, one after the
                                  other; the last one again and again */
static size_t n_looks;
static inline int fake_record_call(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                                   unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    (void)client;
    (void)timeout_s;
    (void)ret_status;
    if (!strcmp(method, "GET")) {
        const char *text = seed_records[n_looks];
        n_looks += n_looks < 3 && seed_records[n_looks + 1];
        if (!text)
            return error_fail(err, SR_RETIRED, EIO, "seed: GET /v1/maintenance: 403: this machine is retired");
        *ret_body = cJSON_Parse(text);
        return 0;
    }
    const char *word = strrchr(path, '/') + 1, *code = json_text(body, "code");
    called("%s %s", word, code[0] ? code : json_text(body, "step"));
    return 0;
}

/* The record of a retirement, as a machine looks at it. */
static inline struct slot_record retire_asks(const char *holder, const char *step) {
    struct slot_record record = {.token = 7, .since_ms = 5, .running = true, .kind = "retire"};
    snprintf(record.holder, sizeof(record.holder), "%s", holder);
    snprintf(record.step, sizeof(record.step), "%s", step);
    return record;
}
