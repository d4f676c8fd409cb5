/* SPDX-License-Identifier: Apache-2.0
 * See mint.h. Where a joining master's etcd has a vote at once, its ticket is minted only when etcd and every API
 * server are healthy: two members that join at once race, and from one member to two quorum is lost until the new one
 * runs (kubeadm#1646, #2001). Where it is a learner first, see slot.h. */
#include "mint.h"
#include "agent.h"
#include "decide/answer.h"
#include "decide/cluster.h"
#include "decide/paths.h"
#include "dns.h"
#include "health.h"
#include "decide/joiners.h"
#include "approve.h"
#include "quorum.h"
#include "revoke.h"
#include "slot.h"

#include "world/world.h"

#include "cleanup.h"
#include "clock.h"
#include "json.h"
#include "kubernetes.h"
#include "log.h"
#include "hex.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CERTS_CONFIG AGENT_RUN "/upload-certs.yaml"
/* Exists from when this machine, the only etcd voter, mints for a second one, until refresh() is done. */
#define SOLE_VOTER AGENT_RUN "/sole-voter"
enum {
    PENDING_WAIT_S = 55,
    HEALTHY_MS = 45000 /* of the request's lease of 60 s */,
    SLOT_PAUSE_MS = 250,
    SIGNED_S = 10,
    RETRY_S = 2,
    SETTLING_WAIT_S = 5,
    SETTLED_S = 120,
    FOREIGN_S = 60
};

static void pause_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* The token is read from kubeadm's stdout, so that it never shows in an argv. */
static int mint_token(const struct world *world, const struct role *role, const struct answer_pending *ticket,
                      char ret[64], struct error *err) {
    char description[TOKEN_DESCRIPTION_SIZE];
    cleanup_buf struct buf output = BUF_INIT(4096);
    token_describe(ticket->id, ticket->hostname, description);
    const char *const argv[] = {"kubeadm",
                                "token",
                                "create",
                                "--ttl=15m",
                                "--description",
                                description,
                                approves(role) ? "--groups" : NULL,
                                joiners_groups(ticket->master),
                                NULL};
    if (world->child_run(argv, &(struct child_options){.timeout_s = 60}, &output, err) < 0)
        return -1;
    const char *text = buf_text(&output);
    size_t length = strcspn(text, "\n");
    if (length != 23 || text[6] != '.') /* abcdef.0123456789abcdef */
        return error_set(err, EPROTO, "kubeadm token create: no token in its output");
    memcpy(ret, text, length);
    ret[length] = '\0';
    explicit_bzero(output.data, output.length);
    return 0;
}

/* The key reaches kubeadm through a 0600 file on tmpfs, not through argv. */
static int mint_certificate_key(struct agent *agent, char ret[65], struct error *err) {
    static const char *const argv[] = {"kubeadm",        "init",     "phase",      "upload-certs",
                                       "--upload-certs", "--config", CERTS_CONFIG, NULL};
    unsigned char random[32];
    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return error_errno(err, errno, "getrandom");
    hex_encode(random, sizeof(random), ret);
    if (agent->world->rendered_secret(agent, &(struct render_ticket){.certificate_key = ret}, "upload-certs.yaml",
                                      CERTS_CONFIG, err) < 0)
        return -1;
    cleanup_buf struct buf output = BUF_INIT(65536); /* kubeadm prints the key: keep it out of the log */
    int result = agent->world->child_run(argv, &(struct child_options){.timeout_s = 60}, &output, err);
    unlink(CERTS_CONFIG);
    if (output.data)
        explicit_bzero(output.data, output.length);
    return result;
}

/* Remembers that the joiner becomes the second voter: if it loses what it had before it is a member, etcd has no
 * quorum. Where it has a vote at once, etcd also has no leader while it joins. */
static int note_sole_voter(const struct world *world, const struct role *role, const char *hostname,
                           struct error *err) {
    size_t started, all;
    bool learners = kubernetes_has(role->release, K8S_ETCD_LEARNERS);
    if (world->etcd_voters(&started, &all, err) < 0)
        return -1;
    if ((all == 1 && quorum_expect(world, hostname, err) < 0) ||
        (started > 1 && !learners &&
         quorum_complete(world, err) < 0)) /* the second learner may still join: refresh() */
        return -1;
    return started == 1 && !learners ? world->file_ensure(SOLE_VOTER, "", 0, 0600, err) : 0;
}

/* When etcd had no leader for three election time-outs, watches of its API server may stay silent. Then the API
 * server's cache stays old for ever, and so does all that the controllers on this machine see (kubernetes#97294,
 * etcd#17611: a service never gets its endpoints). This can happen to the first master while the second joins. So its
 * API server is restarted, once all masters have joined or no further one came for SETTLED_S. */
