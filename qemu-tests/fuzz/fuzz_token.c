/* SPDX-License-Identifier: Apache-2.0
 * token_list(): what becomes the path of a DELETE and of a call to the seed is a token's id and a ticket's id, whatever
 * the API server says. */
#include "fuzz.h"
#include "json.h"
#include "net.h"
#include "decide/token.h"

static void check(const struct token *token) {
    demand(strlen(token->id) == 6 && strspn(token->id, "abcdefghijklmnopqrstuvwxyz0123456789") == 6);
    demand(strspn(token->ticket, "0123456789abcdef") == strlen(token->ticket));
    demand(!token->hostname[0] || (token->kind == TOKEN_TICKET && net_label_valid(token->hostname)));
    demand(strlen(token->ticket) == (token->kind == TOKEN_TICKET ? 32 : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct token tokens[TOKENS_MAX];
    struct error err = {0};
    cleanup_json cJSON *tree = NULL;
    size_t count = 0;
    if (json_parse((const char *)data, size, &tree, &err) < 0)
        return 0;
    if (token_list(tree, tokens, &count, &err) < 0)
        fuzz_error(&err);
    demand(count <= TOKENS_MAX);
    for (size_t i = 0; i < count; i++)
        check(&tokens[i]);
    return 0;
}
