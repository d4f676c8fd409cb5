/* SPDX-License-Identifier: Apache-2.0
 * See power.h. */
#include "power.h"

#include "check.h"
#include <errno.h>
#include <string.h>

enum { IPMI_PORT = 623, REDFISH_PORT = 443, IPMI_USER_MAX = 16 /* IPMI 2.0, 22.28 */ };

static const char *const type_names[] = {"ipmi", "redfish", "wol", NULL};
const char *const power_act_names[] = {"status", "on", "off", "cycle", "pxe-once", NULL};

const char *power_type_name(enum power_type type) {
    return type == POWER_NONE ? "none" : type_names[type - POWER_IPMI];
}

const char *power_state_name(enum power_state state) {
    return state == POWER_IS_ON ? "on" : state == POWER_IS_OFF ? "off" : "unknown";
}

static void refuse_key(const struct cursor *at, const char *key, const char *why) {
    struct cursor found = cursor_key(at, key);
    if (found.item)
        cursor_fail(&found, "%s; remove it", why);
}

/* A magic packet goes to the machine's own card. */
static void read_wol(const struct cursor *at) {
    static const char *const keys[] = {"address", "port", "user", "secret", "certificate", "system", NULL};
    for (const char *const *key = keys; *key; key++)
        refuse_key(at, *key, "type wol has no BMC: the packet goes to the node's own MAC");
}

static void read_bmc(struct site_power *power, const struct cursor *at) {
    bool redfish = power->type == POWER_REDFISH;
    power->address = cursor_string(at, "address", check_bmc, reader_required);
    power->port = (uint16_t)cursor_number(at, "port", 1, 65535, redfish ? REDFISH_PORT : IPMI_PORT);
    power->user = cursor_string(at, "user", check_bmc_user, reader_required);
    power->secret = cursor_string(at, "secret", check_label, reader_required);
    if (redfish) {
        power->certificate = cursor_string(at, "certificate", check_bmc_pin, reader_required);
        power->system = cursor_string(at, "system", check_bmc_system, NULL);
        return;
    }
    refuse_key(at, "certificate", "type ipmi has no certificate");
    refuse_key(at, "system", "type ipmi has one system");
    struct cursor user = cursor_key(at, "user");
    if (power->user && strlen(power->user) > IPMI_USER_MAX)
        cursor_fail(&user, "IPMI knows users of at most %d bytes; name another", IPMI_USER_MAX);
}

void power_read(struct site_power *power, const struct cursor *node) {
    static const char *const keys[] = {"type", "address", "port", "user", "secret", "certificate", "system", NULL};
    struct cursor at = cursor_key(node, "power");
    size_t problems = node->reader->n;
    if (!at.item || !cursor_object(&at, keys))
        return;
    int type = cursor_choice(&at, "type", type_names, READER_REQUIRED);
    if (node->reader->n > problems) /* what else it must have follows from the type */
        return;
    power->type = (enum power_type)(POWER_IPMI + type);
    if (power->type == POWER_WOL)
        read_wol(&at);
    else
        read_bmc(power, &at);
}

static bool is_same_text(const char *one, const char *other) {
    return !one || !other ? one == other : !strcmp(one, other);
}

bool power_is_same(const struct site_power *one, const struct site_power *other) {
    return one->address && is_same_text(one->address, other->address) && one->port == other->port &&
           is_same_text(one->system, other->system);
}

static int refuse_wol(enum power_act act, const char *hostname, struct error *err) {
    error_set(err, EOPNOTSUPP, "%s: its power is of type wol, which can only turn a machine on: no `%s`", hostname,
              power_act_names[act]);
    return error_remedy(err, act == POWER_STATUS ? "seedctl status says when it was heard last"
                                                 : "do it by hand, or give the node a BMC (type ipmi or redfish)");
}

int power_may(enum power_act act, const struct power_facts *facts, struct error *err) {
    bool ends = act == POWER_OFF || act == POWER_CYCLE;
    if (facts->power->type == POWER_NONE) {
        error_set(err, ENOENT, "%s: its node in the site document has no `power`", facts->hostname);
        return error_remedy(err, "write `power` with its BMC, or {\"type\": \"wol\"}, into the node");
    }
    if (facts->power->type == POWER_WOL && act != POWER_ON)
        return refuse_wol(act, facts->hostname, err);
    if (ends && facts->initialises && !facts->force) {
        error_set(err, EPERM, "%s runs kubeadm init", facts->hostname);
        return error_remedy(err, "wait until it is done; --force is your word that it may be cut off");
    }
    if (ends && facts->member && !facts->force) {
        error_set(err, EPERM, "%s is a member of the cluster, which would not be drained", facts->hostname);
        return error_remedy(err, "%s; --force is your word that it may be cut off",
                            act == POWER_CYCLE ? "seedctl rollout start reboots it in its turn"
                                               : "seedctl retire, if it leaves for good");
    }
    return 0;
}
