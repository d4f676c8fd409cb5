/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap state machine of step 12. It brings a blank or interrupted machine into the cluster: from journal and
 * bootstrap record it says what to do next. Pure: no I/O, no clock. bootstrap_driver.h drives it; qemu-tests/sim/ runs
 * it under every fault. docs/bootstrap-record.md has the rules. */
#pragma once
#include "journal.h"
#include "record_view.h"

enum bootstrap_effect {
    BOOTSTRAP_ASK,     /* get a record newer than `version`, wait up to wait_s; version 0: get the present one */
    BOOTSTRAP_WIPE,    /* remove what kubeadm left; durable */
    BOOTSTRAP_PROBE,   /* check that nobody has the VIP */
    BOOTSTRAP_RESERVE, /* ask the seed for a transition: this one under record.id, the next three under journal.of */
    BOOTSTRAP_BEGIN,   /* not after act_until_ms: then LATE */
    BOOTSTRAP_COMMIT,
    BOOTSTRAP_ABORT,
    BOOTSTRAP_INIT,    /* kubeadm init; durable */
    BOOTSTRAP_TICKET,  /* ask for a join ticket and wait until it is minted */
    BOOTSTRAP_JOIN,    /* kubeadm join with it; durable */
    BOOTSTRAP_KUBELET, /* start kubelet, if it does not run */
    BOOTSTRAP_FINISH,  /* addons, kubeconfig, Keepalived; may be repeated */
    BOOTSTRAP_END,     /* a member, validated, kubelet started */
    BOOTSTRAP_STOP,    /* err says why; start over after a pause */
    BOOTSTRAP_EFFECTS
};

enum bootstrap_result {
    BOOTSTRAP_OK,
    BOOTSTRAP_REFUSED, /* the seed said 409 */
    BOOTSTRAP_LATE,    /* act_until_ms was over: nothing was sent */
    BOOTSTRAP_AWAY,    /* no answer from the seed: whether it acted is unknown */
    BOOTSTRAP_FAILED
};

/* How the effect went. */
struct bootstrap_event {
    enum bootstrap_result result;
    const struct record_view *record; /* OK of ASK and of the transitions */
    const char *ca_hash;              /* OK of INIT and JOIN: of ca.crt; of TICKET: what the ticket names */
    int64_t sent_ms;                  /* OK of RESERVE: CLOCK_BOOTTIME when the request was sent */
    const struct error *error;        /* not OK */
};

/* What is on the machine when the state machine starts. */
struct bootstrap_machine {
    const char *hostname; /* borrowed */
    bool master;
    unsigned courtesy_s;        /* how long this machine lets the masters that are listed before it reserve first */
    bool traces;                /* kubeadm left something on the disk */
    bool whole;                 /* kubelet has its configuration and credentials */
    char ca_hash[CA_HASH_SIZE]; /* of ca.crt; "": it cannot be read */
};

struct bootstrap_fsm {
    struct journal journal;    /* when it changed, the driver makes it durable before the next effect */
    struct record_view record; /* the last that was seen */
    uint64_t version;          /* ASK */
    unsigned wait_s;           /* ASK */
    bool waiting;              /* ASK waits for another machine, or for a person: worth telling */
    int64_t act_until_ms;      /* BEGIN: two thirds of the lease, counted from when the request was sent */

    struct bootstrap_machine machine;
    enum bootstrap_effect at;                  /* what is being done */
    bool courteous, dirty, testified, started; /* started: by kubeadm, in this run, and kubelet with it */
    struct error cause;                        /* why the record is given back (abort) */
};

void bootstrap_fsm_start(struct bootstrap_fsm *fsm, const struct journal *journal,
                         const struct bootstrap_machine *machine);

/* What to do next, after the effect before it ended as `event` says (the first time: NULL). STOP fills in *err. */
enum bootstrap_effect bootstrap_fsm_next(struct bootstrap_fsm *fsm, const struct bootstrap_event *event,
                                         struct error *err);

const char *bootstrap_fsm_effect_name(enum bootstrap_effect effect);
