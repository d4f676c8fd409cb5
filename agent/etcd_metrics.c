/* SPDX-License-Identifier: Apache-2.0
 * See etcd_metrics.h. */
#include "etcd_metrics.h"

#include <stddef.h>
#include <string.h>

#define NO_LEADER "etcd_server_has_leader 0"
#define PEER "etcd_network_peer_round_trip_time_seconds_count{To=\"" /* one line a member that it sends to */

/* The rest of the next line that begins with `prefix`, or NULL; *at moves behind that line. */
static const char *next_line(const char **at, const char *prefix) {
    size_t length = strlen(prefix);
    for (const char *line = *at; line && *line;) {
        const char *end = strchr(line, '\n');
        *at = end ? end + 1 : line + strlen(line);
        if (!strncmp(line, prefix, length))
            return line + length;
        line = *at;
    }
    return NULL;
}

bool etcd_metrics_waits_for_one(const char *text) {
    const char *at = text, *rest = next_line(&at, NO_LEADER);
    size_t peers = 0;
    if (!rest || (*rest != '\n' && *rest != '\0'))
        return false;
    for (at = text; next_line(&at, PEER);)
        peers++;
    return peers == 1;
}
