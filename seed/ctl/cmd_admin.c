/* SPDX-License-Identifier: Apache-2.0
 * seedctl rearm, recover, approve, deny, forget and wipe-grant: the operator's calls, over the admin socket or TLS
 * (docs/api.md). */
#include "ask.h"
#include "commands.h"
#include "log.h"
#include "order.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TIMEOUT_S = 10 };

/* Makes one call and prints its result. The operands are the values of `keys`, in order. */
static int admin_call(const struct arguments *arguments, const char *const keys[2], const char *done) {
    const char *subject = arguments->operands[0];
    cleanup_json cJSON *body = cJSON_CreateObject(), *answer = NULL;
    struct error err = {0};
    struct ask ask;
    char path[64];
    if (ask_start(&ask, arguments) < 0)
        return 1;
    for (size_t i = 0; i < arguments->n_operands; i++)
        cJSON_AddStringToObject(body, keys[i], arguments->operands[i]);
    snprintf(path, sizeof(path), "/v1/admin/%s", arguments->command->name);
    int result = ask_post(&ask, path, body, subject, &answer, &err);
    ask_end(&ask);
    if (result == 0) {
        printf("%s %s\n", subject, done);
        if (json_text(answer, "power")[0])
            printf("its BMC says that it is %s\n", json_text(answer, "power"));
        return 0;
    }
    error_report(&err, "seedctl");
    return 1;
}

static void print_proof(const cJSON *proof) {
    printf("%-16s epoch %.0f token %.0f  %s\n", json_text(proof, "hostname"), json_number(proof, "epoch", 0),
           json_number(proof, "token", 0), json_text(proof, "ca_hash"));
}

/* What masters proved, one line each; 1 when they are still to prove anything. */
static int show_proofs(const struct arguments *arguments) {
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    struct ask ask;
    int result = ask_start(&ask, arguments) < 0 ? -2 : ask_json(&ask, "/v1/proofs", TIMEOUT_S, &tree, &err);
    ask_end(&ask);
    if (result == -1)
        error_report(&err, "seedctl");
    if (result < 0)
        return 1;
    const cJSON *record = cJSON_GetObjectItemCaseSensitive(tree, "record"), *proof,
                *proofs = cJSON_GetObjectItemCaseSensitive(tree, "proofs");
    const char *state = json_text(record, "state");
    printf("the bootstrap record is %s, epoch %.0f token %.0f\n", state, json_number(record, "epoch", 0),
           json_number(record, "token", 0));
    if (strcmp(state, "QUARANTINE") != 0) {
        puts("there is nothing to recover: only machines that remember more than the seed bring it to QUARANTINE");
        return 0;
    }
    cJSON_ArrayForEach(proof, proofs) print_proof(proof);
    if (!cJSON_GetArraySize(proofs)) {
        puts("no master has proved a cluster yet: a master that runs does so about once a minute");
        return 1;
    }
    puts("if that CA hash is your cluster's: seedctl recover CA_HASH");
    return 0;
}

/* The seed lost that record, too. A machine in hand tells it of its turn, which halts the order. */
static int show_maintenance(const struct arguments *arguments) {
    cleanup_json cJSON *record = NULL;
    struct error err = {0};
    struct ask ask;
    int result = ask_start(&ask, arguments) < 0 ? -1 : 0;
    if (result == 0 && ask_json(&ask, "/v1/admin/maintenance", TIMEOUT_S, &record, &err) < 0) {
        error_report(&err, "seedctl");
        result = -1;
    }
    ask_end(&ask);
    if (result < 0)
        return 1;
    if (!strcmp(json_text(record, "state"), "CLOSED"))
        puts("no machine says that it was worked on; one that was and is off says so when it is back");
    else
        order_print_open(record);
    return 0;
}

int seedctl_recover(const struct arguments *arguments) {
    if (arguments->n_operands == 0)
        return show_proofs(arguments);
    int result = admin_call(arguments, (const char *[]){"ca_hash", NULL},
                            "is the cluster of this site: its members go on, and new machines join it");
    return result ? result : show_maintenance(arguments);
}

int seedctl_rearm(const struct arguments *arguments) {
    return admin_call(arguments, (const char *[]){"confirm", NULL},
                      "may make a new cluster: the next master that asks runs kubeadm init");
}

int seedctl_approve(const struct arguments *arguments) {
    return admin_call(arguments, (const char *[]){"hostname", "fingerprint"},
                      arguments->n_operands == 2
                          ? "is approved"
                          : "is the machine that made the claim; another one with its MAC is not");
}

int seedctl_deny(const struct arguments *arguments) {
    return admin_call(arguments, (const char *[]){"hostname", NULL}, "gets nothing any more; seedctl forget undoes it");
}

int seedctl_forget(const struct arguments *arguments) {
    return admin_call(arguments, (const char *[]){"hostname", NULL},
                      "is forgotten: the next machine with its MAC may claim the name");
}

int seedctl_wipe_grant(const struct arguments *arguments) {
    return admin_call(arguments, (const char *[]){"hostname", "serial"}, "may wipe that disk, once");
}
