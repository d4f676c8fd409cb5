/* SPDX-License-Identifier: Apache-2.0
 * The store in one SQLite file. synchronous=FULL: in WAL mode NORMAL may lose committed transactions at power loss, and
 * a forgotten reservation could start a second cluster. */
#include "store.h"

#include "json.h"
#include "sqlite.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store_sqlite {
    struct store store;
    sqlite3 *db;
    sqlite3_stmt *load_record, *swap_record, *load_claims, *put_claim, *mark_claim, *drop_claim, *load_wipes, *put_wipe,
        *load_tip, *put_tip, *load_release, *put_release, *load_site, *put_site, *load_maintenance, *swap_maintenance;
};

/* The checkpoint in the pragmas: a process that was killed between write and fsync leaves a transaction that this
 * process would read, and that a power cut could still take away. The checkpoint makes it durable before anybody acts
 * on it. */
static const struct sqlite_kind kind = {
    .application_id = 0x53524b31, /* "SRK1" */
    .version = 1,
    .schema = "CREATE TABLE lock (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, state TEXT NOT NULL,"
              " epoch INTEGER NOT NULL, token INTEGER NOT NULL, holder TEXT NOT NULL, ca_hash TEXT NOT NULL) STRICT;"
              "INSERT INTO lock VALUES (1, 1, 'EMPTY', 1, 0, '', '');"
              "CREATE TABLE claims (mac TEXT PRIMARY KEY, claim TEXT NOT NULL UNIQUE, uuid TEXT NOT NULL,"
              " serial TEXT NOT NULL, key TEXT NOT NULL, claimed_ms INTEGER NOT NULL) STRICT;",
    .later =
        "CREATE TABLE IF NOT EXISTS wipes (nonce TEXT PRIMARY KEY, hostname TEXT NOT NULL, serial TEXT NOT NULL,"
        " wwn TEXT NOT NULL, state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2)) STRICT;"
        "CREATE TABLE IF NOT EXISTS marks (claim TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (claim, mark)) STRICT;"
        "CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY CHECK (id = 1), n INTEGER NOT NULL, hash TEXT NOT "
        "NULL)"
        " STRICT;"
        "CREATE TABLE IF NOT EXISTS releases (epoch INTEGER PRIMARY KEY, release TEXT NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS maintenance (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL,"
        " record TEXT NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS sites (epoch INTEGER PRIMARY KEY, site TEXT NOT NULL) STRICT;"
        "DELETE FROM marks WHERE claim NOT IN (SELECT claim FROM claims);",
    .newest = "sites",
    .pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-256;"
               "PRAGMA journal_size_limit=1048576; PRAGMA temp_store=MEMORY; PRAGMA wal_checkpoint(TRUNCATE);",
};

static void close_sqlite(struct store *store) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    sqlite3_finalize(s->load_record);
    sqlite3_finalize(s->swap_record);
    sqlite3_finalize(s->load_claims);
    sqlite3_finalize(s->put_claim);
    sqlite3_finalize(s->mark_claim);
    sqlite3_finalize(s->drop_claim);
    sqlite3_finalize(s->load_wipes);
    sqlite3_finalize(s->put_wipe);
    sqlite3_finalize(s->load_tip);
    sqlite3_finalize(s->put_tip);
    sqlite3_finalize(s->load_release);
    sqlite3_finalize(s->put_release);
    sqlite3_finalize(s->load_site);
    sqlite3_finalize(s->put_site);
    sqlite3_finalize(s->load_maintenance);
    sqlite3_finalize(s->swap_maintenance);
    sqlite3_close(s->db);
    free(s);
}

