/* SPDX-License-Identifier: Apache-2.0
 * See events.h. */
#include "events.h"

#include "sqlite.h"
#include "step_names.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct events {
    sqlite3 *db;
    sqlite3_stmt *insert, *insert_detail, *prune, *prune_details;
    struct event ring[EVENTS_RING]; /* event `id` at id % EVENTS_RING */
    int64_t said_ms[EVENTS_RING];   /* wall_ms of each, close together: each new event is looked for */
    int64_t first, last;            /* ids in the ring; none when last == 0 */
    size_t tails;                   /* bytes of all tails */
    int64_t tailed;                 /* id: no event before it has a tail */
    struct progress *nodes;
    size_t n_nodes;
};

static const struct sqlite_kind kind = {
    .application_id = 0x53524b45, /* "SRKE" */
    .version = 1,
    .schema = "CREATE TABLE events (id INTEGER PRIMARY KEY, hostname TEXT NOT NULL, step TEXT NOT NULL,"
              " state TEXT NOT NULL, message TEXT NOT NULL, seconds REAL NOT NULL, at_ms INTEGER NOT NULL,"
              " received_ms INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;",
    .later = "CREATE TABLE IF NOT EXISTS details (id INTEGER PRIMARY KEY, code TEXT NOT NULL, total INTEGER NOT NULL,"
             " wall_ms INTEGER NOT NULL, tail TEXT) STRICT;",
    .pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-256;"
               "PRAGMA journal_size_limit=1048576; PRAGMA temp_store=MEMORY;",
};

static struct progress *progress_of(struct events *events, const char *hostname) {
    for (size_t i = 0; i < events->n_nodes; i++)
        if (!strcmp(events->nodes[i].last.hostname, hostname))
            return &events->nodes[i];
    return NULL;
}

static void events_note(struct events *events, const struct event *event) {
    struct progress *p = progress_of(events, event->hostname);
    if (!p) {
        if (events->n_nodes >= EVENTS_NODES)
            return;
        struct progress *nodes = realloc(events->nodes, (events->n_nodes + 1) * sizeof(*nodes));
        if (!nodes)
            return;
        events->nodes = nodes;
        p = &nodes[events->n_nodes++];
        *p = (struct progress){.bytes = -1};
    }
    if (!p->first_ms || (p->ready && step_name_is_boot(step_name_find(event->step))))
        *p = (struct progress){.first_ms = event->received_ms, .bytes = -1};
    p->last = *event;
    p->last.tail = NULL;
    if (event->bytes >= 0)
        p->bytes = event->bytes;
    if (!strcmp(event->step, "ready") && !strcmp(event->state, "ready")) {
        if (!p->ready)
            p->ready_ms = event->received_ms;
        p->ready = true;
    }
}

static void drop_tail(struct events *events, struct event *event) {
    if (!event->tail)
        return;
    events->tails -= strlen(event->tail) + 1;
    free((char *)(uintptr_t)event->tail);
    event->tail = NULL;
}

static void events_keep(struct events *events, const struct event *event) {
    struct event *slot = &events->ring[event->id % EVENTS_RING];
    drop_tail(events, slot);
    *slot = *event;
    slot->tail = event->tail && event->tail[0] ? strdup(event->tail) : NULL;
    events->tails += slot->tail ? strlen(slot->tail) + 1 : 0;
    events->said_ms[event->id % EVENTS_RING] = event->wall_ms;
    events->last = event->id;
    if (!events->first)
        events->first = event->id;
    if (events->last - events->first >= EVENTS_RING)
        events->first = events->last - EVENTS_RING + 1;
    if (events->tailed < events->first)
        events->tailed = events->first;
    for (; events->tails > EVENTS_TAILS_MAX && events->tailed < events->last; events->tailed++)
        drop_tail(events, &events->ring[events->tailed % EVENTS_RING]);
    events_note(events, event);
}

static int events_load(struct events *events, struct error *err) {
    sqlite3_stmt *s = NULL;
    if (sqlite_prepare(events->db,
                       "SELECT id, hostname, step, state, message, seconds, at_ms, received_ms, bytes, code, "
                       "coalesce(total, -1), wall_ms, tail"
                       " FROM events LEFT JOIN details USING (id) WHERE id > (SELECT coalesce(max(id), 0) FROM events) "
                       "- ?1 ORDER BY id",
                       &s, err) < 0)
        return -1;
    sqlite3_bind_int64(s, 1, EVENTS_RING);
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        struct event e = {.id = sqlite3_column_int64(s, 0),
                          .seconds = sqlite3_column_double(s, 5),
                          .at_ms = sqlite3_column_int64(s, 6),
                          .received_ms = sqlite3_column_int64(s, 7),
                          .bytes = sqlite3_column_int64(s, 8),
                          .total = sqlite3_column_int64(s, 10),
                          .wall_ms = sqlite3_column_int64(s, 11),
                          .tail = sqlite_text(s, 12)};
        snprintf(e.hostname, sizeof(e.hostname), "%s", sqlite_text(s, 1));
        snprintf(e.step, sizeof(e.step), "%s", sqlite_text(s, 2));
        snprintf(e.state, sizeof(e.state), "%s", sqlite_text(s, 3));
        snprintf(e.message, sizeof(e.message), "%s", sqlite_text(s, 4));
        snprintf(e.code, sizeof(e.code), "%s", sqlite_text(s, 9));
        if (e.id > events->last)
            events_keep(events, &e);
    }
    int r = code == SQLITE_DONE ? 0 : sqlite_error(events->db, "load events", err);
    sqlite3_finalize(s);
    return r;
}

