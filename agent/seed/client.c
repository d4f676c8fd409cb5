/* SPDX-License-Identifier: Apache-2.0
 * See client.h. */
#include "client.h"
#include "decide/answer.h"
#include "decide/refusal.h"
#include "effects/ca_hash.h"
#include "effects/identity.h"
#include "effects/logs.h"
#include "effects/runtime.h"

#include "buf.h"
#include "cleanup.h"
#include "clock.h"
#include "facts.h"
#include "file.h"
#include "json.h"
#include "hex.h"
#include <errno.h>
#include <mbedtls/sha256.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

bool seed_is_away(const struct error *err) {
    return err->errnum == EHOSTUNREACH || err->errnum == ETIMEDOUT;
}

static int code_of(long status) {
    switch (status) {
    case 401:
        return EACCES;
    case 404:
        return ENOENT;
    case 409:
        return EEXIST;
    case 410:
        return EBUSY;
    default:
        return EIO;
    }
}

/* The server's error object, or its status where there is none. */
static int refuse(const char *method, const char *path, const struct http_reply *reply, struct error *err) {
    struct error ignored;
    cleanup_json cJSON *tree = NULL;
    const cJSON *word = NULL, *message = NULL, *remedy = NULL;
    if (reply->body.length && json_parse(reply->body.data, reply->body.length, &tree, &ignored) == 0) {
        const cJSON *object = cJSON_GetObjectItemCaseSensitive(tree, "error");
        word = cJSON_GetObjectItemCaseSensitive(object, "code");
        message = cJSON_GetObjectItemCaseSensitive(object, "message");
        remedy = cJSON_GetObjectItemCaseSensitive(object, "remedy");
    }
    const char *query = strchr(path, '?');
    error_fail(err, refusal_code(cJSON_IsString(word) ? word->valuestring : "", reply->status), code_of(reply->status),
               "seed: %s %.*s: %ld: %s", method, query ? (int)(query - path) : (int)strlen(path), path, reply->status,
               cJSON_IsString(message) ? message->valuestring : "no reason given");
    return cJSON_IsString(remedy) ? error_remedy(err, "%s", remedy->valuestring) : -1;
}

#define TRUST AGENT_RUN "/seed-ca.crt" /* what boot.ca is the pin of */

/* Somebody who answers at the seed's address and is not it is as good as nobody: EHOSTUNREACH. */
static int take_trust(struct agent *agent, const cJSON *answer, struct error *err) {
    const char *pem;
    char hash[CA_HASH_SIZE];
    uint16_t port;
    if (answer_trust(answer, &port, &pem, err) < 0 || file_write(TRUST, pem, strlen(pem), 0644, err) < 0 ||
        ca_hash_of_file(TRUST, hash, err) < 0) {
        err->errnum = EHOSTUNREACH;
        return -1;
    }
    if (strcmp(hash, agent->cmdline.ca) != 0)
        return error_fail(err, SR_SEED_PIN, EHOSTUNREACH, "its authority is %.23s…, this machine was booted for %.23s…",
                          hash, agent->cmdline.ca);
    agent->tls_port = port;
    return 0;
}

static int seed_silent(const struct agent *agent, struct error *err) {
    error_code(err, SR_SEED_SILENT);
    return error_remedy(err, "check that seed-server runs at %s and that the network reaches it", agent->seed);
}

static int find_trust(struct agent *agent, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    cleanup_json cJSON *answer = NULL;
    char url[320];
    snprintf(url, sizeof(url), "%s/v1/trust", agent->seed);
    if (http_call(url, &(struct http_options){0}, &reply, err) < 0)
        return seed_silent(agent, err);
    if (reply.status != 200)
        error_fail(err, SR_SEED_PIN, EHOSTUNREACH,
                   "it speaks no TLS (GET /v1/trust: %ld), and this machine was booted for %.23s…", reply.status,
                   agent->cmdline.ca);
    else if (json_parse(reply.body.data, reply.body.length, &answer, err) < 0)
        err->errnum = EHOSTUNREACH;
    else if (take_trust(agent, answer, err) == 0)
        return 0;
    error_code(err, SR_SEED_STATUS);
    error_wrap(err, "the seed at %s", agent->seed);
    return error_remedy(
        err, "start the site's own seed-server with --pki there; or boot an image of the seed's site (docs/tls.md)");
}

