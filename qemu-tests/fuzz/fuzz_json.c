/* SPDX-License-Identifier: Apache-2.0
 * json_parse(): what is accepted is accepted again as cJSON writes it, and names are suggested among those that there
 * are. */
#include "fuzz.h"
#include "json.h"

static void nearest(const cJSON *tree) {
    static const char *const names[] = {"epoch", "token", "ca_hash", "control_plane_endpoint", NULL};
    const cJSON *item;
    cJSON_ArrayForEach(item, tree) {
        const char *near = item->string ? json_nearest(item->string, names) : NULL;
        demand(!near || near == names[0] || near == names[1] || near == names[2] || near == names[3]);
        nearest(item);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct error err = {0};
    cleanup_json cJSON *tree = NULL, *again = NULL;
    if (json_parse((const char *)data, size, &tree, &err) < 0) {
        fuzz_error(&err);
        demand(!tree);
        return 0;
    }
    nearest(tree);
    char *text = cJSON_PrintUnformatted(tree);
    demand(text);
    if (json_parse(text, strlen(text), &again, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        demand(!"what was accepted is accepted again");
    }
    cJSON_free(text);
    return 0;
}
