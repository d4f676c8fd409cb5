/* SPDX-License-Identifier: Apache-2.0
 * seed-server: role documents, bootstrap record, tickets, layers, events and dashboard of one site. */
#include "clock.h"
#include "core.h"
#include "http.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "version.h"
#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>

/* Each connection is an open file, and so is each layer that is sent. */
static void raise_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < HTTP_FILES)
        log_warning("at most %llu open files, %d are needed for all connections; raise the limit (LimitNOFILE of the "
                    "unit, ulimit -n)",
                    (unsigned long long)limit.rlim_max, HTTP_FILES);
}

int main(int argc, char **argv) {
    struct options options;
    struct error err = {0};
    struct server server;
    core_never();
    if (options_parse(argc, argv, &options, &err) < 0) {
        error_report(&err, "seed-server");
        return 2;
    }
    if (options.help) {
        options_usage();
        return 0;
    }
    if (options.version) {
        printf("seed-server %s\n", version_text());
        return 0;
    }
    log_set("seed-server", LOG_INFO);
    mallopt(M_ARENA_MAX, 1);
    raise_files();
    int r = loop_open(&server, &options, &err);
    if (r == 0) {
        log_info("ready on port %u%s after %lld ms, record %s", http_port(&server, CHANNEL_PLAIN),
                 server.tls.port ? " and by TLS" : "", (long long)(clock_boottime_ms() - server.started_ms),
                 record_state_name(server.record.now.state));
        r = loop_run(&server, &err);
    }
    loop_close(&server);
    if (r < 0) {
        error_report(&err, "seed-server");
        return 1;
    }
    log_info("stopped");
    return 0;
}
