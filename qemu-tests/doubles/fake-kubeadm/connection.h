/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm (test double): one client, from its handshake to the end of its answer or watch. Never blocks. */
#pragma once
#include "answer.h"
#include "tls.h"
#include <stdint.h>

enum connection_state { CONNECTION_HANDSHAKE, CONNECTION_REQUEST, CONNECTION_ANSWER, CONNECTION_WATCH };

struct connection {
    int fd; /* -1: free */
    enum service service;
    enum connection_state state;
    mbedtls_ssl_context ssl;
    short wants; /* POLLIN or POLLOUT */
    int64_t deadline_ms;
    struct buf in, out;
    size_t sent;
    bool watching;
    size_t told; /* how many tokens the watch has shown */
};

/* Takes over `fd`, which does not block. `*ret` must not move until connection_close(). */
int connection_open(int fd, enum service service, const struct tls *tls, struct connection *ret, struct error *err);
/* Goes as far as it can without waiting. False: it has ended, for good or bad. */
bool connection_go(struct connection *connection, const struct place *place);
void connection_close(struct connection *connection);
