/* SPDX-License-Identifier: Apache-2.0
 * See sqlite.h. */
#include "sqlite.h"

#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int sqlite_error(sqlite3 *db, const char *what, struct error *err) {
    int code = sqlite3_errcode(db) & 0xff;
    if (code == SQLITE_FULL) {
        error_set(err, ENOSPC, "%s: %s", what, sqlite3_errmsg(db));
        return error_remedy(err, "free space on the file system that holds the state folder");
    }
    error_set(err, EIO, "%s: %s (SQLite code %d)", what, sqlite3_errmsg(db), sqlite3_extended_errcode(db));
    return error_remedy(err, "check the disk that holds the state folder");
}

int sqlite_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement, struct error *err) {
    return sqlite3_prepare_v2(db, sql, -1, ret_statement, NULL) == SQLITE_OK ? 0 : sqlite_error(db, sql, err);
}

int sqlite_run(sqlite3 *db, sqlite3_stmt *statement, const char *what, struct error *err) {
    int code = sqlite3_step(statement);
    int r = code == SQLITE_DONE ? 0 : sqlite_error(db, what, err);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return r;
}

int sqlite_exec(sqlite3 *db, const char *sql, struct error *err) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sqlite_error(db, sql, err);
}

/* The first column of the first row. */
static int query_int(sqlite3 *db, const char *sql, int *ret, struct error *err) {
    sqlite3_stmt *s = NULL;
    if (sqlite_prepare(db, sql, &s, err) < 0)
        return -1;
    int r = sqlite3_step(s) == SQLITE_ROW ? 0 : sqlite_error(db, sql, err);
    if (r == 0)
        *ret = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return r;
}

static int quick_check(sqlite3 *db, struct error *err) {
    sqlite3_stmt *s = NULL;
    if (sqlite_prepare(db, "PRAGMA quick_check(1)", &s, err) < 0)
        return -1;
    int r = 0;
    if (sqlite3_step(s) != SQLITE_ROW)
        r = sqlite_error(db, "quick_check", err);
    else if (strcmp(sqlite_text(s, 0), "ok"))
        r = error_set(err, EIO, "quick_check: %s", sqlite_text(s, 0));
    sqlite3_finalize(s);
    return r;
}

/* All tables at once: a file without the later ones is an older version's. */
static int sqlite_make(sqlite3 *db, const struct sqlite_kind *kind, struct error *err) {
    char marks[128];
    snprintf(marks, sizeof(marks), "PRAGMA application_id=%d; PRAGMA user_version=%d;", kind->application_id,
             kind->version);
    if (sqlite_exec(db, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    if (sqlite_exec(db, kind->schema, err) < 0 || (kind->later && sqlite_exec(db, kind->later, err) < 0) ||
        sqlite_exec(db, marks, err) < 0 || sqlite_exec(db, "COMMIT", err) < 0) {
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        return error_wrap(err, "make tables");
    }
    return 0;
}

static int sqlite_check(sqlite3 *db, const struct sqlite_kind *kind, struct error *err) {
    int id, version, tables;
    if (query_int(db, "PRAGMA application_id", &id, err) < 0 ||
        query_int(db, "PRAGMA user_version", &version, err) < 0 ||
        query_int(db, "SELECT count(*) FROM sqlite_master", &tables, err) < 0 || quick_check(db, err) < 0)
        return -1;
    if (id == 0 && version == 0 && tables == 0)
        return sqlite_make(db, kind, err);
    if (id != kind->application_id)
        return error_set(err, EINVAL, "this SQLite file belongs to another program (application_id %d)", id);
    if (version != kind->version) {
        error_set(err, EINVAL, "user_version is %d; this seed-server writes %d", version, kind->version);
        return error_remedy(err, "run the seed-server that made the file");
    }
    return 0;
}

static int sync_file(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int result = fd < 0 || fsync(fd) < 0 ? -1 : 0;
    if (fd >= 0)
        close(fd);
    return result;
}

/* Statements that add what a newer version needs, in one transaction, after a copy of the file was kept: PATH.before,
 * of the version that wrote it. */
static int sqlite_grow(sqlite3 *db, const char *path, const struct sqlite_kind *kind, struct error *err) {
    char question[128], *keep;
    int there = 1;
    snprintf(question, sizeof(question), "SELECT count(*) FROM sqlite_master WHERE name = '%s'",
             kind->newest ? kind->newest : "");
    if (kind->newest && query_int(db, question, &there, err) < 0)
        return -1;
    if (!there) {
        char copy[PATH_MAX];
        if (snprintf(copy, sizeof(copy), "%s.before", path) >= (int)sizeof(copy))
            return error_errno(err, ENAMETOOLONG, "`%s`", path);
        unlink(copy);
        keep = sqlite3_mprintf("VACUUM INTO %Q", copy);
        int r = keep ? sqlite_exec(db, keep, err) : error_errno(err, ENOMEM, "keep a copy");
        sqlite3_free(keep);
        if (r < 0 && err->errnum != ENOSPC)
            return error_wrap(err, "keep a copy `%s`", copy);
        if (r < 0) { /* what follows only adds tables */
            log_warning("no room for a copy of `%s`: %s", path, err->message);
            *err = (struct error){0};
            unlink(copy);
        } else if (chmod(copy, 0600) < 0 || sync_file(copy) < 0) {
            return error_errno(err, errno, "`%s`", copy);
        } else {
            log_info("`%s` was written by an older version; a copy of it is `%s`", path, copy);
        }
    }
    if (sqlite_exec(db, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    if (sqlite_exec(db, kind->later, err) < 0 || sqlite_exec(db, "COMMIT", err) < 0) {
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        return error_wrap(err, "add tables");
    }
    return 0;
}

int sqlite_open(const char *path, const struct sqlite_kind *kind, sqlite3 **ret_db, struct error *err) {
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int r = sqlite3_open_v2(path, &db, flags, NULL);
    if (!db)
        return error_errno(err, ENOMEM, "open `%s`", path);
    if (r != SQLITE_OK)
        sqlite_error(db, "open", err);
    else if (sqlite_check(db, kind, err) < 0 || sqlite_exec(db, kind->pragmas, err) < 0 ||
             (kind->later && sqlite_grow(db, path, kind, err) < 0))
        r = SQLITE_ERROR;
    if (r != SQLITE_OK) {
        sqlite3_close(db);
        error_wrap(err, "open `%s`", path);
        if (err->errnum == EIO) /* remedy of a damaged file: restore it, never guess */
            err->remedy[0] = '\0';
        return error_remedy(err,
                            "restore this file from a backup; docs/restore.md says how, and what to do without one");
    }
    *ret_db = db;
    return 0;
}
