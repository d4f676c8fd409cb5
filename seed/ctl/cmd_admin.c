/* SPDX-License-Identifier: Apache-2.0
 * seedctl rearm, approve, deny, forget and wipe-grant: the operator's calls, by the admin socket or by TLS
 * (docs/api.md). */
#include "commands.h"
#include "reach.h"

#include "buf.h"
#include "error.h"
#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int post(const struct reach *reach, const char *call, const char *body, struct buf *ret, long *ret_code,
                struct error *err) {
    char path[64];
    snprintf(path, sizeof(path), "/v1/admin/%s", call);
    CURL *curl = curl_easy_init();
    int result = curl ? reach_call(reach, curl, path, body, 10, ret, ret_code, err) : error_errno(err, ENOMEM, "curl");
    curl_easy_cleanup(curl);
    return result;
}

static const char *text_of(const cJSON *tree, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, key));
    return text ? text : "";
}

/* One call; says what the seed said. */
static int speak(const struct reach *reach, const char *name, const cJSON *body, const char *value, const char *done) {
    struct error err = {0};
    long code = 0;
    cleanup_buf struct buf answer = BUF_INIT(65536);
    cleanup_json cJSON *tree = NULL;
    char *text = cJSON_PrintUnformatted(body);
    int result = text ? post(reach, name, text, &answer, &code, &err) : error_errno(&err, ENOMEM, "seedctl");
    cJSON_free(text);
    if (result == 0 && json_parse(buf_text(&answer), answer.length, &tree, &err) == 0) {
        if (code == 200)
            return printf("%s %s\n", value, done), 0;
        const cJSON *problem = cJSON_GetObjectItemCaseSensitive(tree, "error");
        error_set(&err, EPERM, "%s: %s", value, text_of(problem, "message"));
        error_remedy(&err, "%s", text_of(problem, "remedy"));
    }
    error_report(&err, "seedctl");
    return 1;
}

static int call(const struct reach *reach, const char *name, const char *key, const char *value, const char *done) {
    cleanup_json cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, key, value);
    return speak(reach, name, body, value, done);
}

/* NAME --admin-socket PATH WORD…, or NAME --seed URL --pki DIR WORD…; *ret_words are the words. */
static bool arguments(int argc, char **argv, int words, struct reach *ret, char ***ret_words) {
    int used = argc > 2 && !strcmp(argv[1], "--admin-socket") ? 3 : 5;
    if (argc != used + words || (used == 5 && (strcmp(argv[1], "--seed") != 0 || strcmp(argv[3], "--pki") != 0)))
        return false;
    *ret = used == 3 ? (struct reach){.seed = "", .socket = argv[2]} : (struct reach){.seed = argv[2], .pki = argv[4]};
    *ret_words = argv + used;
    return true;
}
#define WHERE "--admin-socket PATH | --seed https://HOST:PORT --pki DIR"

/* A call of one word, whose key in the body is `key`. */
static int one_word(int argc, char **argv, const char *name, const char *key, const char *done, const char *usage) {
    struct reach reach;
    char **words;
    if (arguments(argc, argv, 1, &reach, &words))
        return call(&reach, name, key, words[0], done);
    fputs(usage, stderr);
    return 2;
}

int cmd_rearm(int argc, char **argv) {
    return one_word(argc, argv, "rearm", "confirm", "may be born anew: a master that asks next runs kubeadm init",
                    "usage: seedctl rearm (" WHERE ") SITE\n\n"
                    "Forgets the cluster: the bootstrap record becomes empty under a new epoch. SITE is the site's "
                    "name, typed out. Wipe the\n"
                    "machines first: those that remember the old cluster are refused.\n");
}

int cmd_approve(int argc, char **argv) {
    struct reach reach;
    char **words;
    if (arguments(argc, argv, 1, &reach, &words))
        return call(&reach, "approve", "hostname", words[0],
                    "is the machine that made the claim; another one with its MAC is not");
    if (arguments(argc, argv, 2, &reach, &words)) {
        cleanup_json cJSON *body = cJSON_CreateObject();
        cJSON_AddStringToObject(body, "hostname", words[0]);
        cJSON_AddStringToObject(body, "fingerprint", words[1]);
        return speak(&reach, "approve", body, words[0], "is approved");
    }
    fputs("usage: seedctl approve (" WHERE ") HOSTNAME [FINGERPRINT]\n\n"
          "Ends a dispute between two machines with one MAC: the first one stays. Where the site has `enrol: approve`, "
          "FINGERPRINT is what\n"
          "the machine's console shows, and lets it in.\n",
          stderr);
    return 2;
}

int cmd_deny(int argc, char **argv) {
    return one_word(argc, argv, "deny", "hostname", "gets nothing any more; seedctl forget undoes it",
                    "usage: seedctl deny (" WHERE ") HOSTNAME\n\n"
                    "The machine that holds the claim gets neither role nor ticket, nor does another one with its MAC, "
                    "until it is forgotten.\n");
}

int cmd_forget(int argc, char **argv) {
    return one_word(argc, argv, "forget", "hostname", "is forgotten: the next machine with its MAC may claim the name",
                    "usage: seedctl forget (" WHERE ") HOSTNAME\n\nDrops the claim of a machine that was replaced.\n");
}

int cmd_wipe_grant(int argc, char **argv) {
    struct reach reach;
    char **words;
    if (arguments(argc, argv, 2, &reach, &words)) {
        cleanup_json cJSON *body = cJSON_CreateObject();
        cJSON_AddStringToObject(body, "hostname", words[0]);
        cJSON_AddStringToObject(body, "serial", words[1]);
        return speak(&reach, "wipe-grant", body, words[0], "may wipe that disk, once");
    }
    fputs("usage: seedctl wipe-grant (" WHERE ") HOSTNAME SERIAL\n\n"
          "Lets the machine wipe its disk with that serial number, whatever lies on it, once. The machine's console "
          "shows the number; `disk`\n"
          "with `wipe` in the site document says the same.\n",
          stderr);
    return 2;
}
