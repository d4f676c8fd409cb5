/* SPDX-License-Identifier: Apache-2.0
 * See order.h. */
#include "order.h"
#include "ask.h"
#include "json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

cJSON *order_new(const struct arguments *arguments, const char *kind, size_t first) {
    const struct {
        const char *name;
        bool given;
    } words[] = {{"single", arguments->single},
                 {"keep_disk", arguments->keep_disk},
                 {"lose_data", arguments->lose_data},
                 {"off", arguments->off}};
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "act", "open");
    cJSON_AddStringToObject(body, "kind", kind);
    cJSON *machines = arguments->n_operands > first ? cJSON_AddArrayToObject(body, "machines") : NULL;
    for (size_t i = first; i < arguments->n_operands; i++)
        cJSON_AddItemToArray(machines, cJSON_CreateString(arguments->operands[i]));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i].given)
            cJSON_AddTrueToObject(body, words[i].name);
    return body;
}

void order_print_open(const cJSON *record) {
    const cJSON *waiting = cJSON_GetObjectItemCaseSensitive(record, "waiting"), *name;
    const char *holder = json_text(record, "holder"), *message = json_text(record, "message");
    printf("%s: %s", json_text(record, "kind"), json_text(record, "state"));
    if (holder[0])
        printf(", %s: %s for %.0f s", holder, json_text(record, "step"),
               (double)time(NULL) - json_number(record, "since_ms", 0) / 1000);
    printf("%s", cJSON_GetArraySize(waiting) ? ", then" : "");
    cJSON_ArrayForEach(name, waiting) printf(" %s", cJSON_GetStringValue(name));
    puts("");
    if (message[0]) {
        printf("%s: ", json_text(record, "code"));
        print_plain(message);
        printf("; seedctl explain %s\n", json_text(record, "code"));
    }
}

void order_print(const cJSON *record) {
    if (!strcmp(json_text(record, "state"), "CLOSED"))
        puts("no maintenance is open");
    else
        order_print_open(record);
}

void order_print_release(const cJSON *rack) {
    const char *wanted = json_text(rack, "release"), *lives = json_text(rack, "cluster_release");
    if (lives[0] && strcmp(wanted, lives) != 0)
        printf("the site wants %s, the cluster lives with %s: seedctl upgrade\n", wanted, lives);
}

bool order_confirm(const char *question) {
    char answer[16];
    if (!isatty(STDIN_FILENO))
        return false;
    printf("%s [y/N] ", question);
    fflush(stdout);
    return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}