/* TLS to the seed, in the name that its certificate is for, with this machine's key; ret_place and ret_url hold the
 * texts. */
static int secure(struct agent *agent, const char *path, struct http_options *options, char ret_place[static 320],
                  char ret_url[static 768], struct error *err) {
    const char *host = strstr(agent->seed, "://") + 3, *colon = strrchr(host, ':');
    if (!agent->tls_port && find_trust(agent, err) < 0)
        return -1;
    if (!colon || strchr(colon, ']'))
        colon = host + strlen(host);
    snprintf(ret_place, 320, "::%.*s:%u", (int)(colon - host), host, agent->tls_port);
    snprintf(ret_url, 768, "https://" PKI_SEED_NAME "%s", path);
    options->connect_to = ret_place;
    options->ca_file = TRUST;
    options->cert_file = AGENT_STATE "/" IDENTITY_CERTIFICATE;
    options->key_file = AGENT_STATE "/" IDENTITY_KEY;
    return 0;
}

static int request(struct agent *agent, const char *method, const char *path, const struct http_options *base,
                   struct http_reply *reply, struct error *err) {
    struct http_options options = *base;
    char url[768], place[320], claim[64];
    if (!agent->cmdline.ca[0])
        snprintf(url, sizeof(url), "%s%s", agent->seed, path);
    else if (secure(agent, path, &options, place, url, err) < 0)
        return error_wrap(err, "seed");
    snprintf(claim, sizeof(claim), "Seedrack-Claim: %s", agent->claim);
    options.method = strcmp(method, "GET") ? method : NULL;
    for (size_t i = 0; i < 4 && agent->claim[0]; i++) {
        if (!options.headers[i]) {
            options.headers[i] = claim;
            break;
        }
    }
    int result = http_call(url, &options, reply, err);
    if (reply->peer[0])
        snprintf(agent->seed_address, sizeof(agent->seed_address), "%s", reply->peer);
    if (result < 0) {
        agent->tls_port = 0; /* it may have moved */
        error_wrap(err, "seed");
        return seed_silent(agent, err);
    }
    return 0;
}

int seed_call(struct agent *agent, const char *method, const char *path, const cJSON *body, unsigned timeout_s,
              long *ret_status, cJSON **ret_body, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    cleanup_free char *text = body ? cJSON_PrintUnformatted(body) : NULL;
    struct http_options options = {.body = text, .timeout_s = timeout_s};
    if (body && !text)
        return error_errno(err, ENOMEM, "seed");
    if (request(agent, method, path, &options, &reply, err) < 0)
        return -1;
    if (reply.status < 200 || reply.status > 299)
        return refuse(method, path, &reply, err);
    if (ret_body && reply.body.length && json_parse(reply.body.data, reply.body.length, ret_body, err) < 0)
        return error_wrap(err, "seed: answer to %s %s", method, path);
    if (text)
        explicit_bzero(text, strlen(text)); /* tickets pass through here */
    if (ret_status)
        *ret_status = reply.status;
    return 0;
}

int seed_role(struct agent *agent, unsigned wait_s, bool *ret_changed, struct buf *ret_text, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    char path[64], match[128];
    snprintf(path, sizeof(path), "/v1/role?wait=%u", wait_s);
    snprintf(match, sizeof(match), "If-None-Match: %s", agent->etag);
    struct http_options options = {.timeout_s = wait_s + 5, .headers = {agent->etag[0] ? match : NULL}};
    if (request(agent, "GET", path, &options, &reply, err) < 0)
        return -1;
    *ret_changed = reply.status == 200;
    if (reply.status == 304)
        return 0;
    if (reply.status != 200)
        return refuse("GET", "/v1/role", &reply, err);
    buf_add(ret_text, buf_text(&reply.body), reply.body.length);
    snprintf(agent->etag, sizeof(agent->etag), "%s", reply.etag);
    return buf_failed(ret_text) ? error_errno(err, EFBIG, "seed: role document") : 0;
}

