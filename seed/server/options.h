/* SPDX-License-Identifier: Apache-2.0
 * The command line of seed-server. */
#pragma once
#include "error.h"
#include <stdbool.h>
#include <sys/socket.h>

struct options {
    const char *site, *release, *layers, *artifacts, *state;
    const char *listen;       /* "0.0.0.0:8080" */
    const char *admin_socket; /* NULL: STATE/admin.sock */
    const char *port_file;    /* NULL: none */
    bool help, version;
    struct sockaddr_storage address; /* `listen`, parsed */
    socklen_t address_length;
};

/* The strings stay argv's own. An error is a wrong usage (exit 2). */
int options_parse(int argc, char **argv, struct options *ret_options, struct error *err);
void options_usage(void); /* on stdout */
