/* SPDX-License-Identifier: Apache-2.0
 * See refusal.h. */
#include "refusal.h"

#include <stddef.h>
#include <string.h>

enum code refusal_code(const char *word, long status) {
    static const struct {
        const char *word;
        enum code code;
    } list[] = {
        {"unknown_mac", SR_CLAIM_MAC},
        {"claim_conflict", SR_CLAIM_CONFLICT},
        {"disputed", SR_CLAIM_DISPUTED},
        {"not_kept", SR_CLAIM_UNKEPT},
        {"listening", SR_CLAIM_UNKEPT},
        {"not_approved", SR_CLAIM_APPROVAL},
        {"denied", SR_CLAIM_DENIED},
        {"unknown_claim", SR_CLAIM_LOST},
        {"not_its_key", SR_CLAIM_LOST},
        {"tls_only", SR_SEED_PIN},
        {"disk_full", SR_SEED_FULL},
        {"store_failed", SR_SEED_FULL},
        {"gone", SR_TICKET},
        {"unknown_ticket", SR_TICKET},
        {"quarantined", SR_RECORD_QUARANTINE},
        {"other_ca", SR_RECORD_OTHER},
        {"retired", SR_RETIRED},
    };
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
        if (!strcmp(list[i].word, word))
            return list[i].code;
    return status >= 500 || !word[0] ? SR_SEED_STATUS : SR_SEED_REFUSED;
}