static int load_record(struct store *store, struct bootstrap_record *ret_record, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    struct bootstrap_record record = {0};
    int r = 0;
    if (sqlite3_step(s->load_record) != SQLITE_ROW) {
        r = sqlite_error(s->db, "load bootstrap record", err);
    } else {
        record.version = sqlite3_column_int64(s->load_record, 0);
        bool known = record_state_parse(sqlite_text(s->load_record, 1), &record.state);
        record.epoch = sqlite3_column_int64(s->load_record, 2);
        record.token = sqlite3_column_int64(s->load_record, 3);
        snprintf(record.holder, sizeof(record.holder), "%s", sqlite_text(s->load_record, 4));
        snprintf(record.ca_hash, sizeof(record.ca_hash), "%s", sqlite_text(s->load_record, 5));
        if (!known || !record_valid(&record)) {
            r = error_set(err, EIO, "bootstrap record: the stored row makes no sense");
            error_remedy(err, "restore seed.sqlite from a backup");
        }
    }
    sqlite3_reset(s->load_record);
    if (r == 0)
        *ret_record = record;
    return r;
}

static void bind_lock(sqlite3_stmt *s, int at, const struct bootstrap_record *record) {
    sqlite3_bind_int64(s, at, record->version);
    sqlite_bind_text(s, at + 1, record_state_name(record->state));
    sqlite3_bind_int64(s, at + 2, record->epoch);
    sqlite3_bind_int64(s, at + 3, record->token);
    sqlite_bind_text(s, at + 4, record->holder);
    sqlite_bind_text(s, at + 5, record->ca_hash);
}

static int swap_record(struct store *store, const struct bootstrap_record *old, const struct bootstrap_record *next,
                       struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    bind_lock(s->swap_record, 1, next);
    bind_lock(s->swap_record, 7, old);
    if (sqlite_run(s->db, s->swap_record, "keep bootstrap record", err) < 0)
        return -1;
    return sqlite3_changes(s->db) == 1 ? 0 : 1;
}

static int load_claims(struct store *store, int (*each)(void *, const struct store_claim *), void *context,
                       struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    int code, r = 0;
    while (r == 0 && (code = sqlite3_step(s->load_claims)) == SQLITE_ROW) {
        struct store_claim claim = {.claimed_ms = sqlite3_column_int64(s->load_claims, 5),
                                    .kept = sqlite3_column_int(s->load_claims, 6),
                                    .approved = sqlite3_column_int(s->load_claims, 7),
                                    .denied = sqlite3_column_int(s->load_claims, 8),
                                    .contested = sqlite3_column_int(s->load_claims, 9),
                                    .rebinds = (unsigned)sqlite3_column_int(s->load_claims, 10),
                                    .retired = sqlite3_column_int(s->load_claims, 12)};
        snprintf(claim.mac, sizeof(claim.mac), "%s", sqlite_text(s->load_claims, 0));
        snprintf(claim.claim, sizeof(claim.claim), "%s", sqlite_text(s->load_claims, 1));
        snprintf(claim.uuid, sizeof(claim.uuid), "%s", sqlite_text(s->load_claims, 2));
        snprintf(claim.serial, sizeof(claim.serial), "%s", sqlite_text(s->load_claims, 3));
        snprintf(claim.key, sizeof(claim.key), "%s", sqlite_text(s->load_claims, 4));
        const char *replaced = sqlite_text(s->load_claims, 11);
        for (size_t i = 0; i < CLAIM_REBINDS_MAX && strlen(replaced) >= (i + 1) * (STORE_KEY_SIZE - 1); i++)
            memcpy(claim.replaced[i], replaced + i * (STORE_KEY_SIZE - 1), STORE_KEY_SIZE - 1);
        if (each(context, &claim) < 0)
            r = error_errno(err, ENOMEM, "load claims");
    }
    if (r == 0 && code != SQLITE_DONE)
        r = sqlite_error(s->db, "load claims", err);
    sqlite3_reset(s->load_claims);
    return r;
}

static int put_claim(struct store *store, const struct store_claim *claim, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    sqlite_bind_text(s->put_claim, 1, claim->mac);
    sqlite_bind_text(s->put_claim, 2, claim->claim);
    sqlite_bind_text(s->put_claim, 3, claim->uuid);
    sqlite_bind_text(s->put_claim, 4, claim->serial);
    sqlite_bind_text(s->put_claim, 5, claim->key);
    sqlite3_bind_int64(s->put_claim, 6, claim->claimed_ms);
    return sqlite_run(s->db, s->put_claim, "keep claim", err);
}

