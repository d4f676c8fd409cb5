/* SPDX-License-Identifier: Apache-2.0
 * See power_evidence.h. */
#include "power_evidence.h"

#include "log.h"
#include "server/store/secrets.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { WAIT_MS = (POWER_WORKER_S + 2) * 1000, IPMI_SECRET_MAX = 20 /* IPMI 2.0, 22.30 */ };

static int read_secret(const struct request *request, const struct site_power *power,
                       char ret[static POWER_SECRET_SIZE], struct error *err) {
    cleanup_buf struct buf value = BUF_INIT(SECRET_MAX + 1);
    size_t most = power->type == POWER_IPMI ? IPMI_SECRET_MAX : POWER_SECRET_SIZE - 1;
    int result = secrets_read(request->server->options->state, power->secret, &value, err);
    if (result == 0 && value.length > most) {
        error_set(err, EINVAL, "secret `%s`: it has %zu bytes, and type %s takes at most %zu", power->secret,
                  value.length, power_type_name(power->type), most);
        result = error_remedy(err, "give the BMC's user a shorter one, and seedctl secret set %s", power->secret);
    }
    if (result == 0)
        memcpy(ret, buf_text(&value), value.length + 1);
    if (value.data)
        explicit_bzero(value.data, value.length);
    return result;
}

int power_begin(struct request *request, const struct site_node *node, enum power_act act, struct error *err) {
    struct server *server = request->server;
    struct power_order order = {.act = act, .power = &node->power, .mac = node->mac, .address = node->address};
    return node->power.secret && read_secret(request, &node->power, order.secret, err) < 0
               ? -1
               : power_workers_start(&server->powers, server->epoll_fd, node->hostname, &order, &request->power_id,
                                     err);
}

/* Its time is longer than the worker's: when it cannot wait, the seed stops, or needs the connection. */
const struct power_result *power_await(struct request *request) {
    static const struct power_result over = {
        .result = -1, .err = {.errnum = EAGAIN, .message = "the seed stops", .remedy = "ask again"}};
    const struct power_result *result = power_workers_result(&request->server->powers, request->power_id);
    return result ? result : request_suspend(request, TOPIC_POWER, WAIT_MS) ? NULL : &over;
}

bool power_evidence_awaited(struct request *request, const struct site_node *node, enum power_state *ret_power) {
    struct error err = {0};
    *ret_power = POWER_IS_UNKNOWN;
    if (!node || !node->power.address)
        return false;
    if (!request->power_id && power_begin(request, node, POWER_STATUS, &err) < 0) {
        log_warning("power of %s: %s; %s", node->hostname, err.message, err.remedy);
        return false;
    }
    const struct power_result *result = power_await(request);
    if (result && result->result == 0)
        *ret_power = result->state;
    return !result;
}

const char *power_evidence_text(enum power_state power) {
    return power == POWER_IS_OFF ? ", off by its BMC" : power == POWER_IS_ON ? ", on by its BMC" : "";
}
