/* SPDX-License-Identifier: Apache-2.0
 * See catalog.h. A role document is composed when it is asked for: held are the ETags of those that were, the list of
 * machines that all have in common, and the last document, since its ETag and its bytes are asked for together. */
#include "catalog.h"

#include "cleanup.h"
#include "site/compose.h"
#include "file.h"
#include "json.h"
#include "site/release.h"
#include "hex.h"
#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct catalog {
    const char *path;      /* of the site document */
    const struct tls *tls; /* its pin is what /network/seed_ca must be; "": that must be absent */
    const struct releases *releases;
    struct site *site;
    char (*etags)[CATALOG_ETAG_SIZE];  /* one for each of site->nodes; "": not composed yet */
    struct buf peers;                  /* compose_peers() */
    struct buf last;                   /* the role document that was composed last */
    const struct site_node *last_node; /* its node; NULL: none yet */
    struct buf text;                   /* the site document as last read, good or bad */
    struct buf good;                   /* that of `site` */
    catalog_guard_function *guard;     /* NULL: none yet */
    void *guard_context;
    catalog_retired_function *is_retired; /* NULL: none yet */
    void *retired_context;
    catalog_release_function *release_of; /* NULL: the site's */
    void *release_context;
    catalog_secrets_function *secrets; /* NULL: none yet */
    void *secrets_context;
};

static const struct release *release_of(const struct catalog *catalog, const struct site *site,
                                        const struct site_node *node, struct error *err) {
    const char *name = catalog->release_of ? catalog->release_of(node, catalog->release_context) : NULL;
    return releases_find(catalog->releases, name ? name : site->release, err);
}

static int catalog_digest(const struct buf *json, char ret_etag[CATALOG_ETAG_SIZE], struct error *err) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_Digest(buf_text(json), json->length, hash, &length, EVP_sha256(), NULL) != 1 || length != 32)
        return error_set(err, -1, "sha256 failed");
    ret_etag[0] = '"';
    hex_encode(hash, length, ret_etag + 1);
    ret_etag[65] = '"';
    ret_etag[66] = '\0';
    return 0;
}

/* Whether each role can be composed: a site for which one cannot is a bad site. Only documents near the limit are made
 * for that; else those of one master and one worker tell the size of all, but for what a node has of its own. */
static int check_roles(const struct catalog *catalog, const struct site *site, const struct buf *peers,
                       struct error *err) {
    enum { OWN_MAX = 256 * 1024 };
    cleanup_buf struct buf json = BUF_INIT(CATALOG_ROLE_MAX);
    bool near = false, made[2] = {false, false};
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct site_node *node = &site->nodes[i];
        const struct release *release = release_of(catalog, site, node, err);
        if (!release)
            return -1;
        if (compose_check(site, release, node, err) < 0)
            return error_wrap(err, "compose role of `%s`", node->hostname);
        if (made[node->role] && !near)
            continue;
        buf_clear(&json);
        if (compose_role(site, release, node, buf_text(peers), &json, err) < 0)
            return error_wrap(err, "compose role of `%s`", node->hostname);
        made[node->role] = true;
        if (!near && json.length + OWN_MAX > JSON_MAXIMUM) {
            near = true;
            i = (size_t)-1; /* all of them, from the first */
        }
    }
    return 0;
}

/* Reads the manifests that addons name; their paths are relative to the site document. */
static int resolve(const struct catalog *catalog, struct site *site, struct error *err) {
    char folder[PATH_MAX];
    const char *slash = strrchr(catalog->path, '/');
    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - catalog->path) + 1 : 1, slash ? catalog->path : ".");
    return site_resolve(site, folder, file_read, err);
}

/* Machines trust the pin in the site document. If it is not the seed's, or only one of both has TLS, no machine could
 * connect; nor if the site wants newer certificates than the seed's. */