static void refresh(struct agent *agent, bool joining) {
    struct stat since;
    struct error err = {0};
    size_t voters, all;
    unsigned long changes;
    bool sole = stat(SOLE_VOTER, &since) == 0;
    if ((!sole && !quorum_expects()) || agent->world->etcd_voters(&voters, &all, &err) < 0 || voters < 2)
        return;
    /* A learner gets its vote in the middle of its join, and wipes it if it loses power before the end. */
    if (!(joining && kubernetes_has(agent->role->release, K8S_ETCD_LEARNERS)) &&
        quorum_complete(agent->world, &err) < 0)
        log_warning("%s", err.message);
    if (!sole)
        return;
    if ((voters < cluster_masters(agent->role) && time(NULL) - since.st_mtime < SETTLED_S) ||
        control_plane_healthy(agent->world, agent->role, &err) < 0)
        return;
    if (agent->world->etcd_leader_changes(&changes, &err) < 0 ||
        (changes > 1 && agent->world->process_restart_api_server(&err) < 0)) {
        log_warning("the API server's watches are not renewed: %s", err.message);
        return;
    }
    log_info(changes > 1 ? "etcd was without a leader while its second member joined: the API server is restarted"
                         : "etcd always had a leader");
    unlink(SOLE_VOTER);
}

/* The state of a process that mints: what it did and said already. */
struct minter {
    struct agent *agent;
    bool prepared; /* approve_prepare() is done */
    bool failed;   /* tokens could not be deleted, and that was logged */
    pid_t child;   /* mints a master's ticket; 0: none */
};

static int prepare_joiners(struct minter *minter, struct error *err) {
    if (minter->prepared || !approves(minter->agent->role))
        return 0;
    if (approve_prepare(minter->agent, err) < 0)
        return -1;
    minter->prepared = true;
    return 0;
}

/* A join beside another one begins as soon as etcd's place for a learner is free. etcd has no watch of its members. */
static int await_slot(struct agent *agent, const char *hostname, int64_t deadline_ms, struct error *err) {
    while (slot_is_free(agent, hostname, err) < 0) {
        if (err->errnum != EAGAIN || clock_boottime_ms() >= deadline_ms)
            return -1;
        pause_ms(SLOT_PAUSE_MS);
    }
    return 0;
}

static cJSON *mint(struct minter *minter, const struct answer_pending *ticket, struct error *err) {
    struct agent *agent = minter->agent;
    const char *hostname = ticket->hostname;
    bool master = ticket->master, learners = kubernetes_has(agent->role->release, K8S_ETCD_LEARNERS);
    char token[64], key[65];
    struct error unsigned_yet;
    int64_t deadline_ms = clock_boottime_ms() + HEALTHY_MS;
    /* A machine that asks for a ticket is not a member, unless it rejoins. A node or etcd member with its name is left
     * from a machine that was lost, or from before this machine was wiped. */
    if (!ticket->rejoins && ((master && quorum_without(agent, hostname, deadline_ms, err) < 0) ||
                             agent->world->api_remove_node(agent->role, hostname, err) < 0))
        return NULL;
    if (master && learners &&
        await_slot(agent, hostname, deadline_ms, err) < 0) /* when this machine's own learner is out of the way */
        return NULL;
    if ((master && slot_drop_stale_pods(agent, err) < 0) || prepare_joiners(minter, err) < 0)
        return NULL;
    if ((master && note_sole_voter(agent->world, agent->role, hostname, err) < 0) ||
        mint_token(agent->world, agent->role, ticket, token, err) <
            0) /* before the certificates; revoke_ended() relies on this order */
        return NULL;
    if (master && (mint_certificate_key(agent, key, err) < 0 ||
                   (!learners && control_plane_wait_healthy(agent->world, agent->role, deadline_ms, err) < 0)))
        return NULL;
    if (agent->world->api_wait_signed(agent->role, token, SIGNED_S, &unsigned_yet) < 0)
        log_warning("%s; the joiner will ask by itself", unsigned_yet.message);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "token", token);
    if (master)
        cJSON_AddStringToObject(body, "certificate_key", key);
    explicit_bzero(token, sizeof(token));
    explicit_bzero(key, sizeof(key));
    return body;
}

/* The record is of another cluster, for instance since a recovery: a token of this one would be worth nothing. */
static bool is_foreign(const struct agent *agent, const struct answer_pending *pending, struct error *err) {
    if (!pending->ca_hash[0] || !strcmp(pending->ca_hash, agent->journal.of.ca_hash))
        return false;
    error_fail(err, SR_RECORD_OTHER, EPERM, "this master belongs to the cluster %.20s…, the record is of %.20s…",
               agent->journal.of.ca_hash, pending->ca_hash);
    error_remedy(err, "power it off and wipe it");
    return true;
}

