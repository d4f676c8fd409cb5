/* SPDX-License-Identifier: Apache-2.0
 * seedctl explain: what a code means and what to do, offline; or why a machine is not Ready, as the seed knows it.
 * --page prints docs/codes.md. */
#include "ask.h"
#include "codes.h"
#include "commands.h"
#include "report/waits.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void print_code(const struct code_about *about) {
    printf("%s: %s\n\ncauses: %s\nremedy: %s\n", about->name, about->title, about->causes, about->remedy);
}

static int explain_code(const char *name) {
    const char *names[CODES] = {NULL};
    enum code code = code_find(name);
    for (unsigned i = SR_NONE + 1; i < CODES; i++)
        names[i - 1] = code_name((enum code)i);
    if (code) {
        print_code(code_about(code));
        return 0;
    }
    const char *near = json_nearest(name, names);
    fprintf(stderr, "seedctl: explain: %s: no such code; ", name);
    fprintf(stderr, near ? "did you mean %s?\n" : "seedctl explain --list has all of this version\n", near);
    return 1;
}

static int print_list(void) {
    for (unsigned i = SR_NONE + 1; i < CODES; i++)
        printf("%-22s %s\n", code_name((enum code)i), code_about((enum code)i)->title);
    return 0;
}

static int print_page(void) {
    puts("# Codes\n\n"
         "Every failure and every wait has a code, which stays the same when the message changes. The machine's "
         "consoles and its\n"
         "log show it in brackets. At the seed it is the field `code` of the event (`seedctl status --json`, `seedctl "
         "logs`).\n"
         "`seedctl explain CODE` prints a section of this page; `seedctl explain HOSTNAME` says what a machine waits "
         "for. This\n"
         "page is made from lib/codes.def by `seedctl explain --page`; do not edit it.");
    for (unsigned i = SR_NONE + 1; i < CODES; i++) {
        const struct code_about *about = code_about((enum code)i);
        printf("\n## %s\n\n%c%s.\n\n* Causes: %s\n* Remedy: %s\n", about->name,
               about->title[0] >= 'a' && about->title[0] <= 'z' ? about->title[0] - 32 : about->title[0],
               about->title + 1, about->causes, about->remedy);
    }
    return 0;
}

struct chain {
    struct wait list[WAITS_MAX];
    cJSON *failed[WAITS_MAX]; /* the last failure of each; NULL: none since the machine booted */
    size_t n;
};

/* Keeps the newest failure of each machine in the chain. A boot forgets earlier ones. */
static bool note_failure(void *context, const cJSON *event) {
    struct chain *chain = context;
    for (size_t i = 0; i < chain->n; i++) {
        bool failed = !strcmp(json_text(event, "state"), "failed"), boots = !strcmp(json_text(event, "step"), "link");
        if (strcmp(json_text(event, "hostname"), chain->list[i].hostname) != 0 || (!failed && !boots))
            continue;
        cJSON_Delete(chain->failed[i]);
        chain->failed[i] = failed ? cJSON_Duplicate(event, true) : NULL;
    }
    return true;
}

static void print_remedy(const char *code) {
    const struct code_about *about = code_about(code_find(code));
    if (about->name[0])
        printf("    %s: %s. %s\n", about->name, about->title, about->remedy);
    else if (code[0])
        printf("    %s: this seedctl is older than the code\n", code);
}

static void print_chain(const struct chain *chain) {
    for (size_t i = 0; i < chain->n; i++) {
        const struct wait *wait = &chain->list[i];
        const char *failed = json_text(chain->failed[i], "code");
        printf("%s: ", wait->hostname);
        print_plain(wait->what);
        if (wait->since_ms >= 0)
            printf(" (for %lld s)", (long long)wait->since_ms / 1000);
        putchar('\n');
        print_remedy(wait->code);
        if (!chain->failed[i] || wait->ready || !strcmp(failed, wait->code))
            continue;
        printf("    before that step %.32s failed: ", json_text(chain->failed[i], "step"));
        print_plain(json_text(chain->failed[i], "message"));
        putchar('\n');
        print_remedy(code_valid(failed) ? failed : "");
    }
}

static void print_chain_json(const struct chain *chain) {
    cleanup_json cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < chain->n; i++) {
        const struct wait *wait = &chain->list[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "hostname", wait->hostname);
        cJSON_AddBoolToObject(object, "ready", wait->ready);
        cJSON_AddStringToObject(object, "what", wait->what);
        cJSON_AddStringToObject(object, "code", wait->code);
        cJSON_AddStringToObject(object, "remedy", code_about(code_find(wait->code))->remedy);
        if (wait->since_ms >= 0)
            cJSON_AddNumberToObject(object, "since_ms", (double)wait->since_ms);
        if (chain->failed[i])
            cJSON_AddItemToObject(object, "last_failure", cJSON_Duplicate(chain->failed[i], true));
        cJSON_AddItemToArray(list, object);
    }
    print_json(list);
}

static int explain_machine(struct ask *ask, const char *hostname, bool json, struct error *err) {
    cleanup_json cJSON *nodes = NULL;
    struct chain chain = {0};
    int64_t since = 0;
    if (ask_json(ask, "/v1/nodes", 10, &nodes, err) < 0)
        return -1;
    chain.n = waits_chain(nodes, hostname, chain.list);
    if (chain.n == 0) {
        error_set(err, ENOENT, "`%.64s`: the site %.64s has no machine of that name", hostname,
                  json_text(nodes, "site"));
        return error_remedy(err, "seedctl status lists them; codes begin with SR-");
    }
    if (ask_events(ask, &since, 0, note_failure, &chain, err) < 0)
        return -1;
    (json ? print_chain_json : print_chain)(&chain);
    for (size_t i = 0; i < chain.n; i++)
        cJSON_Delete(chain.failed[i]);
    return 0;
}

int seedctl_explain(const struct arguments *arguments) {
    struct error err = {0};
    struct ask ask;
    if (arguments->list || arguments->page)
        return arguments->list ? print_list() : print_page();
    const char *name = arguments->operands[0];
    if (!strncmp(name, "SR-", 3))
        return explain_code(name);
    if (ask_start(&ask, arguments) < 0)
        return 1;
    int result = explain_machine(&ask, name, arguments->json, &err);
    if (result < 0)
        error_report(&err, "seedctl: explain");
    ask_end(&ask);
    return result < 0 ? 1 : 0;
}
