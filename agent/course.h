/* SPDX-License-Identifier: Apache-2.0
 * The course of step 12, from a blank or interrupted machine to a member of the cluster: what to do next, from what the
 * journal and the seed's record say. Pure: no I/O, no clock. agent/steps/bootstrap.c does what it says, qemu-tests/sim/
 * does so with every fault. docs/bootstrap-record.md has the rules. */
#pragma once
#include "journal.h"
#include "record.h"

enum course_effect {
    COURSE_ASK,     /* the record newer than `version`, waiting up to wait_s; version 0: the present one */
    COURSE_WIPE,    /* what kubeadm left; durable */
    COURSE_PROBE,   /* is the VIP nobody's? */
    COURSE_RESERVE, /* the four transitions, with journal.of */
    COURSE_BEGIN,   /* not once act_until_ms has passed */
    COURSE_COMMIT,
    COURSE_ABORT,
    COURSE_INIT,    /* kubeadm init; durable */
    COURSE_TICKET,  /* ask for a join ticket and wait until it is minted */
    COURSE_JOIN,    /* kubeadm join with it; durable */
    COURSE_KUBELET, /* start kubelet; running already is fine */
    COURSE_FINISH,  /* addons, kubeconfig, Keepalived: what may be repeated */
    COURSE_END,     /* a member, validated, kubelet started */
    COURSE_STOP,    /* err says why; start over after a pause */
    COURSE_EFFECTS
};

enum course_result {
    COURSE_OK,
    COURSE_REFUSED, /* the seed said 409 */
    COURSE_LATE,    /* act_until_ms had passed: nothing was sent */
    COURSE_AWAY,    /* no answer from the seed: whether it acted is unknown */
    COURSE_FAILED
};

/* How the effect went. */
struct course_event {
    enum course_result result;
    const struct record *record; /* OK of ASK and of the transitions */
    const char *ca_hash;         /* OK of INIT and JOIN: of ca.crt; of TICKET: what the ticket names */
    int64_t sent_ms;             /* OK of RESERVE: CLOCK_BOOTTIME when the request was sent */
    const struct error *error;   /* not OK */
};

/* What is there when the course starts. */
struct course_machine {
    const char *hostname; /* borrowed */
    bool master;
    unsigned courtesy_s;        /* how long masters that are listed before go first */
    bool traces;                /* kubeadm left something */
    bool whole;                 /* kubelet has its configuration and credentials */
    char ca_hash[CA_HASH_SIZE]; /* of ca.crt; "" = there is none that can be read */
};

struct course {
    struct journal journal; /* the driver makes it durable, when it changed, before it does the effect */
    struct record record;   /* the last that was seen */
    uint64_t version;       /* ASK */
    unsigned wait_s;        /* ASK */
    bool waiting;           /* ASK waits for another machine, or for a person: worth telling */
    int64_t act_until_ms;   /* BEGIN: two thirds of the lease, counted from when the request was sent */

    struct course_machine machine;
    enum course_effect at;                     /* what is being done */
    bool courteous, dirty, testified, started; /* started: by kubeadm, in this run, and kubelet with it */
    struct error cause;                        /* why the grant is given back */
};

void course_start(struct course *course, const struct journal *journal, const struct course_machine *machine);

/* What to do next, after the effect before it ended as `event` says (the first time: NULL). STOP fills in *err. */
enum course_effect course_next(struct course *course, const struct course_event *event, struct error *err);

const char *course_effect_name(enum course_effect effect);
