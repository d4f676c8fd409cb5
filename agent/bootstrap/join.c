/* SPDX-License-Identifier: Apache-2.0
 * Joining with a ticket. A master mints it for this machine on request, and it is used once. On disk it is only in the
 * file of mode 0600 that kubeadm reads, which is on tmpfs. */
#include "decide/answer.h"
#include "decide/paths.h"
#include "world/world.h"
#include "attempt.h"
#include "bootstrap/clock_offset.h"
#include "kubeadm.h"
#include "network.h"

#include "clock.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define JOIN_CONFIG AGENT_RUN "/kubeadm-join.yaml"
#define LAID_BY_US "--ignore-preflight-errors=DirAvailable--etc-kubernetes-manifests"
#define FIRST_CALLS "unable to fetch the kubeadm-config ConfigMap" /* kubeadm's words for it */
enum { TICKET_WAIT_S = 55, AGAIN_MS = 480 * 1000 /* from the ticket's 15 minutes */, AGAIN_PAUSE_S = 2 };

static const struct event waiting = {.step = "bootstrap", .state = "waiting", .code = SR_WAIT_TICKET};

static int ticket_ask(struct agent *agent, bool rejoins, char ret_id[ANSWER_ID_SIZE], struct error *err) {
    cleanup_json cJSON *body = cJSON_CreateObject(), *answer = NULL;
    if (rejoins) /* an older seed does not know the field */
        cJSON_AddBoolToObject(body, "rejoin", true);
    if (agent->world->seed_call(&agent->seed, "POST", "/v1/tickets", body, 10, NULL, &answer, err) < 0)
        return -1;
    return answer_ticket_id(answer, ret_id, err) < 0 ? error_wrap(err, "seed: answer to POST /v1/tickets") : 0;
}

/* Long-polls until the ticket is minted. */
static int ticket_receive(struct agent *agent, const char *id, cJSON **ret_ticket, struct error *err) {
    char path[96];
    snprintf(path, sizeof(path), "/v1/tickets/%s?wait=%d", id, TICKET_WAIT_S);
    for (;;) {
        cleanup_json cJSON *answer = NULL;
        long status;
        if (agent->world->seed_call(&agent->seed, "GET", path, NULL, TICKET_WAIT_S + 5, &status, &answer, err) < 0)
            return -1;
        if (status == 200) {
            *ret_ticket = answer;
            answer = NULL;
            return 0;
        }
        const char *reason = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "reason"));
        events_tell(agent, &waiting, "for a join ticket%s%s", reason && reason[0] ? ": " : "", reason ? reason : "");
    }
}

static void ticket_done(struct agent *agent, const char *id, const struct error *problem) {
    cleanup_json cJSON *body = cJSON_CreateObject();
    struct error err = {0};
    char path[96];
    snprintf(path, sizeof(path), "/v1/tickets/%s/done", id);
    cJSON_AddBoolToObject(body, "ok", problem == NULL);
    if (problem)
        cJSON_AddStringToObject(body, "reason", problem->message);
    if (agent->world->seed_call(&agent->seed, "POST", path, body, 10, NULL, NULL, &err) < 0)
        log_warning("%s", err.message); /* the seed frees the place in the queue when the ticket's time is over */
}

static int run_kubeadm(struct agent *agent, const struct render_ticket *ticket, char ret_hash[CA_HASH_SIZE],
                       struct error *err) {
    /* HAProxy's manifest is already in the folder, and v1.20 refuses a folder that is not empty (kubeadm#2564). A
     * release may leave CoreDNS out; its image cannot be pulled then. Step 9 has checked every image that the release
     * has. */
    bool coredns = role_image(agent->role, "/coredns:");
    const char *const argv[] = {
        "kubeadm",  "join",      "--v=1",
        "--config", JOIN_CONFIG, role_is_master(agent->role) ? coredns ? LAID_BY_US : LAID_BY_US ",ImagePull" : NULL,
        NULL};
    if (agent->world->rendered_secret(agent, ticket, "kubeadm-join.yaml", JOIN_CONFIG, err) < 0)
        return -1;
    int result = kubeadm_run(agent->world, argv, ret_hash, err);
    unlink(JOIN_CONFIG);
    return result < 0 ? error_code(err, SR_JOIN) : 0;
}

static bool was_slow(const char *message) {
    return strstr(message, FIRST_CALLS) && (strstr(message, "deadline exceeded") || strstr(message, "timeout") ||
                                            strstr(message, "timed out") || strstr(message, "Timeout"));
}

/* kubeadm gives each of its first reads 350 ms (apiclient.GetConfigMapWithShortRetry), whatever `timeouts` says: less
 * than a slow machine needs. It has changed nothing here by then, and the ticket is still good: no other one is minted.
 */
static int join(struct agent *agent, const struct render_ticket *ticket, char ret_hash[CA_HASH_SIZE],
                struct error *err) {
    int64_t begun_ms = clock_boottime_ms();
    for (;;) {
        int result = run_kubeadm(agent, ticket, ret_hash, err);
        if (result == 0 || !was_slow(err->message) || clock_boottime_ms() - begun_ms > AGAIN_MS)
            return result;
        log_warning("%s", err->message);
        events_say(agent, "bootstrap", "running", 0, 0, "kubeadm join again: the API server was slow to answer");
        *err = (struct error){0};
        sleep(AGAIN_PAUSE_S);
    }
}

void attempt_drop_ticket(struct agent *agent, struct attempt *attempt, const struct error *problem) {
    cJSON *secret;
    ticket_done(agent, attempt->ticket_id, problem);
    cJSON_ArrayForEach(secret, attempt->ticket) {
        if (cJSON_IsString(secret))
            explicit_bzero(secret->valuestring, strlen(secret->valuestring));
    }
    cJSON_Delete(attempt->ticket);
    attempt->ticket = NULL;
}

int attempt_ticket(struct agent *agent, struct attempt *attempt, struct error *err) {
    clock_offset_wait(agent);
    if (network_masters_reachable(agent, err) < 0 || ticket_ask(agent, attempt->rejoins, attempt->ticket_id, err) < 0)
        return -1;
    events_tell(agent, &waiting, "for a join ticket");
    if (ticket_receive(agent, attempt->ticket_id, &attempt->ticket, err) < 0)
        return -1;
    struct render_ticket ticket;
    if (answer_ticket(attempt->ticket, role_is_master(agent->role), &ticket, err) < 0)
        return -1;
    snprintf(attempt->ca_hash, sizeof(attempt->ca_hash), "%s", ticket.ca_hash);
    return 0;
}

int attempt_join(struct agent *agent, struct attempt *attempt, struct error *err) {
    struct render_ticket ticket;
    if (answer_ticket(attempt->ticket, role_is_master(agent->role), &ticket, err) < 0)
        return -1;
    events_say(agent, "bootstrap", "running", 0, 0, "kubeadm join");
    int result = join(agent, &ticket, attempt->ca_hash, err);
    attempt_drop_ticket(agent, attempt, result < 0 ? err : NULL);
    return result;
}