static int mark_claim(struct store *store, const char *claim, const char *mark, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    sqlite_bind_text(s->mark_claim, 1, claim);
    sqlite_bind_text(s->mark_claim, 2, mark);
    return sqlite_run(s->db, s->mark_claim, "mark claim", err);
}

static int drop_claim(struct store *store, const char *mac, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    sqlite_bind_text(s->drop_claim, 1, mac);
    return sqlite_run(s->db, s->drop_claim, "drop claim", err);
}

static int load_wipes(struct store *store, int (*each)(void *, const struct wipe *), void *context, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    int code, r = 0;
    while (r == 0 && (code = sqlite3_step(s->load_wipes)) == SQLITE_ROW) {
        struct wipe wipe = {.state = (enum wipe_state)sqlite3_column_int(s->load_wipes, 4)};
        snprintf(wipe.nonce, sizeof(wipe.nonce), "%s", sqlite_text(s->load_wipes, 0));
        snprintf(wipe.hostname, sizeof(wipe.hostname), "%s", sqlite_text(s->load_wipes, 1));
        snprintf(wipe.serial, sizeof(wipe.serial), "%s", sqlite_text(s->load_wipes, 2));
        snprintf(wipe.wwn, sizeof(wipe.wwn), "%s", sqlite_text(s->load_wipes, 3));
        if (each(context, &wipe) < 0)
            r = error_errno(err, ENOMEM, "load receipts of wipes");
    }
    if (r == 0 && code != SQLITE_DONE)
        r = sqlite_error(s->db, "load receipts of wipes", err);
    sqlite3_reset(s->load_wipes);
    return r;
}

static int put_wipe(struct store *store, const struct wipe *wipe, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    sqlite_bind_text(s->put_wipe, 1, wipe->nonce);
    sqlite_bind_text(s->put_wipe, 2, wipe->hostname);
    sqlite_bind_text(s->put_wipe, 3, wipe->serial);
    sqlite_bind_text(s->put_wipe, 4, wipe->wwn);
    sqlite3_bind_int(s->put_wipe, 5, wipe->state);
    return sqlite_run(s->db, s->put_wipe, "keep receipt of a wipe", err);
}

static int load_tip(struct store *store, struct audit_tip *ret_tip, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    int code = sqlite3_step(s->load_tip), r = 0;
    *ret_tip = AUDIT_TIP_INIT;
    if (code == SQLITE_ROW) {
        ret_tip->n = (uint64_t)sqlite3_column_int64(s->load_tip, 0);
        snprintf(ret_tip->hash, sizeof(ret_tip->hash), "%s", sqlite_text(s->load_tip, 1));
    } else if (code != SQLITE_DONE) {
        r = sqlite_error(s->db, "load the audit log's end", err);
    }
    sqlite3_reset(s->load_tip);
    return r;
}

static int put_tip(struct store *store, const struct audit_tip *tip, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    sqlite3_bind_int64(s->put_tip, 1, (sqlite3_int64)tip->n);
    sqlite_bind_text(s->put_tip, 2, tip->hash);
    return sqlite_run(s->db, s->put_tip, "keep the audit log's end", err);
}

static int load_release(struct store *store, int64_t epoch, char ret[static STORE_RELEASE_SIZE], struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    sqlite3_bind_int64(s->load_release, 1, epoch);
    int code = sqlite3_step(s->load_release), r = 0;
    ret[0] = '\0';
    if (code == SQLITE_ROW)
        snprintf(ret, STORE_RELEASE_SIZE, "%s", sqlite_text(s->load_release, 0));
    else if (code != SQLITE_DONE)
        r = sqlite_error(s->db, "load the cluster's release", err);
    sqlite3_reset(s->load_release);
    return r;
}

