/* SPDX-License-Identifier: Apache-2.0
 * seedctl rearm, approve, forget and wipe-grant: the operator's calls, over the seed's admin socket (docs/api.md). */
#include "commands.h"

#include "buf.h"
#include "error.h"
#include "json.h"
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static size_t receive(char *data, size_t size, size_t n, void *context) {
    struct buf *body = context;
    buf_add(body, data, size * n);
    return buf_failed(body) ? 0 : size * n;
}

static int post(const char *socket, const char *call, const char *body, struct buf *ret, long *ret_code, struct error *err) {
    char url[128], why[CURL_ERROR_SIZE] = "";
    snprintf(url, sizeof(url), "http://seed/v1/admin/%s", call);
    CURL *curl = curl_easy_init();
    if (!curl)
        return error_errno(err, ENOMEM, "curl");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, ret);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_code);
    curl_easy_cleanup(curl);
    if (code == CURLE_OK)
        return 0;
    error_set(err, EIO, "admin socket `%s`: %s", socket, why[0] ? why : curl_easy_strerror(code));
    return error_remedy(err, "run it on the seed's machine as root; the socket is admin.sock in the seed's --state folder");
}

static const char *text_of(const cJSON *tree, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, key));
    return text ? text : "";
}

/* One call; says what the seed said. */
static int speak(const char *socket, const char *name, const cJSON *body, const char *value, const char *done) {
    struct error err = {0};
    long code = 0;
    cleanup_buf struct buf answer = BUF_INIT(65536);
    cleanup_json cJSON *tree = NULL;
    char *text = cJSON_PrintUnformatted(body);
    int result = text ? post(socket, name, text, &answer, &code, &err) : error_errno(&err, ENOMEM, "seedctl");
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

static int call(const char *socket, const char *name, const char *key, const char *value, const char *done) {
    cleanup_json cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, key, value);
    return speak(socket, name, body, value, done);
}

/* NAME --admin-socket PATH WORD… */
static bool arguments(int argc, char **argv, int words) {
    return argc == 3 + words && !strcmp(argv[1], "--admin-socket");
}

int cmd_rearm(int argc, char **argv) {
    if (arguments(argc, argv, 1))
        return call(argv[2], "rearm", "confirm", argv[3], "may be born anew: a master that asks next runs kubeadm init");
    fputs("usage: seedctl rearm --admin-socket PATH SITE\n\n"
          "Forgets the cluster: the bootstrap record becomes empty under a new epoch. SITE is the site's name, typed out. Wipe the\n"
          "machines first: those that remember the old cluster are refused.\n",
          stderr);
    return 2;
}

int cmd_approve(int argc, char **argv) {
    if (arguments(argc, argv, 1))
        return call(argv[2], "approve", "hostname", argv[3], "is the machine that made the claim; another one with its MAC is not");
    fputs("usage: seedctl approve --admin-socket PATH HOSTNAME\n\nEnds a dispute between two machines with one MAC: the first one stays.\n", stderr);
    return 2;
}

int cmd_forget(int argc, char **argv) {
    if (arguments(argc, argv, 1))
        return call(argv[2], "forget", "hostname", argv[3], "is forgotten: the next machine with its MAC may claim the name");
    fputs("usage: seedctl forget --admin-socket PATH HOSTNAME\n\nDrops the claim of a machine that was replaced.\n", stderr);
    return 2;
}

int cmd_wipe_grant(int argc, char **argv) {
    if (arguments(argc, argv, 2)) {
        cleanup_json cJSON *body = cJSON_CreateObject();
        cJSON_AddStringToObject(body, "hostname", argv[3]);
        cJSON_AddStringToObject(body, "serial", argv[4]);
        return speak(argv[2], "wipe-grant", body, argv[3], "may wipe that disk, once");
    }
    fputs("usage: seedctl wipe-grant --admin-socket PATH HOSTNAME SERIAL\n\n"
          "Lets the machine wipe its disk with that serial number, whatever lies on it, once. The machine's console shows the number; `disk`\n"
          "with `wipe` in the site document says the same.\n",
          stderr);
    return 2;
}
