/* SPDX-License-Identifier: Apache-2.0
 * Protects against cross-site requests: another site's page in the operator's browser must not act with the operator's
 * certificate, or through a forwarded admin socket. Pure. */
#pragma once
#include <stdbool.h>

/* The headers of a request; NULL: absent. */
struct origin {
    const char *host, *origin, *sec_fetch_site, *content_type;
    bool writes;   /* its method is not GET or HEAD */
    bool loopback; /* no certificate proves the host's name on this channel, so only loopback names and `seed` are
                      accepted, from whoever asks */
};

/* True for a program that is no browser (neither Origin nor Sec-Fetch-Site), and for the dashboard itself. */
bool origin_fits(const struct origin *origin);
