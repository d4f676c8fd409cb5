/* SPDX-License-Identifier: Apache-2.0
 * What is looked at before an upgrade begins, with the value that was seen: by what the masters said of themselves. The
 * machines look again, each before its turn. */
#pragma once
#include "server/context/server.h"

enum { UPGRADE_CHECKS = 11 };

struct upgrade_check {
    const char *name;   /* "etcd" */
    char value[320];    /* what was seen, for people */
    const char *remedy; /* NULL: it is in order */
};

/* By the clock `now_ms` (wall). Returns the first that is not in order; NULL: all are. */
const struct upgrade_check *upgrade_checks(const struct server *server, int64_t now_ms,
                                           struct upgrade_check ret[static UPGRADE_CHECKS]);
