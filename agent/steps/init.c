/* SPDX-License-Identifier: Apache-2.0
 * The one machine that starts the cluster. kubeadm checks no token, so the record's INITIALISING has no lease: a holder
 * that loses power comes back to it and resumes or wipes. */
#include "../effects/child.h"
#include "../effects/wipe.h"
#include "../rendered.h"
#include "../seed.h"
#include "../steps.h"
#include "bootstrap.h"
#include "control.h"
#include "network.h"

#include "file.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define INIT_CONFIG AGENT_RUN "/kubeadm-init.yaml"
#define ADMIN_CONF "/etc/kubernetes/admin.conf"
#define CA "/etc/kubernetes/pki/ca.crt"

static cJSON *grant_json(const struct agent *agent, const struct record *record, const char *ca_hash) {
    cJSON *body = cJSON_CreateObject(), *seen = cJSON_AddObjectToObject(body, "seen");
    cJSON_AddNumberToObject(body, "epoch", (double)record->epoch);
    cJSON_AddNumberToObject(body, "token", (double)record->token);
    if (ca_hash)
        cJSON_AddStringToObject(body, "ca_hash", ca_hash);
    cJSON_AddNumberToObject(seen, "epoch", (double)agent->membership.epoch);
    cJSON_AddNumberToObject(seen, "token", (double)agent->membership.token);
    if (agent->membership.ca_hash[0])
        cJSON_AddStringToObject(seen, "ca_hash", agent->membership.ca_hash);
    else
        cJSON_AddNullToObject(seen, "ca_hash");
    return body;
}

/* One transition. What was granted is remembered durably before it is used. */
static int transition(struct agent *agent, const char *verb, const char *ca_hash, struct record *record, struct error *err) {
    cleanup_json cJSON *body = grant_json(agent, record, ca_hash), *answer = NULL;
    char path[64];
    snprintf(path, sizeof(path), "/v1/bootstrap/%s", verb);
    if (seed_call(agent, "POST", path, body, 10, NULL, &answer, err) < 0 || record_parse(answer, record, err) < 0)
        return -1;
    if (record->epoch == agent->membership.epoch && record->token == agent->membership.token)
        return 0;
    agent->membership.epoch = record->epoch;
    agent->membership.token = record->token;
    return membership_save(&agent->membership, err);
}

static int run_kubeadm(struct agent *agent, struct error *err) {
    const char *argv[9] = {"kubeadm", "init", "--v=1", "--skip-token-print", "--config", INIT_CONFIG, NULL};
    if (!role_has_image(agent->role, "/coredns:")) { /* and then its image need not be there either: the runtime step saw all that are listed */
        argv[6] = "--skip-phases=addon/coredns";
        argv[7] = "--ignore-preflight-errors=ImagePull";
    }
    if (control_lay_keepalived(agent, err) < 0 || rendered_apply(agent, "kubeadm-init.yaml", INIT_CONFIG, 0600, err) < 0)
        return -1;
    int result = bootstrap_kubeadm(argv, err);
    unlink(INIT_CONFIG);
    return result;
}

static int apply_addon(const struct role_addon *addon, struct error *err) {
    static const char path[] = AGENT_RUN "/addon.yaml";
    const char *const argv[] = {"kubectl", "--kubeconfig", ADMIN_CONF, "apply", "-f", path, NULL};
    cleanup_buf struct buf text = BUF_INIT(4 << 20);
    buf_adds(&text, addon->manifest);
    for (size_t i = 0; i < addon->n_replace && addon->replace[i].key[0]; i++) { /* article row R15: sed s/from/to/g */
        cleanup_buf struct buf next = BUF_INIT(4 << 20);
        const char *at = buf_text(&text), *hit;
        if (!strstr(at, addon->replace[i].key)) {
            error_set(err, ENOENT, "addon `%s`: replace: `%s` does not occur in the manifest", addon->name, addon->replace[i].key);
            return error_remedy(err, "correct `from` in the site document's addons");
        }
        for (; (hit = strstr(at, addon->replace[i].key)); at = hit + strlen(addon->replace[i].key)) {
            buf_add(&next, at, (size_t)(hit - at));
            buf_adds(&next, addon->replace[i].value);
        }
        buf_adds(&next, at);
        struct buf old = text;
        text = next;
        next = old;
    }
    if (buf_failed(&text) || file_write(path, buf_text(&text), text.length, 0600, err) < 0)
        return buf_failed(&text) ? error_set(err, EFBIG, "addon `%s`: too long", addon->name) : -1;
    int result = child_run(argv, &(struct child_options){.log_path = KUBEADM_LOG, .timeout_s = 120}, NULL, err);
    unlink(path);
    return result < 0 ? error_wrap(err, "addon `%s`", addon->name) : 0;
}

/* The record is committed: what is left must be repeatable. */
static int finish(struct agent *agent, const struct record *record, struct error *err) {
    memcpy(agent->membership.ca_hash, record->ca_hash, sizeof(record->ca_hash));
    for (size_t i = 0; i < agent->role->n_addons; i++)
        if (apply_addon(&agent->role->addons[i], err) < 0)
            return -1;
    return bootstrap_joined(agent, err);
}

/* A failed init is wiped, and only then given back so that another master may try. */
static int give_back(struct agent *agent, struct record *record, const struct error *cause, struct error *err) {
    struct error wiping = *cause;
    *err = *cause;
    if (bootstrap_clean(agent, &wiping) < 0 || transition(agent, "abort", NULL, record, &wiping) < 0)
        log_error("after a failed init: %s", wiping.message);
    return -1;
}

int bootstrap_init(struct agent *agent, const struct record *present, struct error *err) {
    struct record record = *present;
    char hash[CA_HASH_SIZE];
    struct error cause = {0};
    bool made = agent->membership.made && access(ADMIN_CONF, F_OK) == 0; /* init ended well, the rest did not */
    if (record.state == RECORD_INITIALISED)
        return made ? finish(agent, &record, err)
                    : error_set(err, EPERM, "the record says that this machine made the cluster, but its files are gone");
    if (record.state != RECORD_INITIALISING) {
        if (network_vip_is_free(agent, err) < 0)
            return -1;
        if (transition(agent, "reserve", NULL, &record, err) < 0)
            return err->code == EEXIST ? 0 : -1; /* another machine was faster */
        if (transition(agent, "begin", NULL, &record, err) < 0)
            return err->code == EEXIST ? 0 : -1;
    }
    if (!made) {
        seed_event(agent, "bootstrap", "running", 0, 0, "kubeadm init (epoch %llu, token %llu)", (unsigned long long)record.epoch,
                   (unsigned long long)record.token);
        if (bootstrap_clean(agent, err) < 0)
            return -1;
        if (run_kubeadm(agent, &cause) < 0)
            return give_back(agent, &record, &cause, err);
        agent->membership.made = true;
        if (membership_save(&agent->membership, err) < 0)
            return -1;
    }
    if (ca_hash_of_file(CA, hash, err) < 0 || transition(agent, "commit", hash, &record, err) < 0)
        return error_wrap(err, "commit");
    return finish(agent, &record, err);
}
