/* SPDX-License-Identifier: Apache-2.0
 * seedctl rearm, approve, deny, forget and wipe-grant: the operator's calls, over the admin socket or TLS
 * (docs/api.md). */
#include "ask.h"
#include "commands.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>

enum { ANSWER_MAX = 65536, TIMEOUT_S = 10 };

/* Makes one call and prints the seed's answer. The operands are the values of `keys`, in order. */
static int admin_call(const struct arguments *arguments, const char *const keys[2], const char *done) {
    const char *name = arguments->command->name, *subject = arguments->operands[0];
    cleanup_buf struct buf answer = BUF_INIT(ANSWER_MAX);
    cleanup_json cJSON *body = cJSON_CreateObject(), *tree = NULL;
    struct error err = {0};
    struct ask ask;
    char path[64];
    long code = 0;
    if (ask_start(&ask, arguments) < 0)
        return 1;
    for (size_t i = 0; i < arguments->n_operands; i++)
        cJSON_AddStringToObject(body, keys[i], arguments->operands[i]);
    snprintf(path, sizeof(path), "/v1/admin/%s", name);
    char *text = cJSON_PrintUnformatted(body);
    int result = text ? reach_call(&ask.reach, ask.curl, path, text, TIMEOUT_S, &answer, &code, &err)
                      : error_errno(&err, ENOMEM, "seedctl");
    cJSON_free(text);
    ask_end(&ask);
    if (result == 0 && json_parse(buf_text(&answer), answer.length, &tree, &err) == 0) {
        if (code == 200)
            return printf("%s %s\n", subject, done), 0;
        const cJSON *problem = cJSON_GetObjectItemCaseSensitive(tree, "error");
        error_set(&err, EPERM, "%s: %s", subject, json_text(problem, "message"));
        error_remedy(&err, "%s", json_text(problem, "remedy"));
    }
    error_report(&err, "seedctl");
    return 1;
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
