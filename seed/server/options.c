/* SPDX-License-Identifier: Apache-2.0
 * See options.h. */
#include "options.h"

#include "json.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void options_usage(void) {
    puts(
        "usage: seed-server --site FILE --artifacts DIR --state DIR [--release FILE --layers FILE]...\n"
        "                   [--listen ADDR:PORT] [--pki DIR [--listen-tls ADDR:PORT]]\n"
        "                   [--admin-socket PATH] [--port-file PATH]\n"
        "\n"
        "  --site FILE          the site document; watched, a good change takes effect at once\n"
        "  --release FILE       the pins of a release (configs/releases/*.json), besides those of seedctl release add\n"
        "  --layers FILE        the layers of that release (build/layers/*.json)\n"
        "  --artifacts DIR      DIR/sha256/<hex> are the layers, DIR/boot/ kernels, initramfs, iPXE\n"
        "  --state DIR          the seed's own memory; made when missing\n"
        "  --listen ADDR:PORT   0.0.0.0:8080; port 0 lets the kernel choose\n"
        "  --pki DIR            the folder that seedctl init made; then machines are spoken to by TLS alone "
        "(docs/tls.md)\n"
        "  --listen-tls ADDR:PORT  0.0.0.0:8443; with --pki\n"
        "  --admin-socket PATH  STATE/admin.sock\n"
        "  --port-file PATH     gets the port number once it listens; with --pki a second line has that of TLS\n"
        "  --help, --version");
}

static int parse_port(const char *option, const char *text, in_port_t *ret_port, struct error *err) {
    char *end;
    errno = 0;
    unsigned long port = strtoul(text, &end, 10);
    if (errno || end == text || *end || text[0] < '0' || text[0] > '9' || port > 65535)
        return error_set(err, EINVAL, "%s: `%s` is not a port", option, text);
    *ret_port = htons((in_port_t)port);
    return 0;
}

/* "1.2.3.4:80" or "[::1]:80" */
static int parse_listen(const char *option, const char *text, struct listen_address *ret, struct error *err) {
    char host[64];
    const char *colon = strrchr(text, ':');
    bool v6 = text[0] == '[';
    if (!colon || (size_t)(colon - text) >= sizeof(host) || (v6 && (colon == text + 1 || colon[-1] != ']')))
        return error_set(err, EINVAL, "%s: `%s` is not ADDR:PORT", option, text);
    snprintf(host, sizeof(host), "%.*s", (int)(colon - text) - 2 * v6, text + v6);
    struct sockaddr_in *in = (struct sockaddr_in *)&ret->address;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ret->address;
    in_port_t port = 0;
    if (parse_port(option, colon + 1, &port, err) < 0)
        return -1;
    if (!v6 && inet_pton(AF_INET, host, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = port;
        ret->length = sizeof(*in);
        return 0;
    }
    if (v6 && inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = port;
        ret->length = sizeof(*in6);
        return 0;
    }
    return error_set(err, EINVAL, "%s: `%s` is not an IP address", option, host);
}

static int missing(const char *name, struct error *err) {
    error_set(err, EINVAL, "%s is missing", name);
    return error_remedy(err, "run seed-server --help");
}

static int check_required(const struct options *o, struct error *err) {
    if (!o->site)
        return missing("--site", err);
    if (o->n_releases && !o->releases[o->n_releases - 1])
        return missing("--release", err);
    if (o->n_releases && !o->layers[o->n_releases - 1])
        return missing("--layers", err);
    if (!o->artifacts)
        return missing("--artifacts", err);
    return o->state ? 0 : missing("--state", err);
}

/* Each --release and the --layers beside it, in either order. */
static int add_release(struct options *o, const char *name, const char *value, struct error *err) {
    const char **list = strcmp(name, "--layers") ? o->releases : o->layers;
    size_t last = o->n_releases ? o->n_releases - 1 : 0;
    if (o->n_releases && list[last]) {
        if (!o->releases[last] || !o->layers[last])
            return missing(o->releases[last] ? "--layers" : "--release", err);
        last++;
    }
    if (last == OPTIONS_RELEASES_MAX)
        return error_set(err, EINVAL, "%s: at most %d releases", name, OPTIONS_RELEASES_MAX);
    o->n_releases = last + 1;
    list[last] = value;
    return 0;
}

int options_parse(int argc, char **argv, struct options *ret_options, struct error *err) {
    struct options o = {.listen = "0.0.0.0:8080", .listen_tls = "0.0.0.0:8443"};
    const struct {
        const char *name;
        const char **value;
    } table[] = {{"--site", &o.site},
                 {"--artifacts", &o.artifacts},
                 {"--state", &o.state},
                 {"--listen", &o.listen},
                 {"--pki", &o.pki},
                 {"--listen-tls", &o.listen_tls},
                 {"--port-file", &o.port_file},
                 {"--admin-socket", &o.admin_socket},
                 {NULL, NULL}};
    static const char *const names[] = {
        "--site",       "--release",      "--layers",    "--artifacts", "--state",   "--listen", "--pki",
        "--listen-tls", "--admin-socket", "--port-file", "--help",      "--version", NULL};
    for (int i = 1; i < argc; i++) {
        size_t k = 0;
        o.help = o.help || !strcmp(argv[i], "--help");
        o.version = o.version || !strcmp(argv[i], "--version");
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "--version"))
            continue;
        while (table[k].name && strcmp(argv[i], table[k].name))
            k++;
        bool of_release = !strcmp(argv[i], "--release") || !strcmp(argv[i], "--layers");
        if (of_release && i + 1 < argc) {
            if (add_release(&o, argv[i], argv[i + 1], err) < 0)
                return -1;
            i++;
            continue;
        }
        if (!of_release && !table[k].name) {
            const char *near = json_nearest(argv[i], names);
            error_set(err, EINVAL, "`%s` is not an option", argv[i]);
            return near ? error_remedy(err, "did you mean %s?", near) : error_remedy(err, "run seed-server --help");
        }
        if (++i >= argc)
            return error_set(err, EINVAL, "%s needs a value", argv[i - 1]);
        *table[k].value = argv[i];
    }
    if (!o.help && !o.version &&
        (check_required(&o, err) < 0 || parse_listen("--listen", o.listen, &o.plain, err) < 0 ||
         parse_listen("--listen-tls", o.listen_tls, &o.tls, err) < 0))
        return -1;
    *ret_options = o;
    return 0;
}
