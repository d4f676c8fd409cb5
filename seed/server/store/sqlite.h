/* SPDX-License-Identifier: Apache-2.0
 * Opens SQLite files of this program: undamaged and of the version that it writes. Runs statements with an error
 * object. */
#pragma once
#include "error.h"
#include <sqlite3.h>

struct sqlite_kind {
    const char *schema; /* makes the tables in a new file */
    const char *later;  /* adds what an older file of this version lacks; NULL: nothing. Formats only grow */
    const char
        *newest; /* the table that `later` added last: a file without it gets a copy PATH.before; NULL: no copy */
    const char *pragmas; /* for every connection */
    int application_id;  /* distinguishes the program's files from others */
    int version;         /* user_version; a file with another one is refused */
};

/* The caller closes *ret_db with sqlite3_close(). */
int sqlite_open(const char *path, const struct sqlite_kind *kind, sqlite3 **ret_db, struct error *err);

/* Sets the error to SQLite's message; ENOSPC when the disk is full, else EIO. Always -1. */
int sqlite_error(sqlite3 *db, const char *what, struct error *err);

int sqlite_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement, struct error *err);

/* Steps a statement that returns no rows, resets it and clears what was bound. */
int sqlite_run(sqlite3 *db, sqlite3_stmt *statement, const char *what, struct error *err);
int sqlite_exec(sqlite3 *db, const char *sql, struct error *err);

static inline void sqlite_bind_text(sqlite3_stmt *s, int index, const char *text) {
    sqlite3_bind_text(s, index, text, -1, SQLITE_TRANSIENT);
}
static inline const char *sqlite_text(sqlite3_stmt *s, int column) {
    const unsigned char *text = sqlite3_column_text(s, column);
    return text ? (const char *)text : "";
}
