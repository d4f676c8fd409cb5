/* SPDX-License-Identifier: Apache-2.0
 * See claim_rules.h. */
#include "claim_rules.h"

#include <stddef.h>
#include <string.h>

static enum claim_verdict judge_other_key(const struct claim_facts *claim, struct claim_channel channel,
                                          const char *key, int64_t now_ms) {
    if (!channel.tls)
        return CLAIM_OTHER_KEY;
    if (channel.open)
        return claim->rebinds < CLAIM_REBINDS_MAX || now_ms - claim->rebound_ms > CLAIM_OPEN_MS ? CLAIM_REBIND
                                                                                                : CLAIM_TOO_OFTEN;
    if (claim->kept)
        return CLAIM_OTHER_KEY;
    for (size_t i = 0; i < CLAIM_REBINDS_MAX && claim->replaced[i]; i++)
        if (!strcmp(claim->replaced[i], key))
            return CLAIM_OLDER_KEY;
    if (claim->contested)
        return CLAIM_OTHER_KEY;
    return claim->rebinds < CLAIM_REBINDS_MAX ? CLAIM_REBIND : CLAIM_TOO_OFTEN;
}

enum claim_verdict claim_asked(const struct claim_facts *claim, struct claim_channel channel, const char *key,
                               const char *uuid, int64_t now_ms) {
    bool same_key = !strcmp(claim->key, key);
    bool proved = same_key && channel.tls; /* more than a UUID that is not there */
    if (strcmp(claim->uuid, uuid) != 0 && (!proved || (claim->uuid[0] && uuid[0])))
        return CLAIM_OTHER_UUID;
    if (claim->denied)
        return CLAIM_DENIED;
    return same_key ? CLAIM_SAME : judge_other_key(claim, channel, key, now_ms);
}

enum claim_standing claim_standing(const struct claim_facts *claim, struct claim_channel channel) {
    if (!channel.tls || claim->kept)
        return CLAIM_MAY;
    return claim->contested && !channel.open ? CLAIM_CONTESTED : CLAIM_UNKEPT;
}

enum claim_standing claim_keeps(const struct claim_facts *claim, struct claim_channel channel, int64_t now_ms) {
    if (!channel.tls || claim->kept || channel.open)
        return CLAIM_MAY;
    if (claim->contested)
        return CLAIM_CONTESTED;
    return claim->rebinds && now_ms - claim->rebound_ms < CLAIM_SILENCE_MS ? CLAIM_LISTENING : CLAIM_MAY;
}
