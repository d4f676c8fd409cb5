/* SPDX-License-Identifier: Apache-2.0
 * Whether a request may be the operator's own although a browser sent it: a page of somebody else that the operator
 * looks at must not act through the operator's certificate, or through a forwarded admin socket. Pure. */
#pragma once
#include <stdbool.h>

/* The headers of a request; NULL: absent. */
struct origin {
    const char *host, *origin, *sec_fetch_site, *content_type;
    bool writes;   /* its method is not GET or HEAD */
    bool loopback; /* the channel has no certificate that proves the host's name: only the names of this machine itself
                      are believed */
};

/* True for a program that is no browser (neither Origin nor Sec-Fetch-Site), and for our own page. */
bool origin_fits(const struct origin *origin);
