/* SPDX-License-Identifier: Apache-2.0
 * The state machine of the maintenance record: which machine of a living cluster may be worked on now. One order at a
 * time, one machine at a time; nothing expires, since a machine in the middle of its work is down whatever a clock
 * says. Pure: no clock, no store. docs/maintenance.md shows it on one page. */
#pragma once
#include "buf.h"
#include "codes.h"
#include "error.h"
#include "json.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    MAINTENANCE_MACHINES_MAX = 512, /* in one order: all of a site */
    MAINTENANCE_NAME_SIZE = 64,     /* a DNS label and its NUL */
    MAINTENANCE_STEP_SIZE = 32,
    MAINTENANCE_WORD_SIZE = 512,
    MAINTENANCE_BOOT_SIZE = 37, /* a boot id of the kernel and its NUL */
    MAINTENANCE_RELEASE_SIZE = 32,
    MAINTENANCE_JSON_MAX = 256 * 1024, /* of the record as text: three lists of all machines */
    MAINTENANCE_SOAK_S = 60,
    MAINTENANCE_SOAK_MAX_S = 3600,
    MAINTENANCE_DRAIN_S = 600,
    MAINTENANCE_DRAIN_MAX_S = 1200, /* */
    MAINTENANCE_LIMIT_MS =
        30 * 60 * 1000 /* a machine that is not back by then, and the site's times, halts the order */
};

enum maintenance_state {
    MAINTENANCE_CLOSED, /* no order; the last one is over */
    MAINTENANCE_RUNNING,
    MAINTENANCE_PAUSED, /* by the operator: the machine in hand goes on, no other one begins */
    MAINTENANCE_HALTED, /* something is wrong: no machine begins, nothing is forced */
    MAINTENANCE_STATES
};

enum maintenance_kind {
    MAINTENANCE_RENEW,   /* certificates of masters */
    MAINTENANCE_ROLLOUT, /* drained, rebooted into what the seed serves now */
    MAINTENANCE_RESTART, /* components of a master that do not follow what is new */
    MAINTENANCE_RETIRE,  /* out of the cluster for good: each machine in hand goes through maintenance_retire_steps */
    MAINTENANCE_UPGRADE, /* to another release: a rollout that begins when all hold it, with kubeadm before the reboot
                          */
    MAINTENANCE_DEFRAGMENT, /* a master's member of etcd, whose database is mostly empty, or full */
    MAINTENANCE_RESTORE,    /* a master that is no member makes the cluster anew, of a backup */
    MAINTENANCE_KINDS
};

struct maintenance {
    int64_t version; /* grows by one with every change; what long-polls compare */
    enum maintenance_state state;
    enum maintenance_kind kind;
    int64_t token; /* grows with every machine that gets the slot: it fences off one that had it before */
    char holder[MAINTENANCE_NAME_SIZE]; /* who is worked on; "": nobody */
    char step[MAINTENANCE_STEP_SIZE];   /* what the holder does */
    int64_t since_ms;                   /* when it began the step, wall clock */
    char boot[MAINTENANCE_BOOT_SIZE]; /* which boot of the holder asked: another one means that it rebooted; "": unknown
                                       */
    int64_t begun_ms; /* when it got the slot, or, with nobody in hand, when the next one's turn came; wall clock; 0: an
                         older version did not say */
    char waiting[MAINTENANCE_MACHINES_MAX][MAINTENANCE_NAME_SIZE]; /* whose turn is to come, in this order */
    size_t n_waiting;
    bool held[MAINTENANCE_MACHINES_MAX]; /* UPGRADE: whoever waits there has all of the target on its disk */
    /* The release to which the cluster is being upgraded, and who boots it by now; also between two orders, when the
     * first one ended before its end. "": all machines are of one release. */
    char target[MAINTENANCE_RELEASE_SIZE];
    char moved[MAINTENANCE_MACHINES_MAX][MAINTENANCE_NAME_SIZE];
    size_t n_moved;
    bool begun;  /* kubeadm has begun to upgrade some machine: the target stays, whatever becomes of the order */
    bool partly; /* UPGRADE: somebody was left out, so the order's end is not that of the upgrade */
    int soak_s, drain_s; /* of the site when the order began: how long all must be well, how long a drain may take */
    bool aborted;        /* the machine in hand is the last one; what it has not begun it leaves */
    /* RETIRE, the operator's word. Of the machine in hand: its data may go; it is off, and stays so. Of the whole
     * order: data may go; disks are not wiped. */
    bool lose_this, off, lose_data, keep_disk;
    bool laid;        /* RESTORE: the machine has begun to put the archive into place: it goes on to its end */
    int64_t restored; /* the turn in which the cluster was last restored from a backup, from MAINTENANCE_RESTORES on; 0:
                         never */
    char code[CODE_SIZE];                /* HALTED: why */
    char message[MAINTENANCE_WORD_SIZE]; /* HALTED: in words */
};

