/* SPDX-License-Identifier: Apache-2.0
 * Which pods must leave a machine before it reboots, and what data goes with the machine. Pure. */
#pragma once
#include "buf.h"
#include <cjson/cJSON.h>
#include <stdbool.h>

enum pod_fate {
    POD_STAYS, /* a DaemonSet's, a static one, one that has ended, or one that may run on a cordoned node: it would come
                  back at once */
    POD_LEAVES, /* it is evicted, and its controller makes another one elsewhere */
    POD_ALONE   /* it has no controller: once evicted it is gone for good */
};

enum { POD_DATA_SIZE = 96, POD_NAME_SIZE = 254 /* a DNS subdomain and its NUL */, POD_NAMESPACE_SIZE = 64 };
struct pod_view {
    enum pod_fate fate;
    char namespace[POD_NAMESPACE_SIZE], name[POD_NAME_SIZE]; /* of letters that a path may have; "": it has none */
    char data[POD_DATA_SIZE]; /* what of its data only this machine has: "emptyDir cache, hostPath /srv"; "": nothing */
    bool leaving;             /* it was told to end, and has not yet */
};
struct pod_view pod_view(const cJSON *pod);

/* Whether only the machine `hostname` has what is in a PersistentVolume. */
bool volume_is_local(const cJSON *volume, const char *hostname);

/* Why the API server does not evict a pod now: the budget and its figures where the answer (a Status) names them, else
 * its message. */
void pod_refusal(const cJSON *status, struct buf *ret);