static int check_trust(const struct catalog *catalog, const struct site *site, struct error *err) {
    const char *wanted = site->seed_ca ? site->seed_ca : "";
    if (strcmp(wanted, catalog->tls->pin) != 0) {
        if (!catalog->tls->pin[0]) {
            error_set(err, EINVAL, "/network/seed_ca: the site wants TLS, and this seed has no certificate");
            return error_remedy(err, "start it with --pki and the folder that seedctl init made; or leave seed_ca out");
        }
        error_set(err, EINVAL, "/network/seed_ca: %s is not this seed's authority",
                  site->seed_ca ? site->seed_ca : "nothing");
        return error_remedy(err, "write \"seed_ca\": \"%s\" into `network`", catalog->tls->pin);
    }
    if (site->seed_ca && site->generation > catalog->tls->generation) {
        error_set(err, EINVAL, "/network/generation: %u, and the seed's certificate is of generation %u",
                  site->generation, catalog->tls->generation);
        return error_remedy(err, "first seedctl init --renew, and restart the seed with the new certificate");
    }
    return 0;
}

/* A site that parses is made ready, or refused. */
static int prepare(const struct catalog *catalog, struct site *site, struct buf *peers, struct error *err) {
    if (check_trust(catalog, site, err) < 0 || resolve(catalog, site, err) < 0 ||
        (catalog->guard && catalog->guard(catalog->guard_context, site, err) < 0))
        return -1;
    if (catalog->is_retired)
        site_set_aside(site, catalog->is_retired, catalog->retired_context);
    if (catalog->secrets && catalog->secrets(catalog->secrets_context, site, &site->secrets_ms, err) < 0)
        return -1;
    if (!releases_find(catalog->releases, site->release, err)) /* also where the cluster lives with another one still */
        return -1;
    return compose_peers(site, peers, err) < 0 ? -1 : check_roles(catalog, site, peers, err);
}

static int adopt(struct catalog *catalog, const struct buf *text, struct error *err) {
    struct site_errors *errors = calloc(1, sizeof(*errors));
    struct site *site = NULL;
    cleanup_free char(*etags)[CATALOG_ETAG_SIZE] = NULL;
    cleanup_buf struct buf peers = BUF_INIT(CATALOG_ROLE_MAX);
    if (!errors)
        return error_errno(err, ENOMEM, "read site");
    int r = site_parse(buf_text(text), text->length, &site, errors);
    if (r < 0) {
        error_set(err, EINVAL, "site `%s`: %s: %s (%zu problems in all)", catalog->path, errors->list[0].pointer,
                  errors->list[0].cause, errors->n);
        error_remedy(err, "%s", errors->list[0].remedy);
    } else if (prepare(catalog, site, &peers, err) < 0 || !(etags = calloc(site->n_nodes + 1, sizeof(*etags)))) {
        r = -1;
        if (!err->message[0])
            error_errno(err, ENOMEM, "read site");
        error_wrap(err, "site `%s`", catalog->path);
        site_free(site);
    } else {
        site_free(catalog->site);
        free(catalog->etags);
        catalog->site = site;
        catalog->etags = etags;
        etags = NULL;
        buf_free(&catalog->peers);
        catalog->peers = peers;
        peers = BUF_INIT(0);
        catalog->last_node = NULL;
        if (text != &catalog->good) {
            buf_clear(&catalog->good);
            buf_add(&catalog->good, buf_text(text), text->length);
        }
    }
    free(errors);
    return r;
}

/* Whether addons name files: then the same site document may give other roles. */
static bool names_files(const struct site *site) {
    for (size_t i = 0; site && i < site->n_addons; i++)
        if (site->addons[i].file)
            return true;
    return false;
}

int catalog_reload(struct catalog *catalog, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(JSON_MAXIMUM);
    if (file_read(catalog->path, &text, err) < 0)
        return err->errnum == ENOENT && catalog->site ? 0 : -1; /* between an editor's unlink and rename */
    if (catalog->text.data && !names_files(catalog->site) && text.length == catalog->text.length &&
        !memcmp(buf_text(&text), buf_text(&catalog->text), text.length))
        return 0;
    struct buf old = catalog->text;
    catalog->text = text;
    text = old;
    return adopt(catalog, &catalog->text, err) < 0 ? -1 : 1;
}

int catalog_open(const char *path, const struct releases *releases, const struct tls *tls, struct catalog **ret_catalog,
                 struct error *err) {
    struct catalog *catalog = calloc(1, sizeof(*catalog));
    if (!catalog)
        return error_errno(err, ENOMEM, "open catalog");
    catalog->path = path;
    catalog->releases = releases;
    catalog->tls = tls;
    catalog->text = BUF_INIT(JSON_MAXIMUM);
    catalog->good = BUF_INIT(JSON_MAXIMUM + 1);
    catalog->last = BUF_INIT(CATALOG_ROLE_MAX);
    if (catalog_reload(catalog, err) < 0) {
        catalog_close(catalog);
        return -1;
    }
    *ret_catalog = catalog;
    return 0;
}

