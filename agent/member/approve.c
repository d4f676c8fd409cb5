/* SPDX-License-Identifier: Apache-2.0
 * See approve.h. Every master watches; the first one decides, for the others it is decided then. */
#include "approve.h"
#include "agent.h"
#include "decide/csr.h"
#include "decide/joiners.h"
#include "world/world.h"

#include "json.h"
#include "kubernetes.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { RETRY_S = 1 };

bool approves(const struct role *role) {
    return kubernetes_has(role->release, K8S_CSR_V1);
}

int approve_prepare(struct agent *agent, struct error *err) {
    for (unsigned i = 0; i < JOINERS_BINDINGS; i++) {
        cleanup_buf struct buf path = BUF_INIT(256), body = BUF_INIT(4096);
        joiners_binding(i, agent->role->release, &path, &body);
        if (agent->world->api_create(agent->role, buf_text(&path), buf_text(&body), err) < 0)
            return -1;
    }
    return 0;
}

static int decide_csr(struct agent *agent, const struct csr *csr, cJSON *object, struct error *err) {
    struct token tokens[TOKENS_MAX];
    size_t n;
    if (agent->world->api_tokens(agent->role, tokens, &n, err) < 0)
        return -1;
    enum csr_verdict verdict = csr_judge(csr, tokens, n);
    if (verdict == CSR_NOT_OURS)
        return 0;
    int handed_in = csr_decide(object, csr, verdict, err) < 0
                        ? -1
                        : agent->world->api_put_approval(agent->role, csr->name, object, err);
    if (handed_in != 0)
        return handed_in < 0 ? -1 : 0;
    if (verdict == CSR_APPROVED) {
        log_info("certificate request %s: approved, it is of %s", csr->name, csr->host);
        return 0;
    }
    log_error("certificate request %s: denied: the join ticket behind it is not of `%s`", csr->name, csr->host);
    events_tell(agent, &(struct event){.step = "join", .state = "failed", .code = SR_CSR_FOREIGN},
                "a joiner asked for the certificate of `%s`, which its ticket is not for: denied; see who holds that "
                "ticket in the seed's audit log",
                csr->host);
    return 0;
}

static bool on_event(void *context, const char *text, size_t length) {
    cleanup_json cJSON *event = NULL;
    struct error err = {0};
    struct csr csr;
    cJSON *object;
    if (json_parse(text, length, &event, &err) == 0 && csr_of_event(event, &csr, &object) &&
        decide_csr(context, &csr, object, &err) < 0)
        log_warning("certificate request %s: %s", csr.name, err.message);
    return false;
}

/* No machine can join meanwhile, so it is logged: once for each cause, not once a second. `told` has the last cause. */
static void tell_failure(const struct error *err, char told[static sizeof(err->message)]) {
    if (err->errnum != ETIMEDOUT && strcmp(told, err->message) != 0)
        log_warning(
            "certificate requests cannot be watched, so this master approves no joiner's; read its API server's "
            "log: %s",
            err->message);
    snprintf(told, sizeof(err->message), "%s", err->errnum == ETIMEDOUT ? "" : err->message);
}

void approve_forever(struct agent *agent) {
    char told[sizeof(((struct error *)0)->message)] = "";
    /* a watch ends after a minute, and the next one begins with all open requests: one that could not be decided now
     * is decided then */
    for (;;) {
        struct error err = {0};
        if (agent->world->api_watch_csrs(agent->role, on_event, agent, &err) < 0)
            tell_failure(&err, told);
        nanosleep(&(struct timespec){.tv_sec = RETRY_S}, NULL);
    }
}
