/* SPDX-License-Identifier: Apache-2.0
 * An upgrade to another release, three machines and what may go wrong between them, for spin: what the record's `target`, `moved`,
 * `held`, `begun` and `partly` promise. That one machine has the slot at a time is maintenance.pml's. README.md beside this file
 * says what is modelled; scripts/check-model runs every configuration. */

#ifndef FAULTS
#define FAULTS 0
#endif
#define LOSS 1        /* an answer is lost */
#define CRASH 4       /* a machine loses power, at any step */
#define SEED_CRASH 8  /* the seed loses power, before or after fsync */
#define FAILURE 16    /* kubeadm fails */
#define OPERATOR 32   /* the operator aborts, resumes, forces */
#ifndef KINDS
#define KINDS LOSS + CRASH + SEED_CRASH + FAILURE + OPERATOR
#endif
#define may(kind) (faults > 0 && ((KINDS) & (kind)))

#define MACHINES 3
#define NOBODY MACHINES
#ifndef ORDERS
#define ORDERS 3 /* how often the operator opens one */
#endif

/* What must hold. spin names the first that does not. */
bool U1 = true; /* no kubeadm runs before every machine of the order holds the target */
bool U2 = true; /* the seed gives a machine the target only when kubeadm is done there */
bool U3 = true; /* the cluster is of the target only when every machine is */
bool U4 = true; /* while any machine runs something of the target, the seed knows of it */
bool U5 = true; /* a machine has the images of what it runs, whatever it boots */
#define must(name, condition) if :: (condition) :: else -> name = false; assert(name) fi

mtype = {CLOSED, RUNNING, HALTED};
mtype = {IDLE, KUBEADM, SETTLE}; /* what the machine in hand said last */
mtype = {FINE, ANSWER_LOST, CUT_BEFORE_FSYNC, CUT_AFTER_FSYNC};

/* The seed's record, on its disk. */
mtype state = CLOSED, step = IDLE;
byte holder = NOBODY;
bool target, begun, partly, aborted, upgraded; /* upgraded: the cluster lives with the target, for good */
bool waiting[MACHINES], held[MACHINES], moved[MACHINES];

byte faults = FAULTS, orders;

/* The machines: on their disks, and what is true. */
bool holds[MACHINES];  /* the target's layers lie there, and are remembered */
bool started[MACHINES]; /* kubeadm began: UPGRADE_BEGUN */
bool runs[MACHINES];   /* kubeadm is done: its manifests are the target's */
bool booted[MACHINES]; /* it booted the target */

#define nobody_waits (!waiting[0] && !waiting[1] && !waiting[2])
#define all_hold ((!waiting[0] || held[0]) && (!waiting[1] || held[1]) && (!waiting[2] || held[2]))
#define is_first(i) (waiting[i] && ((i) == 0 || !waiting[0]) && ((i) < 2 || !waiting[1]))
#define any(what) (what[0] || what[1] || what[2])
#define all(what) (what[0] && what[1] && what[2])
#define serves(i) (moved[i] || upgraded) /* the target, to a machine that boots */

#ifdef MUTANT_HOLD_IGNORED
#define may_begin(i) (state == RUNNING && holder == NOBODY && is_first(i))
#else
#define may_begin(i) (state == RUNNING && holder == NOBODY && is_first(i) && all_hold)
#endif
#ifdef MUTANT_FORGETS_WHAT_BEGAN
#define may_forget (!any(moved))
#else
#define may_forget (!begun)
#endif

inline forget_target() {
    target = false; begun = false; moved[0] = false; moved[1] = false; moved[2] = false
}
inline close_when_over() {
    if
    :: holder == NOBODY && nobody_waits ->
#ifdef MUTANT_PARTLY_IGNORED
        if :: any(moved) -> upgraded = true; must(U3, all(runs)); forget_target() :: else fi;
#else
        if
        :: !partly && any(moved) -> upgraded = true; must(U3, all(runs)); forget_target()
        :: else -> if :: may_forget -> forget_target() :: else fi
        fi;
#endif
        state = CLOSED; step = IDLE; partly = false; aborted = false;
        held[0] = false; held[1] = false; held[2] = false;
        must(U4, upgraded || target || !any(started))
    :: else
    fi
}
inline let_go(i) {
    if :: !moved[i] -> partly = true :: else fi;
    holder = NOBODY; step = IDLE; close_when_over()
}

