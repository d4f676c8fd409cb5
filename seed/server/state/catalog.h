/* SPDX-License-Identifier: Apache-2.0
 * The site document, and the role document of every machine in it. A changed site file replaces the whole catalog; a
 * bad one changes nothing. */
#pragma once
#include "buf.h"
#include "error.h"
#include "releases.h"
#include "site/site.h"
#include "tls.h"
#include <stdbool.h>

enum { CATALOG_ROLE_MAX = 1 << 20, CATALOG_ETAG_SIZE = 67 };

struct catalog;

/* Reads the site document and checks that every role can be composed. Borrowed: `path`, `releases`, and `tls`, the
 * seed's authority and certificate, empty without TLS. A site with another pin, or that wants a higher generation than
 * the certificate's, is a bad site. */
int catalog_open(const char *path, const struct releases *releases, const struct tls *tls, struct catalog **ret_catalog,
                 struct error *err);
void catalog_close(struct catalog *catalog);

/* From now on a site that `guard` refuses is a bad one, whose error is reported. */
typedef int catalog_guard_function(void *context, const struct site *site, struct error *err);
void catalog_guard(struct catalog *catalog, catalog_guard_function *guard, void *context);

/* From now on nodes for which `is_retired` is true are set aside (site_set_aside()), at the next reading too. */
typedef bool catalog_retired_function(const struct site_node *node, void *context);
void catalog_set_aside(struct catalog *catalog, catalog_retired_function *is_retired, void *context);

/* Takes the present site document once more: who is retired may have changed. */
int catalog_again(struct catalog *catalog, struct error *err);

/* From now on a node's machine has the release that `release_of` names; NULL of it, or no function: the site's. */
typedef const char *catalog_release_function(const struct site_node *node, void *context);
void catalog_release(struct catalog *catalog, catalog_release_function *release_of, void *context);

/* From now on `look` says when the newest secret that the site's registries name was set, 0 for none; -1: one of them
 * is not there. Then a site that newly names it is a bad one, whose error is reported. */
typedef int catalog_secrets_function(void *context, const struct site *site, int64_t *ret_ms, struct error *err);
void catalog_secrets(struct catalog *catalog, catalog_secrets_function *look, void *context);

/* A secret was set or removed: the role documents say so. */
void catalog_look_at_secrets(struct catalog *catalog);

/* Roles are composed anew when they are asked for: a machine may have another release. */
void catalog_forget_roles(struct catalog *catalog);

/* Appends the node's role document with that release; ret_etag: its ETag. */
int catalog_role_with(const struct catalog *catalog, const struct site_node *node, const char *release,
                      struct buf *ret_json, char ret_etag[CATALOG_ETAG_SIZE], struct error *err);

/* The text of that site. */
const struct buf *catalog_text(const struct catalog *catalog);

/* Reads the site file again. 1: it is new and good; 0: nothing changed; -1: it is bad. The same bad content is reported
 * only once. */
int catalog_reload(struct catalog *catalog, struct error *err);

/* The site and its nodes stay valid until the next catalog_reload() that returns 1, or catalog_again(). */
const struct site *catalog_site(const struct catalog *catalog);
const struct site_node *catalog_find_hostname(const struct catalog *catalog, const char *hostname);

/* The same among those, and then among those that are retired. */
const struct site_node *catalog_find_named(const struct catalog *catalog, const char *hostname);

/* The node's role document and its ETag, `"<sha256>"` with the quotes. Both are the catalog's: the document is valid
 * until the next call for another node. It is composed at the first call after a change of the site. */
int catalog_role(struct catalog *catalog, const struct site_node *node, const struct buf **ret_json,
                 const char **ret_etag, struct error *err);

/* The ETag alone; NULL with err. */
const char *catalog_etag(struct catalog *catalog, const struct site_node *node, struct error *err);
