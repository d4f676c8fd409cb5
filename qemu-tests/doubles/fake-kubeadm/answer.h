/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm (test double): what etcd's JSON gateway and the API server say to the agent (agent/effects/kube.c), and
 * no more. */
#pragma once
#include "buf.h"
#include "place.h"

enum service { SERVICE_ETCD, SERVICE_API };
enum { PORT_ETCD = 2379, PORT_API = 6443 };

struct request {
    enum service service;
    bool known_client; /* its certificate was judged good */
    char method[8], path[512];
};

/* Appends the whole HTTP answer. Returns true when it is a watch: the connection stays, answer_event() follows. */
bool answer(const struct place *place, const struct request *request, struct buf *ret);
/* One line of the watch of cluster-info, with all tokens that there are. */
void answer_event(const struct place *place, struct buf *ret);
