/* SPDX-License-Identifier: Apache-2.0
 * See waits.h. */
#include "waits.h"

#include "json.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is(const cJSON *object, const char *key, const char *value) {
    return !strcmp(json_text(object, key), value);
}

static bool is_ready(const cJSON *node) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(node, "ready"));
}

static const cJSON *waits_find(const cJSON *nodes, const char *hostname) {
    const cJSON *node;
    cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(nodes, "nodes")) {
        if (is(node, "hostname", hostname))
            return node;
    }
    return NULL;
}

static void waits_say(struct wait *wait, enum code code, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void waits_say(struct wait *wait, enum code code, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(wait->what, sizeof(wait->what), format, ap);
    va_end(ap);
    if (code)
        snprintf(wait->code, sizeof(wait->code), "%s", code_name(code));
}

/* A master that joins now. */
static const cJSON *joining_master(const cJSON *nodes, const cJSON *but) {
    const cJSON *node;
    cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(nodes, "nodes")) {
        const cJSON *ticket = cJSON_GetObjectItemCaseSensitive(node, "ticket");
        if (node != but && is(node, "role", "master") &&
            (is(ticket, "state", "assigned") || is(ticket, "state", "minted") || is(ticket, "state", "delivered")))
            return node;
    }
    return NULL;
}

static const cJSON *first_master(const cJSON *nodes, bool ready, const cJSON *but) {
    const cJSON *node;
    cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(nodes, "nodes")) {
        if (node != but && is(node, "role", "master") && is_ready(node) == ready)
            return node;
    }
    return NULL;
}

/* Fills in *wait for a machine that waits for the cluster. Returns the machine that it waits for, or NULL. */
static const cJSON *for_the_cluster(const cJSON *nodes, const cJSON *node, struct wait *wait) {
    const cJSON *record = cJSON_GetObjectItemCaseSensitive(nodes, "bootstrap"),
                *holder = waits_find(nodes, json_text(record, "holder"));
    const char *state = json_text(record, "state");
    if (!strcmp(state, "QUARANTINE")) {
        waits_say(wait, SR_RECORD_QUARANTINE, "the seed's bootstrap record is in QUARANTINE");
    } else if (holder == node) {
        waits_say(wait, SR_NONE, "it makes the cluster (record %s): %.200s", state, json_text(node, "message"));
    } else if (holder) {
        waits_say(wait, SR_WAIT_CLUSTER, "waits until %.63s made the cluster (record %s)", json_text(record, "holder"),
                  state);
        return holder;
    } else {
        const cJSON *master = first_master(nodes, false, node);
        waits_say(wait, SR_WAIT_CLUSTER, "waits for a master that makes the cluster; none has asked yet (record %s)",
                  state);
        return master;
    }
    return NULL;
}

static const cJSON *for_a_ticket(const cJSON *nodes, const cJSON *node, struct wait *wait) {
    const cJSON *ticket = cJSON_GetObjectItemCaseSensitive(node, "ticket"),
                *before = is(node, "role", "master") ? joining_master(nodes, node) : NULL;
    const char *minter = json_text(ticket, "minter"), *reason = json_text(ticket, "reason");
    const cJSON *ready = first_master(nodes, true, node), *other = first_master(nodes, false, node);
    if (is(ticket, "state", "assigned") && before) { /* only where etcd has learners */
        waits_say(wait, SR_WAIT_TICKET, "waits for its join ticket, which %.63s mints when %.63s has its vote in etcd",
                  minter, json_text(before, "hostname"));
        return before;
    }
    if (is(ticket, "state", "assigned")) {
        waits_say(wait, SR_WAIT_TICKET, "waits for its join ticket, which %.63s mints%s%.200s", minter,
                  reason[0] ? "; the last attempt: " : "", reason);
        return waits_find(nodes, minter);
    }
    if (is(ticket, "state", "delivered") || is(ticket, "state", "minted")) {
        waits_say(wait, SR_NONE, "has its join ticket: %.300s", json_text(node, "message"));
        return NULL;
    }
    if (before) {
        waits_say(wait, SR_WAIT_TICKET,
                  "waits for a join ticket until %.63s joined: etcd takes one new master at a time",
                  json_text(before, "hostname"));
        return before;
    }
    if (reason[0]) {
        waits_say(wait, SR_WAIT_TICKET, "waits for a join ticket, which no master could mint: %.300s", reason);
        return NULL;
    }
    if (ready) {
        waits_say(wait, SR_WAIT_TICKET,
                  "waits for a join ticket, which %.63s or another master that is Ready mints when it hears of it",
                  json_text(ready, "hostname"));
        return NULL;
    }
    waits_say(wait, SR_WAIT_TICKET, "waits for a join ticket, and no other master is Ready");
    return other;
}

