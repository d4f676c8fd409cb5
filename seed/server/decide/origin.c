/* SPDX-License-Identifier: Apache-2.0
 * See origin.h. https://www.w3.org/TR/fetch-metadata/ has Sec-Fetch-Site, which no script can set; Origin is RFC 6454.
 */
#include "origin.h"

#include <string.h>
#include <strings.h>

/* Whether the host, without its port, is a loopback name, or `seed`, which docs/api.md gives to curl for the admin
 * socket; an IPv6 address keeps its brackets. */
static bool is_loopback(const char *host) {
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]", "seed"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t n = strlen(names[i]);
        if (!strncasecmp(host, names[i], n) && (host[n] == '\0' || host[n] == ':'))
            return true;
    }
    return false;
}

/* Whether the origin "https://host:port" names the host that was asked. "null" does not. */
static bool is_of_host(const char *origin, const char *host) {
    const char *rest = strstr(origin, "://");
    return rest && !strcasecmp(rest + 3, host);
}

/* A form cannot send this content type, and a browser lets another site's script send it only after a CORS preflight,
 * which the seed does not answer. */
static bool is_json(const char *type) {
    static const char json[] = "application/json";
    size_t n = sizeof(json) - 1;
    return type && !strncasecmp(type, json, n) && (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

bool origin_fits(const struct origin *o) {
    if (o->loopback && o->host && !is_loopback(o->host))
        return false; /* a page whose name was bound to this machine sends no Origin with a GET */
    if (!o->origin && !o->sec_fetch_site)
        return true;
    if (!o->host)
        return false;
    if (o->origin && !is_of_host(o->origin, o->host))
        return false;
    if (o->sec_fetch_site && strcmp(o->sec_fetch_site, "same-origin") &&
        (o->writes || strcmp(o->sec_fetch_site, "none")))
        return false;
    return !o->writes || is_json(o->content_type);
}
