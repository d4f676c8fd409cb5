/* SPDX-License-Identifier: Apache-2.0
 * See power_bmc.h. */
#include "power_bmc.h"
#include "power_packet.h"

#include "effects/child.h"
#include "site/redfish.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* `package`: of the program that failed, which may be missing on the seed's machine; NULL: the BMC's answer is wrong.
 */
static int bmc_explain(const struct power_order *order, const char *package, struct error *err) {
    const struct site_power *power = order->power;
    if (package && err->errnum == ENOENT)
        return error_remedy(err, "install Debian's package %s on the seed's machine", package);
    error_wrap(err, "BMC at %s:%u", power->address, power->port);
    return error_remedy(err, "see that it answers there (%s), and that user `%s` and secret `%s` are right",
                        power->type == POWER_IPMI ? "UDP; IPMI over LAN must be on" : "HTTPS", power->user,
                        power->secret);
}

/* --- IPMI: `-f` names standard input, so that the password is in no file and on no command line --- */

static int ipmi_call(const struct power_order *order, const char *word, const char *act, struct buf *ret_text,
                     struct error *err) {
    const struct site_power *power = order->power;
    const struct child_options options = {.input = order->secret, .timeout_s = POWER_BMC_CALL_S};
    char port[8];
    snprintf(port, sizeof(port), "%u", power->port);
    const char *argv[] = {
        "ipmitool", "-I", "lanplus", "-H", power->address, "-p", port, "-U", power->user, "-f", "/proc/self/fd/0",
        "-N",       "1",  "-R",      "2",  "chassis",      word, act,  NULL};
    return child_run(argv, &options, ret_text, err) < 0 ? bmc_explain(order, "ipmitool", err) : 0;
}

static int ipmi_state(const struct power_order *order, enum power_state *ret_state, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(4096);
    if (ipmi_call(order, "power", "status", &text, err) < 0)
        return -1;
    *ret_state = strstr(buf_text(&text), "Chassis Power is on")    ? POWER_IS_ON
                 : strstr(buf_text(&text), "Chassis Power is off") ? POWER_IS_OFF
                                                                   : POWER_IS_UNKNOWN;
    return 0;
}

static int refuse_cycle_of_off(struct error *err) {
    error_set(err, EPERM, "it is off: there is nothing to cycle");
    return error_remedy(err, "seedctl power on");
}

static int ipmi_do(const struct power_order *order, enum power_state *ret_state, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(4096);
    if ((order->act == POWER_STATUS || order->act == POWER_CYCLE) && ipmi_state(order, ret_state, err) < 0)
        return -1;
    if (order->act == POWER_STATUS)
        return 0;
    if (order->act == POWER_CYCLE && *ret_state == POWER_IS_OFF)
        return refuse_cycle_of_off(err);
    bool pxe = order->act == POWER_PXE_ONCE;
    return ipmi_call(order, pxe ? "bootdev" : "power", pxe ? "pxe" : power_act_names[order->act], &text, err);
}

/* --- Redfish: curl reads its options, user and password among them, from standard input --- */

/* A quoted value of curl's configuration: what is between the quotes is escaped by `\`. */
static void add_option(struct buf *config, const char *name, const char *value, const char *more) {
    buf_addf(config, "%s = \"", name);
    for (const char *part = value; part; part = part == value ? more : NULL)
        for (const char *c = part; *c; c++)
            buf_addf(config, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
    buf_adds(config, "\"\n");
}

static void add_who(const struct power_order *order, struct buf *config) {
    char user[64];
    snprintf(user, sizeof(user), "%s:", order->power->user);
    add_option(config, "user", user, order->secret);
}

/* The pin says whose key it is: the certificate is usually the BMC's own. */
static int redfish_call(const struct power_order *order, const char *method, const char *path, const char *body,
                        struct buf *ret_text, struct error *err) {
    cleanup_buf struct buf config = BUF_INIT(8192);
    char url[512];
    snprintf(url, sizeof(url), "https://%s:%u%s", order->power->address, order->power->port, path);
    add_option(&config, "url", url, NULL);
    add_option(&config, "request", method, NULL);
    add_option(&config, "pinnedpubkey", order->power->certificate, NULL);
    add_who(order, &config);
    add_option(&config, "proto", "=https", NULL);
    add_option(&config, "noproxy", "*", NULL);
    add_option(&config, "header", "Accept: application/json", NULL);
    if (body) {
        add_option(&config, "header", "Content-Type: application/json", NULL);
        add_option(&config, "data-raw", body, NULL);
    }
    buf_addf(&config, "insecure\nfail\nsilent\nshow-error\nconnect-timeout = 4\nmax-time = %d\n", POWER_BMC_CALL_S - 2);
    const struct child_options options = {.input = buf_text(&config), .timeout_s = POWER_BMC_CALL_S};
    const char *argv[] = {"curl", "--disable", "--config", "-", NULL};
    int result = buf_failed(&config) ? error_errno(err, ENOMEM, "curl") : child_run(argv, &options, ret_text, err);
    if (config.data)
        explicit_bzero(config.data, config.length);
    return result < 0 ? bmc_explain(order, "curl", err) : 0;
}

static int redfish_find(const struct power_order *order, char ret_path[static REDFISH_PATH_SIZE],
                        struct redfish_system *ret, struct error *err) {
    cleanup_buf struct buf list = BUF_INIT(REDFISH_ANSWER_MAX), text = BUF_INIT(REDFISH_ANSWER_MAX);
    if (redfish_call(order, "GET", REDFISH_SYSTEMS, NULL, &list, err) < 0)
        return -1;
    if (redfish_member(buf_text(&list), list.length, order->power->system, ret_path, err) < 0)
        return bmc_explain(order, NULL, err);
    if (redfish_call(order, "GET", ret_path, NULL, &text, err) < 0)
        return -1;
    return redfish_system(buf_text(&text), text.length, ret, err) < 0 ? bmc_explain(order, NULL, err) : 0;
}

/* A system that is already as it should be may refuse the order. */
static int redfish_do(const struct power_order *order, enum power_state *ret_state, struct error *err) {
    cleanup_buf struct buf body = BUF_INIT(256), answer = BUF_INIT(REDFISH_ANSWER_MAX);
    char path[REDFISH_PATH_SIZE];
    struct redfish_system system;
    if (redfish_find(order, path, &system, err) < 0)
        return -1;
    *ret_state = system.power;
    if (order->act == POWER_STATUS || (order->act == POWER_ON && system.power == POWER_IS_ON) ||
        (order->act == POWER_OFF && system.power == POWER_IS_OFF))
        return 0;
    if (order->act == POWER_CYCLE && system.power == POWER_IS_OFF)
        return refuse_cycle_of_off(err);
    if (redfish_order(&system, order->act, &body, err) < 0)
        return bmc_explain(order, NULL, err);
    bool pxe = order->act == POWER_PXE_ONCE;
    return redfish_call(order, pxe ? "PATCH" : "POST", pxe ? path : system.reset, buf_text(&body), &answer, err);
}

int power_bmc_do(const struct power_order *order, enum power_state *ret_state, struct error *err) {
    *ret_state = POWER_IS_UNKNOWN;
    return order->power->type == POWER_IPMI      ? ipmi_do(order, ret_state, err)
           : order->power->type == POWER_REDFISH ? redfish_do(order, ret_state, err)
                                                 : power_packet_send(order->mac, &order->address, err);
}
