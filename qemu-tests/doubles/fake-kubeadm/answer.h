/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm (test double): what etcd's JSON gateway and the API server answer to the agent (agent/effects/etcd.c and
 * api_server.c), and no more. */
#pragma once
#include "buf.h"
#include "place.h"

enum service { SERVICE_ETCD, SERVICE_API };
enum { PORT_ETCD = 2379, PORT_API = 6443 };

struct request {
    enum service service;
    bool known_client; /* its certificate was accepted */
    char method[8], path[512];
};

/* Appends the whole HTTP answer. Returns true when it is a watch: then the connection stays open and answer_event()
 * makes its lines. */
bool answer(const struct place *place, const struct request *request, struct buf *ret);
/* One line of the watch of cluster-info, with all tokens. */
void answer_event(const struct place *place, struct buf *ret);