/* A machine without a disk forgets a random key with every power cut, and its next claim would be another machine's.
 * What its firmware says about it stays: no secret, but neither is the claim one before it carries a certificate. */
static int firmware_key(const struct facts *facts, unsigned char ret[32], struct error *err) {
    char text[160];
    int length = snprintf(text, sizeof(text), "seedrack claim key\n%s\n%s\n", facts->uuid, facts->serial);
    int code = mbedtls_sha256((const unsigned char *)text, (size_t)length, ret, 0);
    return code ? error_set(err, -1, "claim key: mbedTLS error -0x%04x", (unsigned)-code) : 0;
}

static int claim_key(const struct agent *agent, const struct facts *facts, char ret[65], struct error *err) {
    cleanup_buf struct buf old = BUF_INIT(128);
    unsigned char key[32];
    if (file_read(AGENT_STATE "/claim.key", &old, err) == 0 && old.length == 64) {
        memcpy(ret, old.data, 65);
        return 0;
    }
    if (agent->initramfs && firmware_key(facts, key, err) < 0)
        return -1;
    if (!agent->initramfs && getrandom(key, sizeof(key), 0) != sizeof(key))
        return error_errno(err, errno, "getrandom");
    hex_encode(key, sizeof(key), ret);
    return file_write(AGENT_STATE "/claim.key", ret, 64, 0600, err);
}

static void set_fingerprint(struct agent *agent, const char *key) {
    snprintf(agent->fingerprint, sizeof(agent->fingerprint), "%.4s-%.4s-%.4s-%.4s", key, key + 4, key + 8, key + 12);
}

/* Of a key that an earlier run made. */
static void recall_fingerprint(struct agent *agent) {
    cleanup_buf struct buf kept = BUF_INIT(128);
    struct error none;
    char hash[PKI_KEY_SIZE];
    if (agent->cmdline.ca[0] && identity_hash(AGENT_STATE, hash, &none) == 0)
        set_fingerprint(agent, hash);
    else if (!agent->cmdline.ca[0] && file_read(AGENT_STATE "/claim.key", &kept, &none) == 0 && kept.length == 64)
        set_fingerprint(agent, buf_text(&kept));
}

int seed_claim(struct agent *agent, struct error *err) {
    struct facts facts;
    char key[65];
    if (facts_observe(&facts, err) < 0 ||
        (agent->cmdline.ca[0] ? identity_hash(AGENT_STATE, key, err) : claim_key(agent, &facts, key, err)) < 0)
        return -1;
    set_fingerprint(agent, key);
    cleanup_json cJSON *body = cJSON_CreateObject(), *answer = NULL;
    cJSON *macs = cJSON_AddArrayToObject(body, "macs");
    for (size_t i = 0; i < facts.n_links && cJSON_GetArraySize(macs) < 16; i++)
        if (facts.links[i].physical && (!agent->mac[0] || !strcasecmp(agent->mac, facts.links[i].mac)))
            cJSON_AddItemToArray(macs, cJSON_CreateString(facts.links[i].mac));
    if (cJSON_GetArraySize(macs) == 0) {
        error_fail(err, SR_LINK_CARD, ENODEV, agent->mac[0] ? "no link has the MAC %s" : "no Ethernet link%s",
                   agent->mac);
        return error_remedy(err, agent->mac[0] ? "correct seedrack.mac on the kernel command line, or leave it out"
                                               : "see whether the card is there and the kernel has its driver");
    }
    cJSON_AddStringToObject(body, "uuid", facts.uuid);
    cJSON_AddStringToObject(body, "serial", facts.serial);
    cJSON_AddStringToObject(body, "key", key);
    agent->claim[0] = '\0';
    long status = 0;
    if (seed_call(agent, "POST", "/v1/claim", body, 10, &status, &answer, err) < 0)
        return -1;
    if (status == 202) {
        error_fail(err, SR_CLAIM_APPROVAL, EAGAIN, "waits for approval; this machine's fingerprint is %s",
                   agent->fingerprint);
        return error_remedy(err, "the operator compares it and calls seedctl approve");
    }
    return answer_claim(answer, agent->claim, err) < 0 ? error_wrap(err, "seed: answer to POST /v1/claim") : 0;
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
        cJSON_AddStringToObject(object, "tail", agent->tail);
    return object;
}

