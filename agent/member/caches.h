/* SPDX-License-Identifier: Apache-2.0
 * Whether the caches of a master follow what is new. An API server answers watches, and lists with resourceVersion=0,
 * from a cache of its own, and all controllers see the cluster through it. After etcd was without a leader for some
 * seconds, that cache can stay old for ever while every health check is green (kubernetes#97294, etcd#17611). So each
 * master makes a new Service from time to time, and looks in its own API server's cache for the EndpointSlice that the
 * controllers make for it. */
#pragma once

struct agent;

enum caches {
    CACHES_FOLLOW,
    CACHES_API_SERVER,  /* this machine's: etcd has what its cache has not */
    CACHES_CONTROLLERS, /* nobody made the slice */
    CACHES_UNKNOWN      /* the API server answered with an error: other checks name that */
};

/* One check; it takes up to CACHES_LIMIT_S seconds, and a second where all is well. */
enum { CACHES_LIMIT_S = 30 };
enum caches caches_check(struct agent *agent);

/* Never returns. Checks every ten minutes, and when etcd's leader was lost or changed; every quarter of a minute while
 * something is stale. Tells the seed what is stale, and writes it to AGENT_STALE for the master's status. */
void caches_forever(struct agent *agent);