int events_open(const char *path, struct events **ret_events, struct error *err) {
    struct events *events = calloc(1, sizeof(*events));
    if (!events)
        return error_errno(err, ENOMEM, "open `%s`", path);
    if (sqlite_open(path, &kind, &events->db, err) < 0 ||
        sqlite_prepare(events->db, "INSERT OR REPLACE INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                       &events->insert, err) < 0 ||
        sqlite_prepare(events->db, "INSERT OR REPLACE INTO details VALUES (?1, ?2, ?3, ?4, ?5)", &events->insert_detail,
                       err) < 0 ||
        sqlite_prepare(events->db, "DELETE FROM events WHERE id <= ?1", &events->prune, err) < 0 ||
        sqlite_prepare(events->db, "DELETE FROM details WHERE id <= ?1", &events->prune_details, err) < 0 ||
        events_load(events, err) < 0) {
        events_close(events);
        return -1;
    }
    *ret_events = events;
    return 0;
}

void events_close(struct events *events) {
    if (!events)
        return;
    sqlite3_finalize(events->insert);
    sqlite3_finalize(events->insert_detail);
    sqlite3_finalize(events->prune);
    sqlite3_finalize(events->prune_details);
    sqlite3_close(events->db);
    for (size_t i = 0; i < EVENTS_RING; i++)
        free((char *)(uintptr_t)events->ring[i].tail);
    free(events->nodes);
    free(events);
}

static int insert_detail(struct events *events, const struct event *e, struct error *err) {
    sqlite3_stmt *s = events->insert_detail;
    sqlite3_bind_int64(s, 1, e->id);
    sqlite_bind_text(s, 2, e->code);
    sqlite3_bind_int64(s, 3, e->total);
    sqlite3_bind_int64(s, 4, e->wall_ms);
    sqlite3_bind_text(s, 5, e->tail, -1, SQLITE_TRANSIENT); /* NULL: none */
    return sqlite_run(events->db, s, "keep event", err);
}

static int prune(struct events *events, sqlite3_stmt *s, struct error *err) {
    sqlite3_bind_int64(s, 1, events->last - EVENTS_HISTORY);
    return sqlite_run(events->db, s, "prune events", err);
}

static int insert(struct events *events, const struct event *e, struct error *err) {
    sqlite3_stmt *s = events->insert;
    sqlite3_bind_int64(s, 1, e->id);
    sqlite_bind_text(s, 2, e->hostname);
    sqlite_bind_text(s, 3, e->step);
    sqlite_bind_text(s, 4, e->state);
    sqlite_bind_text(s, 5, e->message);
    sqlite3_bind_double(s, 6, e->seconds);
    sqlite3_bind_int64(s, 7, e->at_ms);
    sqlite3_bind_int64(s, 8, e->received_ms);
    sqlite3_bind_int64(s, 9, e->bytes);
    return sqlite_run(events->db, s, "keep event", err) < 0 ? -1 : insert_detail(events, e, err);
}

static int write_all(struct events *events, const struct event *list, size_t n, struct error *err) {
    if (sqlite_exec(events->db, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++)
        r = insert(events, &list[i], err);
    if (r == 0)
        r = prune(events, events->prune, err) < 0 || prune(events, events->prune_details, err) < 0 ? -1 : 0;
    if (r == 0)
        r = sqlite_exec(events->db, "COMMIT", err);
    if (r < 0)
        sqlite3_exec(events->db, "ROLLBACK", NULL, NULL, NULL);
    return r;
}

int events_add(struct events *events, struct event *list, size_t n, struct error *err) {
    for (size_t i = 0; i < n; i++) {
        list[i].id = events->last + 1;
        events_keep(events, &list[i]);
    }
    return n ? write_all(events, list, n, err) : 0;
}

static bool is_same(const struct event *a, const struct event *b) {
    return a->at_ms == b->at_ms && a->wall_ms == b->wall_ms && a->bytes == b->bytes && a->total == b->total &&
           !strcmp(a->hostname, b->hostname) && !strcmp(a->step, b->step) && !strcmp(a->state, b->state) &&
           !strcmp(a->message, b->message) && !strcmp(a->code, b->code);
}

bool events_has(const struct events *events, const struct event *event) {
    for (size_t i = 0; event->wall_ms && i < EVENTS_RING; i++)
        if (events->said_ms[i] == event->wall_ms && is_same(&events->ring[i], event))
            return true;
    return false;
}

int64_t events_first(const struct events *events) {
    return events->last ? events->first : 0;
}

int64_t events_last(const struct events *events) {
    return events->last;
}

const struct event *events_after(const struct events *events, int64_t since) {
    int64_t id = since < events->first - 1 ? events->first : since + 1;
    for (; events->last && id <= events->last; id++) /* ids may have gaps where the disk was full */
        if (events->ring[id % EVENTS_RING].id == id)
            return &events->ring[id % EVENTS_RING];
    return NULL;
}

const struct progress *events_progress(const struct events *events, const char *hostname) {
    return progress_of((struct events *)events, hostname);
}

void events_reset(struct events *events, const char *hostname) {
    struct progress *p = progress_of(events, hostname);
    if (!p)
        return;
    p->ready = false;
    p->first_ms = p->ready_ms = 0;
    p->bytes = -1;
}
