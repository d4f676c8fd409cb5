/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record from a stored row through any events: it stays one that a store may hold, and machines read what
 * they are told. */
#include "fuzz.h"
#include "json.h"
#include "lock.h"
#include "record.h"

static struct lock row(struct fuzz *from) {
    char state[16];
    struct lock lock = {.version = (int64_t)fuzz_number(from, 8),
                        .epoch = (int64_t)fuzz_number(from, 8),
                        .token = (int64_t)fuzz_number(from, 8)};
    fuzz_word(from, state, sizeof(state));
    if (!lock_state_parse(state, &lock.state))
        lock.state = (enum lock_state)(fuzz_byte(from) % LOCK_STATES);
    fuzz_word(from, lock.holder, sizeof(lock.holder));
    fuzz_word(from, lock.ca_hash, sizeof(lock.ca_hash));
    return lock;
}

static void check_told(const struct lock *lock, int64_t now_ms) {
    cleanup_buf struct buf text = BUF_INIT(1024);
    cleanup_json cJSON *tree = NULL;
    struct record record;
    struct error err = {0};
    lock_json(lock, now_ms, &text);
    demand(!buf_failed(&text) && json_parse(buf_text(&text), text.length, &tree, &err) == 0 &&
           record_parse(tree, &record, &err) == 0);
    demand((int)record.state == (int)lock->state && record.grant.epoch == (uint64_t)lock->epoch &&
           record.grant.token == (uint64_t)lock->token);
    demand(!strcmp(record.holder, lock->holder) && !strcmp(record.grant.ca_hash, lock->ca_hash));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const hosts[] = {"k8s-m1", "k8s-m2", "", "k8s-m3"};
    struct fuzz from = {data, size};
    int64_t now_ms = 1000;
    struct lock lock = fuzz_byte(&from) % 2 ? row(&from) : lock_initial();
    if (!lock_valid(&lock))
        return 0;
    for (int i = 0; from.size && i < 64; i++) {
        char hash[LOCK_CA_HASH_SIZE + 8];
        struct lock next = lock;
        unsigned choice = fuzz_byte(&from);
        struct lock_event event = {.type = (enum lock_event_type)(choice % LOCK_EVENTS),
                                   .hostname = hosts[choice / 16 % 4],
                                   .epoch = lock.epoch,
                                   .token = lock.token,
                                   .now_ms = now_ms += (int64_t)fuzz_number(&from, 2)};
        if (choice >= 128)
            event.epoch = (int64_t)fuzz_number(&from, 7), event.token = (int64_t)fuzz_number(&from, 7);
        if (choice >= 64)
            fuzz_word(&from, hash, sizeof(hash)), event.ca_hash = hash;
        enum lock_answer answer = lock_next(&lock, &event, &next);
        demand(answer < LOCK_ANSWERS && lock_answer_code(answer) && lock_answer_message(answer));
        demand(answer == LOCK_GRANTED || lock_equal(&lock, &next));
        demand(lock_valid(&next) && next.version >= lock.version);
        demand(next.epoch > lock.epoch || (next.epoch == lock.epoch && next.token >= lock.token));
        check_told(&next, now_ms);
        lock = next;
    }
    return 0;
}