enum maintenance_event_type {
    MAINTENANCE_OPEN,    /* the operator: an order for `machines` */
    MAINTENANCE_TAKE,    /* a machine asks for the slot: in its turn, or, with no order open, by itself */
    MAINTENANCE_HELD,    /* UPGRADE: a machine whose turn is to come has the target on its disk */
    MAINTENANCE_STEP,    /* the holder says what it does; UPGRADE: from MAINTENANCE_MOVES on it boots the target */
    MAINTENANCE_HELPED,  /* another master did the holder's step for it: the step gets `-done` behind it; RETIRE: also
                            the holder its own, and the next step begins */
    MAINTENANCE_BACK,    /* the holder is whole again */
    MAINTENANCE_FAIL,    /* the holder, or who helps it, says what is wrong */
    MAINTENANCE_WITNESS, /* a machine remembers a later turn than the record has: an old backup was restored */
    MAINTENANCE_EXPIRE,  /* time passed: halts an order whose machine is not back */
    MAINTENANCE_PAUSE,
    MAINTENANCE_RESUME, /* also of one that halted: its machine tries again */
    MAINTENANCE_ABORT,  /* nobody else begins; it is over when the machine in hand is back, which tries again if it
                           failed */
    MAINTENANCE_FORCE,  /* the operator's word that the holder's work is over */
    MAINTENANCE_WHOLE,  /* every member boots the target: the upgrade is over, with no order open */
    MAINTENANCE_ANEW,   /* there is no cluster any more: what was open is over, and so is an upgrade */
    MAINTENANCE_EVENTS
};

struct maintenance_event {
    enum maintenance_event_type type;
    enum maintenance_kind kind;  /* OPEN, TAKE */
    const char *hostname;        /* TAKE to FAIL: who speaks; FORCE: whom it is about */
    int64_t token;               /* STEP, HELPED, BACK, FAIL, WITNESS */
    bool in_hand;                /* WITNESS: it did not give the slot back */
    bool helper;                 /* HELPED, FAIL: `hostname` is a master, and may speak for the holder */
    bool lose_data, off;         /* OPEN, RESUME of a RETIRE: the operator says so */
    bool keep_disk;              /* OPEN of a RETIRE */
    const char *target;          /* OPEN of an UPGRADE, HELD; WITNESS: of a machine in hand of an UPGRADE, or NULL */
    const char *boot;            /* TAKE, WITNESS; NULL: unknown */
    int soak_s, drain_s;         /* OPEN, TAKE: as the site has them */
    const char *step;            /* STEP, HELPED, FAIL of a helper: which step it is about */
    const char *code, *message;  /* FAIL; message also of EXPIRE: what the machine said last, or NULL */
    const char *const *machines; /* OPEN; each once */
    size_t n_machines;
    int64_t now_ms; /* wall clock */
};

/* Whether an event was accepted (also when repeated), or why it was refused. */
enum maintenance_answer {
    MAINTENANCE_GRANTED,
    MAINTENANCE_BUSY,       /* an order is open, or another machine has the slot */
    MAINTENANCE_NOT_TURN,   /* others come first, or this machine is not in the order */
    MAINTENANCE_STOPPED,    /* paused or halted */
    MAINTENANCE_NOT_HOLDER, /* another machine's, or the token of an earlier turn */
    MAINTENANCE_NO_ORDER,
    MAINTENANCE_INVALID,
    MAINTENANCE_ANSWERS
};

/* What happens to a machine that is retired, in this order. The machine itself does those that are `own`; a machine
 * that is off does not, and they are left out. */
struct maintenance_retire_step {
    const char *name;
    bool own;
};
extern const struct maintenance_retire_step maintenance_retire_steps[];
extern const size_t n_maintenance_retire_steps;
bool maintenance_retires_by(const char *step); /* it is one of them */
#define MAINTENANCE_BEGINS "kubeadm"           /* the step of an UPGRADE in which kubeadm does its part */
#define MAINTENANCE_MOVES "settle"             /* the one after it: from then on the machine boots the target */
#define MAINTENANCE_RESTORES                                                                                           \
    "lay" /* the step of a RESTORE from which on masters of before are of another                                      \
           * history of the cluster */
bool maintenance_has_moved(const struct maintenance *record, const char *hostname);

/* Whether the change from one record to the other ends an upgrade: the cluster lives with before->target from now on.
 */
bool maintenance_upgraded(const struct maintenance *before, const struct maintenance *after);

#define MAINTENANCE_RETIRE_LAST "deny" /* its seed denies the machine before the record lets it go */

/* The record of a new seed: CLOSED, version 1, token 0. */
struct maintenance maintenance_initial(void);

/* On MAINTENANCE_GRANTED writes the record after `event` to *ret_next; else leaves it alone. With the same version
 * nothing changed. `ret_next` may be `record`. */
enum maintenance_answer maintenance_next(const struct maintenance *record, const struct maintenance_event *event,
                                         struct maintenance *ret_next);

/* Who is waited for: the machine in hand, one that must hold the target first, or the next one. "": nobody. */
const char *maintenance_awaited(const struct maintenance *record);

/* How long the machine in hand, or the next one, may still be waited for, milliseconds; 0: it is late; -1: nobody is.
 */
int64_t maintenance_left_ms(const struct maintenance *record, int64_t now_ms);

/* The record as the store keeps it and API v1 shows it. */
void maintenance_json(const struct maintenance *record, struct buf *ret);

/* Reads that text again. -1: it makes no sense. */
int maintenance_parse(const cJSON *tree, struct maintenance *ret, struct error *err);

bool maintenance_kind_parse(const char *name, enum maintenance_kind *ret);
const char *maintenance_kind_name(enum maintenance_kind kind);       /* "renew" */
const char *maintenance_state_name(enum maintenance_state state);    /* "RUNNING" */
const char *maintenance_answer_code(enum maintenance_answer answer); /* the API's error code: "busy" */
const char *maintenance_answer_message(enum maintenance_answer answer);
const char *maintenance_answer_remedy(enum maintenance_answer answer);

/* Whether a machine reboots in its turn; whether the kind is for workers, too. */
bool maintenance_reboots(enum maintenance_kind kind);
bool maintenance_is_for_all(enum maintenance_kind kind);
