/* SPDX-License-Identifier: Apache-2.0
 * record_view_parse(), and the bootstrap state machine with such a record. */
#include "decide/bootstrap_fsm.h"
#include "fuzz.h"
#include "json.h"
#include "record/record.h"
#include "net.h"

static void check_course(const struct record_view *record, bool master) {
    struct journal journal = {0};
    struct bootstrap_machine machine = {.hostname = "k8s-m1", .master = master};
    struct bootstrap_event event = {.result = BOOTSTRAP_OK, .record = record, .ca_hash = record->id.ca_hash};
    struct bootstrap_fsm fsm;
    struct error err = {0};
    bootstrap_fsm_start(&fsm, &journal, &machine);
    enum bootstrap_effect effect = bootstrap_fsm_next(&fsm, NULL, &err);
    for (int i = 0; i < 8 && effect != BOOTSTRAP_STOP && effect != BOOTSTRAP_END; i++)
        effect = bootstrap_fsm_next(&fsm, &event, &err);
    demand(effect < BOOTSTRAP_EFFECTS && bootstrap_fsm_effect_name(effect));
    demand(!record_id_higher(&fsm.journal.of, &fsm.journal.seen));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct error err = {0};
    struct record_view record;
    cleanup_json cJSON *tree = NULL;
    if (json_parse((const char *)data, size, &tree, &err) < 0)
        return 0;
    if (record_view_parse(tree, &record, &err) < 0) {
        fuzz_error(&err);
        return 0;
    }
    demand(record.state <= RECORD_QUARANTINE && record_state_name(record.state));
    demand(!record.id.ca_hash[0] || ca_hash_valid(record.id.ca_hash));
    demand(record.lease_ms >= 0 && (record.state == RECORD_RESERVED || record.lease_ms == 0));
    demand(!record.holder[0] || net_label_valid(record.holder));
    demand((double)record.version == cJSON_GetObjectItemCaseSensitive(tree, "version")->valuedouble);
    demand((double)record.id.token == cJSON_GetObjectItemCaseSensitive(tree, "token")->valuedouble);
    check_course(&record, size % 2);
    return 0;
}
