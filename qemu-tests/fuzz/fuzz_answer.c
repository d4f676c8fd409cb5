/* SPDX-License-Identifier: Apache-2.0
 * The seed's answers as the agent reads them. The first byte says which. */
#include "decide/answer.h"
#include "check.h"
#include "fuzz.h"
#include "json.h"
#include "record/record.h"
#include "net.h"

static bool is_plain(const char *text) {
    return text[0] && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.:-") == strlen(text);
}

static int ticket(const cJSON *tree, bool master, struct error *err) {
    struct render_ticket ticket;
    if (answer_ticket(tree, master, &ticket, err) < 0)
        return -1;
    demand(is_plain(ticket.token) && ca_hash_valid(ticket.ca_hash) && master == (ticket.certificate_key != NULL));
    demand(!master || (is_plain(ticket.certificate_key) && strlen(ticket.certificate_key) == 64));
    return 0;
}

static int trust(const cJSON *tree, struct error *err) {
    uint16_t port = 0;
    const char *pem = "";
    if (answer_trust(tree, &port, &pem, err) < 0)
        return -1;
    demand(port > 0 && pem[0]);
    return 0;
}

static int pending(const cJSON *tree, struct error *err) {
    struct answer_pending pending;
    if (answer_pending(tree, &pending, err) < 0)
        return -1;
    demand(strlen(pending.id) == 32 && net_label_valid(pending.hostname)); /* it ends up in the path of a DELETE */
    return 0;
}

static int state(const cJSON *tree, struct error *err) {
    bool ended = false;
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "state"));
    int result = answer_ticket_state(tree, &ended, err);
    demand(!ended ||
           (name && (!strcmp(name, "done") || !strcmp(name, "void")))); /* or a token in use would be deleted */
    return result;
}

static int passwords(const cJSON *tree, struct error *err) {
    struct render_passwords passwords = {0};
    if (answer_passwords(tree, &passwords, err) < 0)
        return -1;
    demand(!check_password(passwords.vrrp) && !check_auth(passwords.stats_auth)); /* uncut, too */
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct error err = {0};
    cleanup_json cJSON *tree = NULL;
    char id[ANSWER_ID_SIZE] = "";
    int result = 0;
    if (!size || json_parse((const char *)data + 1, size - 1, &tree, &err) < 0)
        return 0;
    switch (data[0] % 8) {
    case 0:
        result = answer_claim(tree, id, &err);
        break;
    case 1:
        result = answer_ticket_id(tree, id, &err);
        break;
    case 2:
        result = pending(tree, &err);
        break;
    case 5:
        result = trust(tree, &err);
        break;
    case 6:
        result = state(tree, &err);
        break;
    case 7:
        result = passwords(tree, &err);
        break;
    default:
        result = ticket(tree, data[0] % 8 == 3, &err);
    }
    if (result < 0)
        fuzz_error(&err);
    demand(!id[0] || (result == 0 && is_plain(id)));
    return 0;
}