static int put_release(struct store *store, int64_t epoch, const char *release, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    sqlite3_bind_int64(s->put_release, 1, epoch);
    sqlite_bind_text(s->put_release, 2, release);
    return sqlite_run(s->db, s->put_release, "keep the cluster's release", err);
}

static int load_site(struct store *store, int64_t epoch, struct buf *ret, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    sqlite3_bind_int64(s->load_site, 1, epoch);
    int code = sqlite3_step(s->load_site), r = 0;
    if (code == SQLITE_ROW)
        buf_adds(ret, sqlite_text(s->load_site, 0));
    else if (code != SQLITE_DONE)
        r = sqlite_error(s->db, "load the cluster's site document", err);
    sqlite3_reset(s->load_site);
    return r == 0 && buf_failed(ret) ? error_set(err, EFBIG, "the cluster's site document is too large") : r;
}

static int put_site(struct store *store, int64_t epoch, const char *text, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    sqlite3_bind_int64(s->put_site, 1, epoch);
    sqlite_bind_text(s->put_site, 2, text);
    return sqlite_run(s->db, s->put_site, "keep the cluster's site document", err);
}

static int load_maintenance(struct store *store, struct maintenance *ret, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    int code = sqlite3_step(s->load_maintenance), r = 0;
    *ret = maintenance_initial();
    if (code == SQLITE_ROW) {
        const char *text = sqlite_text(s->load_maintenance, 0);
        cleanup_json cJSON *tree = NULL;
        r = json_parse(text, strlen(text), &tree, err) < 0 ? -1 : maintenance_parse(tree, ret, err);
        if (r < 0)
            error_remedy(err, "restore seed.sqlite from a backup");
    } else if (code != SQLITE_DONE) {
        r = sqlite_error(s->db, "load maintenance record", err);
    }
    sqlite3_reset(s->load_maintenance);
    return r;
}

static int swap_maintenance(struct store *store, const struct maintenance *old, const struct maintenance *next,
                            struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    cleanup_buf struct buf text = BUF_INIT(MAINTENANCE_JSON_MAX);
    maintenance_json(next, &text);
    if (buf_failed(&text) || !text.length)
        return error_errno(err, ENOMEM, "keep maintenance record");
    sqlite3_bind_int64(s->swap_maintenance, 1, next->version);
    sqlite_bind_text(s->swap_maintenance, 2, buf_text(&text));
    sqlite3_bind_int64(s->swap_maintenance, 3, old->version);
    if (sqlite_run(s->db, s->swap_maintenance, "keep maintenance record", err) < 0)
        return -1;
    return sqlite3_changes(s->db) == 1 ? 0 : 1;
}

static int copy_store(struct store *store, const char *path, struct error *err) {
    struct store_sqlite *s = (struct store_sqlite *)store;
    char *statement = sqlite3_mprintf("VACUUM INTO %Q", path);
    int code = statement ? sqlite3_exec(s->db, statement, NULL, NULL, NULL) : SQLITE_NOMEM;
    sqlite3_free(statement);
    return code == SQLITE_OK
               ? 0
               : error_set(err, code == SQLITE_FULL ? ENOSPC : EIO, "copy to `%s`: %s", path, sqlite3_errmsg(s->db));
}

static const struct store_ops ops = {
    .load_record = load_record,
    .swap_record = swap_record,
    .load_claims = load_claims,
    .put_claim = put_claim,
    .mark_claim = mark_claim,
    .drop_claim = drop_claim,
    .load_wipes = load_wipes,
    .put_wipe = put_wipe,
    .load_tip = load_tip,
    .put_tip = put_tip,
    .load_release = load_release,
    .put_release = put_release,
    .load_site = load_site,
    .copy = copy_store,
    .put_site = put_site,
    .load_maintenance = load_maintenance,
    .swap_maintenance = swap_maintenance,
    .close = close_sqlite,
};

