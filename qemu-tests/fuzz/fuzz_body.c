/* SPDX-License-Identifier: Apache-2.0
 * The bodies that machines send to the seed. The first byte says which. */
#include "file.h"
#include "fuzz.h"
#include "json.h"
#include "net.h"
#include "server/decide/body.h"
#include "server/decide/fields.h"

static const struct site *site_once(void) {
    static struct site *site;
    static struct site_errors errors;
    struct error err = {0};
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    if (!site)
        demand(file_read(SOURCE_ROOT "/configs/seven-nodes/site.json", &text, &err) == 0 &&
               site_parse(buf_text(&text), text.length, &site, &errors) == 0);
    return site;
}

static int events(const cJSON *tree, struct error *err) {
    static struct event list[BODY_EVENTS_MAX];
    size_t n = 0;
    if (body_read_events(tree, "k8s-m1", 1, list, &n, err) < 0)
        return -1;
    demand(n <= BODY_EVENTS_MAX);
    for (size_t i = 0; i < n; i++) {
        demand(list[i].step[0] && list[i].state[0] && list[i].seconds >= 0 && list[i].seconds < 1e9);
        demand(list[i].at_ms >= 0 && list[i].bytes >= -1 && list[i].received_ms == 1);
    }
    return 0;
}

static int grant(const cJSON *tree, enum record_event_type type, struct error *err) {
    struct bootstrap_record record = record_initial();
    struct record_event event = {.type = type, .hostname = "k8s-m1"}, seen;
    bool given;
    if (body_read_grant(tree, &event, err) < 0 || body_read_seen(tree, &seen, &given, err) < 0)
        return -1;
    demand(event.epoch >= 0 && event.epoch <= RECORD_NUMBER_MAX && event.token >= 0 &&
           event.token <= RECORD_NUMBER_MAX);
    demand(type != RECORD_COMMIT || ca_hash_valid(event.ca_hash));
    demand(!given ||
           (seen.epoch >= 0 && seen.epoch <= RECORD_NUMBER_MAX && seen.token >= 0 && seen.token <= RECORD_NUMBER_MAX));
    if (given)
        record_next(&record, &seen, &record);
    record_next(&record, &event, &record);
    demand(record_valid(&record));
    return 0;
}

static int claim(const cJSON *tree, struct error *err) {
    struct body_claim claim;
    if (body_read_claim(tree, site_once(), &claim, err) < 0)
        return -1;
    demand(fields_is_hex(claim.claim.key, 64) && strlen(claim.first_mac) == STORE_MAC_SIZE - 1);
    demand(claim.node ? !strcmp(claim.node->mac, claim.claim.mac) : !claim.claim.mac[0] && !claim.ambiguous);
    return 0;
}

static int minted(const cJSON *tree, struct error *err) {
    struct body_minted minted;
    if (body_read_minted(tree, &minted, err) < 0)
        return -1;
    demand(!minted.token == !!minted.problem && (!minted.problem || !minted.certificate_key) &&
           (!minted.token || minted.token[0]));
    return 0;
}

static int standing(const cJSON *tree, struct error *err) {
    struct master_status standing;
    if (body_read_status(tree, "k8s-m1", 1, &standing, err) < 0)
        return -1;
    demand(standing.n_members <= STATUS_MEMBERS_MAX && (standing.has_members || !standing.n_members));
    for (size_t i = 0; i < standing.n_members; i++)
        demand(!standing.members[i][0] || net_label_valid(standing.members[i])); /* they go into JSON as they are */
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"events", "macs",  "uuid",    "serial",  "key",
                                        "epoch",  "token", "seen",    "ca_hash", "certificate_key",
                                        "error",  "vip",   "members", NULL};
    struct error err = {0};
    cleanup_json cJSON *tree = NULL;
    if (!size || json_parse((const char *)data + 1, size - 1, &tree, &err) < 0 || fields_check(tree, names, &err) < 0)
        return 0;
    unsigned what = data[0] % 9;
    int result = what == 0   ? events(tree, &err)
                 : what == 1 ? claim(tree, &err)
                 : what == 2 ? minted(tree, &err)
                 : what == 8 ? standing(tree, &err)
                             : grant(tree, (enum record_event_type)(what - 3), &err);
    if (result < 0)
        fuzz_error(&err);
    return 0;
}
