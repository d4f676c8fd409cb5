/* SPDX-License-Identifier: Apache-2.0
 * record_parse(), and the course of a machine that is given such a record. */
#include "course.h"
#include "fuzz.h"
#include "json.h"
#include "lock.h"
#include "net.h"

static void check_course(const struct record *record, bool master) {
    struct journal journal = {0};
    struct course_machine machine = {.hostname = "k8s-m1", .master = master};
    struct course_event event = {.result = COURSE_OK, .record = record, .ca_hash = record->grant.ca_hash};
    struct course course;
    struct error err = {0};
    course_start(&course, &journal, &machine);
    enum course_effect effect = course_next(&course, NULL, &err);
    for (int i = 0; i < 8 && effect != COURSE_STOP && effect != COURSE_END; i++)
        effect = course_next(&course, &event, &err);
    demand(effect < COURSE_EFFECTS && course_effect_name(effect));
    demand(!grant_higher(&course.journal.of, &course.journal.seen));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct error err = {0};
    struct record record;
    cleanup_json cJSON *tree = NULL;
    if (json_parse((const char *)data, size, &tree, &err) < 0)
        return 0;
    if (record_parse(tree, &record, &err) < 0) {
        fuzz_error(&err);
        return 0;
    }
    demand(record.state <= RECORD_QUARANTINE && record_state_name(record.state));
    demand(!record.grant.ca_hash[0] || lock_ca_hash_valid(record.grant.ca_hash));
    demand(record.lease_ms >= 0 && (record.state == RECORD_RESERVED || record.lease_ms == 0));
    demand(!record.holder[0] || net_label_valid(record.holder));
    demand((double)record.version == cJSON_GetObjectItemCaseSensitive(tree, "version")->valuedouble);
    demand((double)record.grant.token == cJSON_GetObjectItemCaseSensitive(tree, "token")->valuedouble);
    check_course(&record, size % 2);
    return 0;
}
