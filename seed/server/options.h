/* SPDX-License-Identifier: Apache-2.0
 * The command line of seed-server. */
#pragma once
#include "error.h"
#include <stdbool.h>
#include <sys/socket.h>

struct listen_address {
    struct sockaddr_storage address;
    socklen_t length;
};

enum { OPTIONS_RELEASES_MAX = 8 };

struct options {
    const char *site, *artifacts, *state;
    const char *releases[OPTIONS_RELEASES_MAX], *layers[OPTIONS_RELEASES_MAX]; /* one of each a release */
    size_t n_releases;
    const char *listen;       /* "0.0.0.0:8080" */
    const char *pki;          /* the folder of seedctl init; NULL: no TLS */
    const char *listen_tls;   /* "0.0.0.0:8443" */
    const char *admin_socket; /* NULL: STATE/admin.sock */
    const char *port_file;    /* NULL: none */
    bool help, version;
    struct listen_address plain, tls; /* `listen` and `listen_tls`, parsed */
};

/* The strings point into argv. An error means wrong usage (exit status 2). */
int options_parse(int argc, char **argv, struct options *ret_options, struct error *err);
void options_usage(void); /* on stdout */
