/* SPDX-License-Identifier: Apache-2.0
 * seedctl secret: sets what the site names and does not contain, lists the names, removes one. A secret comes from
 * standard input, never from the command line, which every user of the machine can read. */
#include "ask.h"
#include "commands.h"
#include "check.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TIMEOUT_S = 10, VALUE_MAX = 4096 };

/* Without the newline at its end. */
static int read_value(char ret[static VALUE_MAX + 2], struct error *err) {
    size_t n = 0;
    ssize_t got = 1;
    if (isatty(STDIN_FILENO))
        fputs("the secret, then Enter and Ctrl-D:\n", stderr);
    while (n < VALUE_MAX + 2 && (got = read(STDIN_FILENO, ret + n, VALUE_MAX + 2 - n)) > 0)
        n += (size_t)got;
    if (got < 0)
        return error_errno(err, errno, "standard input");
    if (n > 0 && ret[n - 1] == '\n')
        n--;
    if (n > VALUE_MAX || memchr(ret, '\0', n))
        return error_set(err, EINVAL, "standard input: the secret is not one line of at most %d bytes", VALUE_MAX);
    ret[n] = '\0';
    return check_secret(ret) ? error_set(err, EINVAL, "standard input: the secret is not %s", check_secret(ret)) : 0;
}

static int set(struct ask *ask, const char *name, struct error *err) {
    char value[VALUE_MAX + 2];
    cleanup_json cJSON *body = cJSON_CreateObject(), *answer = NULL;
    int result = read_value(value, err);
    if (result == 0) {
        cJSON_AddStringToObject(body, "name", name);
        cJSON *item = cJSON_AddStringToObject(body, "value", value);
        result = ask_post(ask, "/v1/admin/secrets", body, "secret", &answer, err);
        if (item)
            explicit_bzero(item->valuestring, strlen(item->valuestring));
    }
    explicit_bzero(value, sizeof(value));
    if (result < 0)
        return -1;
    printf("%s is set%s\n", name,
           cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "used")) ? "" : "; the site does not name it yet");
    return 0;
}

static int remove_one(struct ask *ask, const char *name, struct error *err) {
    cleanup_json cJSON *body = cJSON_CreateObject(), *answer = NULL;
    cJSON_AddStringToObject(body, "name", name);
    if (ask_post(ask, "/v1/admin/secrets/remove", body, "secret", &answer, err) < 0)
        return -1;
    printf("%s is removed\n", name);
    return 0;
}

static int list(struct ask *ask, struct error *err) {
    cleanup_json cJSON *tree = NULL;
    const cJSON *secret;
    if (ask_json(ask, "/v1/admin/secrets", TIMEOUT_S, &tree, err) < 0)
        return -1;
    cJSON_ArrayForEach(secret, cJSON_GetObjectItemCaseSensitive(tree, "secrets")) {
        time_t at = (time_t)(json_number(secret, "set_ms", 0) / 1000);
        char text[32];
        strftime(text, sizeof(text), "%FT%TZ", gmtime(&at));
        printf("%-30s  set %s%s\n", json_text(secret, "name"), text,
               cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(secret, "used")) ? "" : "; the site does not name it");
    }
    return 0;
}

int seedctl_secret(const struct arguments *arguments) {
    const char *word = arguments->operands[0], *name = arguments->operands[1];
    bool lists = !strcmp(word, "list");
    struct error err = {0};
    struct ask ask;
    if (lists == (arguments->n_operands > 1))
        return command_refuse(arguments, lists ? "secret list takes no name" : "secret %s: which one?", word);
    if (name && check_label(name))
        return command_refuse(arguments, "name `%.64s` is not %s", name, check_label(name));
    if (ask_start(&ask, arguments) < 0)
        return 1;
    int result = lists ? list(&ask, &err) : !strcmp(word, "set") ? set(&ask, name, &err) : remove_one(&ask, name, &err);
    ask_end(&ask);
    if (result < 0)
        error_report(&err, "seedctl");
    return result != 0;
}