static int answer_request(struct minter *minter, const struct answer_pending *pending, struct error *err) {
    struct error problem = {0};
    bool foreign = is_foreign(minter->agent, pending, &problem);
    cleanup_json cJSON *body = foreign ? NULL : mint(minter, pending, &problem);
    if (!body) {
        log_warning("ticket of %s: %s", pending->hostname, problem.message);
        body = cJSON_CreateObject();
        char text[sizeof(problem.message) + sizeof(problem.remedy) + CODE_SIZE + 5];
        snprintf(text, sizeof(text), "[%s] %s%s%s", code_name(problem.code ? problem.code : SR_WAIT_TICKET),
                 problem.message, problem.remedy[0] ? "; " : "", problem.remedy);
        cJSON_AddStringToObject(body, "error", text);
    }
    char path[96];
    snprintf(path, sizeof(path), "/v1/tickets/%s", pending->id);
    int result = minter->agent->world->seed_call(&minter->agent->seed, "PUT", path, body, 10, NULL, NULL, err);
    if (foreign)
        pause_ms(FOREIGN_S * 1000); /* the others take it meanwhile */
    return result;
}

/* The site may have changed since this process began. Of a machine that it does not know, a master's join would not
 * count, and its etcd would be nobody's. */
static int look_at_site(struct agent *agent, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(ROLE_DOCUMENT_MAX);
    struct role *role = NULL;
    bool changed;
    if (agent->world->role_document_fetch(&agent->seed, agent->etag, 0, &changed, &text, err) < 0)
        return -1;
    if (!changed)
        return 0;
    if (role_parse(buf_text(&text), text.length, &role, err) < 0) {
        agent->etag[0] = '\0';
        return error_wrap(err, "role document");
    }
    bool next_boot = strcmp(role->release, agent->role->release) != 0; /* an upgrade: it counts from then on */
    role_free(next_boot ? role : agent->role);
    if (!next_boot)
        agent->role = role;
    return 0;
}

/* A master's ticket may have to wait for the learner before it. So a process of its own mints it, and the workers' go
 * on. One at a time: a second upload of the certificates would make those of the first unreadable. */
static int serve_request(struct minter *minter, const cJSON *request, struct error *err) {
    struct answer_pending pending;
    if (answer_pending(request, &pending, err) < 0)
        return error_wrap(err, "seed: answer to GET /v1/tickets/pending");
    if (look_at_site(minter->agent, err) < 0)
        return -1;
    struct error foreign;
    pid_t parent = getpid();
    if (!pending.master || !kubernetes_has(minter->agent->role->release, K8S_ETCD_LEARNERS) ||
        is_foreign(minter->agent, &pending, &foreign))
        return answer_request(minter, &pending, err);
    if (minter->child > 0) /* the lease of its ticket is over */
        waitpid(minter->child, NULL, 0);
    minter->child = fork();
    if (minter->child > 0)
        return 0;
    if (minter->child < 0) /* no process can be made */
        return answer_request(minter, &pending, err);
    child_die_with(parent);
    if (answer_request(minter, &pending, err) < 0)
        log_warning("tickets: %s", err->message);
    _exit(0);
}

/* While etcd has no quorum there is no API server and this fails each time. It is logged once. */
static void delete_ended(struct minter *minter, size_t *tokens_left) {
    struct error err = {0};
    if (revoke_ended(minter->agent, tokens_left, &err) == 0) {
        minter->failed = false;
    } else if (!minter->failed) {
        log_warning("bootstrap tokens of joins that ended: %s", err.message);
        minter->failed = true;
    }
}

void mint_forever(struct agent *agent) {
    struct minter minter = {.agent = agent};
    size_t tokens_left = 0;
    for (;;) {
        cleanup_json cJSON *request = NULL;
        struct error err = {0};
        char path[64];
        if (minter.child > 0 && waitpid(minter.child, NULL, WNOHANG) != 0)
            minter.child = 0;
        delete_ended(&minter, &tokens_left);
        refresh(agent, minter.failed || tokens_left > 0);
        dns_spread(agent);
        bool settling = tokens_left || access(SOLE_VOTER, F_OK) == 0 || quorum_expects() || dns_expects();
        snprintf(path, sizeof(path), "/v1/tickets/pending?wait=%d", settling ? SETTLING_WAIT_S : PENDING_WAIT_S);
        if (agent->world->seed_call(&agent->seed, "GET", path, NULL, PENDING_WAIT_S + 5, NULL, &request, &err) == 0 &&
            (!request || serve_request(&minter, request, &err) == 0))
            continue;
        log_warning("tickets: %s", err.message);
        pause_ms(RETRY_S * 1000);
    }
}