int store_open_sqlite(const char *path, struct store **ret_store, struct error *err) {
    struct store_sqlite *s = calloc(1, sizeof(*s));
    if (!s)
        return error_errno(err, ENOMEM, "open `%s`", path);
    s->store.ops = &ops;
    if (sqlite_open(path, &kind, &s->db, err) < 0 ||
        sqlite_prepare(s->db, "SELECT version, state, epoch, token, holder, ca_hash FROM lock WHERE id = 1",
                       &s->load_record, err) < 0 ||
        sqlite_prepare(s->db,
                       "UPDATE lock SET version = ?1, state = ?2, epoch = ?3, token = ?4, holder = ?5, ca_hash = ?6"
                       " WHERE id = 1 AND version = ?7 AND state = ?8 AND epoch = ?9 AND token = ?10"
                       " AND holder = ?11 AND ca_hash = ?12",
                       &s->swap_record, err) < 0 ||
        sqlite_prepare(s->db,
                       "SELECT mac, claim, uuid, serial, key, claimed_ms, (claim, 'settled') IN marks, (claim, "
                       "'approved') IN marks,"
                       " (claim, 'denied') IN marks, (claim, 'contested') IN marks,"
                       " (SELECT max(substr(mark, 9)) FROM marks WHERE marks.claim = claims.claim AND mark GLOB "
                       "'rebound-[1-9]'),"
                       " (SELECT group_concat(substr(mark, 10), '') FROM marks WHERE marks.claim = claims.claim AND"
                       " mark GLOB 'replaced-*' AND length(mark) = 73), (claim, 'retired') IN marks FROM claims"
                       " ORDER BY mac",
                       &s->load_claims, err) < 0 ||
        sqlite_prepare(s->db, "INSERT OR REPLACE INTO claims VALUES (?1, ?2, ?3, ?4, ?5, ?6)", &s->put_claim, err) <
            0 ||
        sqlite_prepare(s->db, "INSERT OR IGNORE INTO marks VALUES (?1, ?2)", &s->mark_claim, err) < 0 ||
        sqlite_prepare(s->db, "DELETE FROM claims WHERE mac = ?1", &s->drop_claim, err) < 0 ||
        sqlite_prepare(s->db, "SELECT nonce, hostname, serial, wwn, state FROM wipes ORDER BY nonce", &s->load_wipes,
                       err) < 0 ||
        sqlite_prepare(s->db, "INSERT OR REPLACE INTO wipes VALUES (?1, ?2, ?3, ?4, ?5)", &s->put_wipe, err) < 0 ||
        sqlite_prepare(s->db, "SELECT n, hash FROM audit WHERE id = 1", &s->load_tip, err) < 0 ||
        sqlite_prepare(s->db, "INSERT OR REPLACE INTO audit VALUES (1, ?1, ?2)", &s->put_tip, err) < 0 ||
        sqlite_prepare(s->db, "SELECT release FROM releases WHERE epoch <= ?1 ORDER BY epoch DESC LIMIT 1",
                       &s->load_release, err) < 0 ||
        sqlite_prepare(s->db, "INSERT OR REPLACE INTO releases VALUES (?1, ?2)", &s->put_release, err) < 0 ||
        sqlite_prepare(s->db, "SELECT site FROM sites WHERE epoch <= ?1 ORDER BY epoch DESC LIMIT 1", &s->load_site,
                       err) < 0 ||
        sqlite_prepare(s->db, "INSERT OR REPLACE INTO sites VALUES (?1, ?2)", &s->put_site, err) < 0 ||
        sqlite_prepare(s->db, "SELECT record FROM maintenance WHERE id = 1", &s->load_maintenance, err) < 0 ||
        sqlite_prepare(
            s->db,
            "INSERT INTO maintenance VALUES (1, ?1, ?2) ON CONFLICT (id) DO UPDATE SET version = ?1, record ="
            " ?2 WHERE version = ?3",
            &s->swap_maintenance, err) < 0) {
        close_sqlite(&s->store);
        return -1;
    }
    *ret_store = &s->store;
    return 0;
}
