/* SPDX-License-Identifier: Apache-2.0
 * See load.h. */
#include "load.h"

#include "file.h"
#include "log.h"
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void folder_of(const char *path, char ret[PATH_MAX]) {
    char copy[PATH_MAX];
    snprintf(copy, sizeof(copy), "%s", path);
    snprintf(ret, PATH_MAX, "%s", dirname(copy));
}

struct site *load_site(const char *path, int *ret_status) {
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    struct site_errors errors = {0};
    struct error err = {0};
    struct site *site = NULL;
    char folder[PATH_MAX];
    *ret_status = 1;
    errors.n = 0;
    if (file_read(path, &text, &err) < 0) {
        error_report(&err, "seedctl");
        return NULL;
    }
    if (site_parse(buf_text(&text), text.length, &site, &errors) < 0) {
        for (size_t i = 0; i < errors.n; i++)
            fprintf(stderr, "%s: %s: %s; %s\n", path, errors.list[i].pointer, errors.list[i].cause,
                    errors.list[i].remedy);
        return NULL;
    }
    folder_of(path, folder);
    if (site_resolve(site, folder, file_read, &err) < 0) {
        error_wrap(&err, "%s", path);
        error_report(&err, "seedctl");
        site_free(site);
        return NULL;
    }
    *ret_status = 0;
    return site;
}

const struct site_node *load_node(const struct site *site, const char *site_path, const char *mac) {
    const struct site_node *node = site_find_mac(site, mac);
    if (!node)
        fprintf(stderr, "seedctl: %s: no node has the MAC %s; add one, or see seedctl plan %s\n", site_path, mac,
                site_path);
    return node;
}

struct release *load_release(const struct site *site, const char *site_path, const char *path, const char *layers) {
    cleanup_buf struct buf pins = BUF_INIT(1 << 20), built = BUF_INIT(1 << 20);
    struct error err = {0};
    struct release *release = NULL;
    char folder[PATH_MAX], guess[2 * PATH_MAX], built_guess[PATH_MAX];
    folder_of(site_path, folder);
    snprintf(guess, sizeof(guess), "%s/../releases/%s.json", folder, site->release);
    if (!path && access(guess, R_OK) < 0)
        snprintf(guess, sizeof(guess), "configs/releases/%s.json", site->release);
    snprintf(built_guess, sizeof(built_guess), "build/layers/%s.json", site->release);
    if (file_read(path ? path : guess, &pins, &err) < 0) {
        error_remedy(&err, "name the release's description with --release FILE");
        error_report(&err, "seedctl");
        return NULL;
    }
    bool has_layers = file_read(layers ? layers : built_guess, &built, &err) == 0;
    if (!has_layers && layers) {
        error_report(&err, "seedctl");
        return NULL;
    }
    if (!has_layers)
        fprintf(stderr, "seedctl: note: no layers are built for %s; the role names none (make layers)\n",
                site->release);
    if (release_parse(buf_text(&pins), pins.length, has_layers ? buf_text(&built) : NULL, built.length, &release,
                      &err) < 0) {
        error_report(&err, "seedctl");
        return NULL;
    }
    return release;
}
