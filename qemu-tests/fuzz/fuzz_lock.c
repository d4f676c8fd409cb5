/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record, from a stored row through any events: it stays valid for a store, and machines can read what
 * the seed prints of it. */
#include "fuzz.h"
#include "json.h"
#include "record/record.h"
#include "decide/record_view.h"

static struct bootstrap_record row(struct fuzz *from) {
    char state[16];
    struct bootstrap_record record = {.version = (int64_t)fuzz_number(from, 8),
                                      .epoch = (int64_t)fuzz_number(from, 8),
                                      .token = (int64_t)fuzz_number(from, 8)};
    fuzz_word(from, state, sizeof(state));
    if (!record_state_parse(state, &record.state))
        record.state = (enum record_state)(fuzz_byte(from) % RECORD_STATES);
    fuzz_word(from, record.holder, sizeof(record.holder));
    fuzz_word(from, record.ca_hash, sizeof(record.ca_hash));
    return record;
}

static void check_told(const struct bootstrap_record *record, int64_t now_ms) {
    cleanup_buf struct buf text = BUF_INIT(1024);
    cleanup_json cJSON *tree = NULL;
    struct record_view view;
    struct error err = {0};
    record_json(record, now_ms, &text);
    demand(!buf_failed(&text) && json_parse(buf_text(&text), text.length, &tree, &err) == 0 &&
           record_view_parse(tree, &view, &err) == 0);
    demand(view.state == record->state && view.id.epoch == (uint64_t)record->epoch &&
           view.id.token == (uint64_t)record->token);
    demand(!strcmp(view.holder, record->holder) && !strcmp(view.id.ca_hash, record->ca_hash));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const hosts[] = {"k8s-m1", "k8s-m2", "", "k8s-m3"};
    struct fuzz from = {data, size};
    int64_t now_ms = 1000;
    struct bootstrap_record record = fuzz_byte(&from) % 2 ? row(&from) : record_initial();
    if (!record_valid(&record))
        return 0;
    for (int i = 0; from.size && i < 64; i++) {
        char hash[CA_HASH_SIZE + 8];
        struct bootstrap_record next = record;
        unsigned choice = fuzz_byte(&from);
        struct record_event event = {.type = (enum record_event_type)(choice % RECORD_EVENTS),
                                     .hostname = hosts[choice / 16 % 4],
                                     .epoch = record.epoch,
                                     .token = record.token,
                                     .now_ms = now_ms += (int64_t)fuzz_number(&from, 2)};
        if (choice >= 128)
            event.epoch = (int64_t)fuzz_number(&from, 7), event.token = (int64_t)fuzz_number(&from, 7);
        if (choice >= 64)
            fuzz_word(&from, hash, sizeof(hash)), event.ca_hash = hash;
        enum record_answer answer = record_next(&record, &event, &next);
        demand(answer < RECORD_ANSWERS && record_answer_code(answer) && record_answer_message(answer));
        demand(answer == RECORD_GRANTED || record_equal(&record, &next));
        demand(record_valid(&next) && next.version >= record.version);
        demand(next.epoch > record.epoch || (next.epoch == record.epoch && next.token >= record.token));
        check_told(&next, now_ms);
        record = next;
    }
    return 0;
}