static const cJSON *waits_look(const cJSON *nodes, const cJSON *node, struct wait *wait) {
    const cJSON *record = cJSON_GetObjectItemCaseSensitive(nodes, "bootstrap"),
                *since = cJSON_GetObjectItemCaseSensitive(node, "since_ms");
    const cJSON *script = cJSON_GetObjectItemCaseSensitive(node, "script_ms");
    const char *claim = json_text(node, "claim"), *code = json_text(node, "code");
    bool booted = cJSON_IsNumber(script) &&
                  (!cJSON_IsNumber(since) || script->valuedouble < since->valuedouble); /* after its last word */
    *wait =
        (struct wait){.since_ms = cJSON_IsNumber(since) ? (int64_t)since->valuedouble : -1, .ready = is_ready(node)};
    snprintf(wait->hostname, sizeof(wait->hostname), "%s", json_text(node, "hostname"));
    snprintf(wait->code, sizeof(wait->code), "%s", code_valid(code) ? code : "");
    if (!strcmp(claim, "waiting"))
        waits_say(wait, SR_CLAIM_APPROVAL, "waits for the operator's approval: the site has enrol: approve");
    else if (!strcmp(claim, "denied"))
        waits_say(wait, SR_CLAIM_DENIED, "the operator shut it out");
    else if (!strcmp(claim, "disputed"))
        waits_say(wait, SR_CLAIM_DISPUTED, "another machine claims its MAC, %.32s", json_text(node, "mac"));
    else if (json_text(node, "refused")[0])
        waits_say(wait, SR_CLAIM_CONFLICT, "its claim is refused: %.200s", json_text(node, "refused"));
    else if (booted)
        waits_say(
            wait, SR_NONE,
            "booted iPXE %.0f s ago, silent since: its kernel and initramfs do not come, or do not run, or do not "
            "reach the seed; look at its console (MAC %.32s)",
            script->valuedouble / 1000, json_text(node, "mac"));
    else if (wait->since_ms < 0)
        waits_say(wait, SR_NONE, "never spoke to the seed: power it on; if it runs, its console says why (MAC %.32s)",
                  json_text(node, "mac"));
    else if (!strcmp(claim, "none")) {
        wait->code[0] = '\0'; /* the last event is another machine's */
        waits_say(wait, SR_NONE, "no machine with its MAC, %.32s, has its name; power it on", json_text(node, "mac"));
    } else if (wait->ready)
        waits_say(wait, SR_NONE, "is Ready: %.300s", json_text(node, "message"));
    else if (is(node, "step", "bootstrap") && is(node, "state", "waiting"))
        return is(record, "state", "INITIALISED") ? for_a_ticket(nodes, node, wait)
                                                  : for_the_cluster(nodes, node, wait);
    else
        waits_say(wait, SR_NONE, "step %.32s %.8s: %.400s", json_text(node, "step"), json_text(node, "state"),
                  json_text(node, "message"));
    return NULL;
}

size_t waits_chain(const cJSON *nodes, const char *hostname, struct wait list[static WAITS_MAX]) {
    const cJSON *node = waits_find(nodes, hostname);
    size_t n = 0;
    while (node && n < WAITS_MAX) {
        for (size_t i = 0; i < n; i++)
            if (is(node, "hostname", list[i].hostname))
                return n; /* they wait for each other */
        node = waits_look(nodes, node, &list[n++]);
    }
    return n;
}
