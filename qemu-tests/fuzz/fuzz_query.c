/* SPDX-License-Identifier: Apache-2.0
 * What a request's query and headers hold: whole numbers, MAC addresses, UUIDs. The first byte says which. */
#include "fuzz.h"
#include "server/state/claims.h"
#include "server/decide/fields.h"
#include "record/record.h"
#include "record/identity.h"

static void number(const char *text) {
    struct error err = {0};
    int64_t value = -1;
    char again[32];
    if (fields_number(text, RECORD_NUMBER_MAX, &value, &err) < 0) {
        fuzz_error(&err);
        demand(value == -1);
        return;
    }
    snprintf(again, sizeof(again), "%lld", (long long)value);
    demand(value >= 0 && value <= RECORD_NUMBER_MAX && strlen(text) < 18);
    demand(strlen(text) >= strlen(again) && !strcmp(text + strlen(text) - strlen(again), again));
}

static void names(const char *text) {
    char mac[STORE_MAC_SIZE], again[STORE_MAC_SIZE], uuid[STORE_UUID_SIZE], uuid_again[STORE_UUID_SIZE];
    if (identity_mac(text, mac))
        demand(identity_mac(mac, again) && !strcmp(mac, again));
    identity_uuid(text, uuid);
    identity_uuid(uuid, uuid_again);
    demand(strlen(uuid) < sizeof(uuid) && !strcmp(uuid, uuid_again));
    demand(!fields_is_hex(text, 64) || (strlen(text) == 64 && !strpbrk(text, "ABCDEF/.")));
    demand(!fields_is_decimal(text) || strtoll(text, NULL, 10) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size)
        return 0;
    char *text = fuzz_text(data + 1, size - 1);
    if (data[0] % 2)
        number(text);
    else
        names(text);
    free(text);
    return 0;
}