/* What becomes of a call: it is kept and answered, or one of the faults. */
inline choose_fate() {
    fate = FINE;
    if
    :: true
    :: may(LOSS) -> fate = ANSWER_LOST; faults--
    :: may(SEED_CRASH) -> fate = CUT_BEFORE_FSYNC; faults--
    :: may(SEED_CRASH) -> fate = CUT_AFTER_FSYNC; faults--
    fi
}
#define heard (fate == FINE)
#define kept (fate != CUT_BEFORE_FSYNC)

/* `step kubeadm`, `step settle`: only of who is in hand, of an order that has not halted. */
inline say_step(i, name) {
    said = false;
    choose_fate();
    if
    :: holder == i && state != HALTED && kept ->
        step = name;
        if
        :: name == KUBEADM ->
            begun = true;
#ifdef MUTANT_MOVED_TOO_SOON
            must(U2, runs[i]); moved[i] = true
#endif
        :: else -> must(U2, runs[i]); moved[i] = true
        fi;
        said = heard
    :: else
    fi
}

proctype machine(byte i) {
    mtype fate;
    bool said, done; /* done: in RAM, kubeadm is done in this boot */
off:
    atomic { /* it boots what the seed gives it: beside it lie the layers of both */
        done = false;
        booted[i] = serves(i);
        must(U5, !runs[i] || booted[i] || holds[i]);
        if :: state == CLOSED && !target -> started[i] = false :: else fi
    }
looks:
    do
    :: atomic { may(CRASH) -> faults--; goto off }
    :: atomic { state != CLOSED && waiting[i] && !held[i] && target -> /* fetched, remembered on its disk, said */
        holds[i] = true; choose_fate();
        if :: kept && waiting[i] -> held[i] = true :: else fi }
    :: atomic { may_begin(i) -> choose_fate();
        if :: kept -> holder = i; waiting[i] = false; step = IDLE :: else fi }
    :: atomic { holder == i && state != HALTED -> skip };
        if
        :: atomic { booted[i] -> goto back }
        :: atomic { !booted[i] && done -> goto settle }
        :: atomic { !booted[i] && !done && aborted && !started[i] -> goto back } /* it stays as it is */
        :: atomic { !booted[i] && !done && !(aborted && !started[i]) -> goto works }
        fi
    :: atomic { upgraded && booted[i] && state == CLOSED -> goto over }
    :: atomic { orders == ORDERS && state == CLOSED -> goto over }
    :: atomic { upgraded && !booted[i] && state == CLOSED -> goto off } /* somebody powers it off and on */
    od;
works:
    atomic { say_step(i, KUBEADM); if :: !said -> goto looks :: else fi };
    atomic {
        must(U1, holds[i] && ((!waiting[0] || holds[0]) && (!waiting[1] || holds[1]) && (!waiting[2] || holds[2])));
        started[i] = true };
    if
    :: atomic { may(CRASH) -> faults--; if :: runs[i] = true :: true fi; goto off } /* some manifests may be new */
    :: atomic { may(FAILURE) -> faults--; if :: holder == i -> state = HALTED :: else fi; goto looks }
    :: atomic { true -> runs[i] = true; done = true }
    fi;
#ifdef MUTANT_REMEMBERS_ONE_RELEASE
    holds[i] = false; /* of both, only that which it boots now */
#endif
settle:
    atomic { say_step(i, SETTLE); if :: !said -> goto looks :: else fi };
    if
    :: atomic { may(CRASH) -> faults--; goto off }
    :: atomic { true -> goto off } /* it reboots */
    fi;
back:
    atomic {
        choose_fate();
        if :: kept && holder == i ->
            if :: booted[i] -> started[i] = false :: else fi;
            let_go(i)
        :: else fi;
        goto looks }
over:
    skip
}

active proctype operator() {
    do
    :: atomic { state == CLOSED && !upgraded && orders < ORDERS -> /* an order for all that have not moved */
        orders++; state = RUNNING; target = true;
        waiting[0] = !moved[0]; waiting[1] = !moved[1]; waiting[2] = !moved[2];
        close_when_over() }
    :: atomic { may(OPERATOR) && state != CLOSED -> faults--; /* abort */
        if :: !nobody_waits -> partly = true :: else fi;
        waiting[0] = false; waiting[1] = false; waiting[2] = false; aborted = true; state = RUNNING; close_when_over() }
    :: atomic { may(OPERATOR) && holder != NOBODY -> faults--; let_go(holder) } /* force */
    :: atomic { state == HALTED -> state = RUNNING }
    :: atomic { (upgraded || orders == ORDERS) && state == CLOSED -> break }
    od
}

init {
    atomic { run machine(0); run machine(1); run machine(2) }
}
