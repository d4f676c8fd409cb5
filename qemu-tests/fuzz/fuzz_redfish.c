/* SPDX-License-Identifier: Apache-2.0
 * What a BMC with Redfish answers: the paths that it names go into URLs, so they stay below /redfish/v1/ and have
 * nothing that curl's configuration would take apart. */
#include "fuzz.h"
#include "json.h"
#include "site/redfish.h"

static void check_path(const char *path) {
    demand(!strncmp(path, "/redfish/v1/", 12) && strlen(path) < REDFISH_PATH_SIZE && !strstr(path, ".."));
    for (const char *c = path; *c; c++)
        demand(*c > ' ' && *c < 0x7f && *c != '"' && *c != '\\' && *c != '?' && *c != '@');
}

static void check_member(const char *text, size_t size, const char *name) {
    char path[REDFISH_PATH_SIZE];
    struct error err = {0};
    if (redfish_member(text, size, name, path, &err) < 0)
        fuzz_error(&err);
    else
        check_path(path);
}

static void check_system(const char *text, size_t size) {
    struct redfish_system system;
    struct error err = {0};
    if (redfish_system(text, size, &system, &err) < 0) {
        fuzz_error(&err);
        return;
    }
    if (system.reset[0])
        check_path(system.reset);
    for (int act = POWER_ON; act < POWER_ACTS; act++) {
        cleanup_buf struct buf body = BUF_INIT(256);
        cleanup_json cJSON *tree = NULL;
        struct error refused = {0};
        if (redfish_order(&system, (enum power_act)act, &body, &refused) < 0)
            fuzz_error(&refused);
        else
            demand(!buf_failed(&body) && json_parse(buf_text(&body), body.length, &tree, &refused) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    check_member(text, size, NULL);
    check_member(text, size, "1");
    check_system(text, size);
    free(text);
    return 0;
}
