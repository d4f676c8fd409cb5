/* SPDX-License-Identifier: Apache-2.0
 * Which master makes the next backup of the cluster, and when. Pure; seed/server/state/backups.c keeps the archives. */
#pragma once
#include "backup_id.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    BACKUP_PATIENCE_MS = 30 * 60 * 1000, /* one that is not there by then is another master's */
    BACKUP_AGAIN_MS = 5 * 60 * 1000      /* after one that failed */
};

struct backup_duty {
    int64_t newest_ms; /* wall clock: when the newest archive was made; 0: there is none */
    int64_t begun_ms;  /* when the present one, or the last that failed, was begun; 0: never */
    char holder[64];   /* who makes one now; "": nobody */
    bool wanted;       /* the operator wants one now */
    int64_t named_ms;  /* the time in the name of the last */
    char name[BACKUP_NAME_SIZE], before[BACKUP_NAME_SIZE]; /* of the backup that was asked for last, and before it */
    char problem[256];                                     /* why the last one failed; "": it did not */
};

/* Whether the master makes one now; then it is the holder until it is done or failed. */
bool backup_duty_take(struct backup_duty *duty, int64_t every_ms, const char *hostname, int64_t now_ms);

/* The name of the backup that is made now. Only what was asked for is taken: any master could make archives and push
 * the good ones out. */
void backup_duty_name(struct backup_duty *duty, int64_t now_ms);
bool backup_duty_expects(const struct backup_duty *duty, const char *name, const char *hostname);

/* It is kept. And: it failed. False: the master is not the holder; a late archive counts all the same. */
void backup_duty_done(struct backup_duty *duty, int64_t made_ms);
bool backup_duty_failed(struct backup_duty *duty, const char *hostname, const char *problem, int64_t now_ms);

/* A further place where the newest backup goes: a folder, a bucket. */
struct backup_trip {
    char name[BACKUP_NAME_SIZE]; /* of the backup that was sent last; "": none */
    int64_t begun_ms;            /* wall clock */
    bool under_way;
    char problem[256]; /* why it did not arrive; "": it did, or is under way for the first time */
};

/* Whether the backup is sent there now; then it is under way until backup_trip_end(). One that failed is sent again
 * after BACKUP_AGAIN_MS, one whose sender is silent after BACKUP_PATIENCE_MS. */
bool backup_trip_begin(struct backup_trip *trip, const char *name, int64_t now_ms);

/* `problem` "": it arrived. A word on another backup than the one under way counts for nothing: false. */
bool backup_trip_end(struct backup_trip *trip, const char *name, const char *problem);