void catalog_close(struct catalog *catalog) {
    if (!catalog)
        return;
    site_free(catalog->site);
    free(catalog->etags);
    buf_free(&catalog->peers);
    buf_free(&catalog->last);
    buf_free(&catalog->text);
    buf_free(&catalog->good);
    free(catalog);
}

void catalog_guard(struct catalog *catalog, catalog_guard_function *guard, void *context) {
    catalog->guard = guard;
    catalog->guard_context = context;
}

void catalog_set_aside(struct catalog *catalog, catalog_retired_function *is_retired, void *context) {
    catalog->is_retired = is_retired;
    catalog->retired_context = context;
}

void catalog_release(struct catalog *catalog, catalog_release_function *function, void *context) {
    catalog->release_of = function;
    catalog->release_context = context;
}

void catalog_secrets(struct catalog *catalog, catalog_secrets_function *look, void *context) {
    catalog->secrets = look;
    catalog->secrets_context = context;
}

void catalog_look_at_secrets(struct catalog *catalog) {
    struct error ignored;
    if (catalog->secrets)
        catalog->secrets(catalog->secrets_context, catalog->site, &catalog->site->secrets_ms, &ignored);
    catalog_forget_roles(catalog);
}

void catalog_forget_roles(struct catalog *catalog) {
    memset(catalog->etags, 0, (catalog->site->n_nodes + 1) * sizeof(*catalog->etags));
    catalog->last_node = NULL;
}

int catalog_role_with(const struct catalog *catalog, const struct site_node *node, const char *name,
                      struct buf *ret_json, char ret_etag[CATALOG_ETAG_SIZE], struct error *err) {
    const struct release *release = releases_find(catalog->releases, name, err);
    return !release || compose_role(catalog->site, release, node, buf_text(&catalog->peers), ret_json, err) < 0
               ? -1
               : catalog_digest(ret_json, ret_etag, err);
}

int catalog_again(struct catalog *catalog, struct error *err) {
    return adopt(catalog, &catalog->good, err);
}

const struct buf *catalog_text(const struct catalog *catalog) {
    return &catalog->good;
}

const struct site *catalog_site(const struct catalog *catalog) {
    return catalog->site;
}

static const struct site_node *catalog_find_first(const struct site *site, size_t n, const char *hostname) {
    for (size_t i = 0; i < n; i++)
        if (!strcmp(site->nodes[i].hostname, hostname))
            return &site->nodes[i];
    return NULL;
}

const struct site_node *catalog_find_hostname(const struct catalog *catalog, const char *hostname) {
    return catalog_find_first(catalog->site, catalog->site->n_nodes, hostname);
}

const struct site_node *catalog_find_named(const struct catalog *catalog, const char *hostname) {
    return catalog_find_first(catalog->site, catalog->site->n_nodes + catalog->site->n_retired, hostname);
}

int catalog_role(struct catalog *catalog, const struct site_node *node, const struct buf **ret_json,
                 const char **ret_etag, struct error *err) {
    char *etag = catalog->etags[node - catalog->site->nodes];
    if (catalog->last_node != node) {
        catalog->last_node = NULL;
        buf_clear(&catalog->last);
        const struct release *release = release_of(catalog, catalog->site, node, err);
        if (!release ||
            compose_role(catalog->site, release, node, buf_text(&catalog->peers), &catalog->last, err) < 0 ||
            (!etag[0] && catalog_digest(&catalog->last, etag, err) < 0))
            return -1;
        catalog->last_node = node;
    }
    *ret_json = &catalog->last;
    *ret_etag = etag;
    return 0;
}

const char *catalog_etag(struct catalog *catalog, const struct site_node *node, struct error *err) {
    const char *etag = catalog->etags[node - catalog->site->nodes];
    const struct buf *ignored;
    return etag[0] || catalog_role(catalog, node, &ignored, &etag, err) == 0 ? etag : NULL;
}