/* True when they are through, or refused for good (EIO): keeping those would block what follows. */
static bool deliver_some(struct agent *agent, size_t n) {
    struct error ignored;
    cleanup_json cJSON *body = cJSON_CreateObject();
    cJSON *events = cJSON_AddArrayToObject(body, "events");
    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(events, event_json(agent, &agent->spool[i]));
    return seed_call(agent, "POST", "/v1/events", body, 3, NULL, NULL, &ignored) == 0 || ignored.errnum == EIO;
}

static void drop_oldest(struct agent *agent, size_t n) {
    agent->n_spool -= n;
    memmove(&agent->spool[0], &agent->spool[n], sizeof(agent->spool[0]) * agent->n_spool);
}

static void deliver(struct agent *agent) {
    enum { BATCH = 32 /* with a tail at most 48 KiB of JSON; the seed takes 64 */ };
    while (agent->claim[0] && agent->n_spool) {
        size_t n = agent->n_spool < BATCH ? agent->n_spool : BATCH;
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
           tail_clean(buf_text(&text), text.length, whole, agent->tail) > 0;
}

static void keep(struct agent *agent, const struct event *event) {
    if (agent->n_spool == SPOOL_EVENTS)
        drop_oldest(agent, 1);
    for (size_t i = 0; event->has_tail && i < agent->n_spool; i++)
        agent->spool[i].has_tail = false;
    agent->spool[agent->n_spool++] = *event;
}

/* The console first: the seed may be what is away. */
static void tell(struct agent *agent, struct event *event, const struct error *problem, const char *format,
                 va_list ap) {
    event->at_ms = agent_now_ms();
    event->wall_ms = (long)clock_wall_ms();
    vsnprintf(event->message, sizeof(event->message), format, ap);
    for (char *c = event->message; *c; c++)
        if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
            *c = '?'; /* a cut multi-byte character would have the whole batch refused */
    if (!agent->fingerprint[0])
        recall_fingerprint(agent);
    console_tell(agent, event, problem);
    keep(agent, event);
    deliver(agent);
}

void seed_event(struct agent *agent, const char *step, const char *state, double seconds, uint64_t bytes,
                const char *format, ...) {
    struct event event = {.seconds = seconds, .bytes = bytes};
    snprintf(event.step, sizeof(event.step), "%s", step);
    snprintf(event.state, sizeof(event.state), "%s", state);
    va_list ap;
    va_start(ap, format);
    tell(agent, &event, NULL, format, ap);
    va_end(ap);
}

void seed_tell(struct agent *agent, const struct event *about, const char *format, ...) {
    struct event event = *about;
    va_list ap;
    va_start(ap, format);
    tell(agent, &event, NULL, format, ap);
    va_end(ap);
}

static void tell_problem(struct agent *agent, struct event *event, const struct error *problem, const char *format,
                         ...) {
    va_list ap;
    va_start(ap, format);
    tell(agent, event, problem, format, ap);
    va_end(ap);
}

void seed_problem(struct agent *agent, const struct event *about, const struct error *problem, bool with_tail) {
    struct event event = *about;
    event.code = problem->code ? problem->code : about->code;
    event.has_tail = with_tail && read_tail(agent, event.code);
    tell_problem(agent, &event, problem, "%s%s%s", problem->message, problem->remedy[0] ? "; " : "", problem->remedy);
}
