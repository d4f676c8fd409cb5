/* SPDX-License-Identifier: Apache-2.0
 * See passwords.h. */
#include "passwords.h"
#include "decide/answer.h"
#include "decide/paths.h"

#include "file.h"
#include "json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PASSWORDS AGENT_STATE "/passwords.json"

int passwords_read(const char *path, struct render_passwords *ret, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(4096);
    cleanup_json cJSON *tree = NULL;
    if (file_read(path, &text, err) < 0)
        return -1;
    if (json_parse(text.data, text.length, &tree, err) < 0 || answer_passwords(tree, ret, err) < 0)
        return error_wrap(err, "`%s`", path);
    return 0;
}

static int passwords_ask(struct seed_client *client, struct render_passwords *ret, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    if (seed_call(client, "GET", "/v1/passwords", NULL, 10, NULL, &answer, err) < 0)
        return -1;
    if (answer_passwords(answer, ret, err) < 0)
        return error_wrap(err, "seed: GET /v1/passwords");
    char *text = cJSON_PrintUnformatted(answer);
    int result =
        text ? file_ensure(PASSWORDS, text, strlen(text), 0600, err) : error_errno(err, ENOMEM, "`" PASSWORDS "`");
    cJSON_free(text);
    return result < 0 ? -1 : 0;
}

static int passwords_find(struct seed_client *client, struct render_passwords *ret, struct error *err) {
    struct error cached = {0};
    if (!client->claim[0])
        return access(PASSWORDS, F_OK) == 0 ? passwords_read(PASSWORDS, ret, err) : 0;
    if (passwords_ask(client, ret, err) == 0)
        return 0;
    return seed_is_away(err) && passwords_read(PASSWORDS, ret, &cached) == 0 ? 0 : -1;
}

int passwords_take(struct seed_client *client, struct render_passwords *ret, struct error *err) {
    return passwords_find(client, ret, err) < 0 ? error_code(err, SR_PASSWORDS) : 0;
}
