/* SPDX-License-Identifier: Apache-2.0
 * The maintenance record, three masters and what may go wrong between them, for spin. README.md beside this file says what
 * is modelled and what is left out; scripts/check-model runs every configuration. */

#ifndef FAULTS
#define FAULTS 0
#endif
#define LOSS 1        /* an answer is lost */
#define DELAY 2       /* what a machine said arrives once more, later */
#define CRASH 4       /* a machine loses power, at any step */
#define SEED_CRASH 8  /* the seed loses power, before or after fsync */
#define FAILURE 16    /* a step fails */
#define OPERATOR 32   /* the operator pauses, resumes, aborts */
#define ROLLBACK 64   /* the seed is restored to an earlier durable state */
#ifndef KINDS
#define KINDS LOSS + DELAY + CRASH + SEED_CRASH + FAILURE + OPERATOR
#endif
#define may(kind) (faults > 0 && ((KINDS) & (kind)))

#define MASTERS 3
#define NOBODY MASTERS
#ifndef TURNS
#define TURNS 4 /* how often somebody may get the slot */
#endif

/* What must hold. spin names the first that does not. */
bool M1 = true; /* at most one machine is in hand: from its turn to the moment at which it is whole again */
bool M2 = true; /* a machine begins only while all others are up */
bool M3 = true; /* nobody begins in an order that is paused or halted */
bool M4 = true; /* every turn has a number of its own */
#define must(name, condition) if :: (condition) :: else -> name = false; assert(name) fi

mtype = {CLOSED, RUNNING, PAUSED, HALTED};
mtype = {FINE, ANSWER_LOST, CUT_BEFORE_FSYNC, CUT_AFTER_FSYNC};

typedef record_t {
    mtype state;
    byte holder, token;
    bool waiting[MASTERS] /* in the order of their numbers */
}
record_t disk, backup; /* the seed's, and an old copy of it */

byte faults = FAULTS;
byte given;                 /* the highest number that a turn ever had */
bool in_hand[MASTERS];      /* what is true, whatever the record says */
bool up[MASTERS];           /* powered on, and its control plane is healthy */
bool late; byte late_of, late_token; /* a `back` that arrives once more */

inline copy_record(to, from) {
    to.state = from.state; to.holder = from.holder; to.token = from.token;
    to.waiting[0] = from.waiting[0]; to.waiting[1] = from.waiting[1]; to.waiting[2] = from.waiting[2]
}
#define nobody_waits (!disk.waiting[0] && !disk.waiting[1] && !disk.waiting[2])
#define is_first(i) (disk.waiting[i] && ((i) == 0 || !disk.waiting[0]) && ((i) < 2 || !disk.waiting[1]))
#define others_up(i) (up[((i) + 1) % MASTERS] && up[((i) + 2) % MASTERS])
inline close_when_over() {
    if :: disk.holder == NOBODY && nobody_waits -> disk.state = CLOSED :: else fi
}

/* What becomes of a call: it is heard and answered, or one of the faults. */
inline choose_fate() {
    fate = FINE;
    if
    :: true
    :: may(LOSS) -> fate = ANSWER_LOST; faults--
    :: may(SEED_CRASH) -> fate = CUT_BEFORE_FSYNC; faults--
    :: may(SEED_CRASH) -> fate = CUT_AFTER_FSYNC; faults--
    fi
}
#ifdef MUTANT_TURN_BEFORE_FSYNC
#define heard (fate == FINE || fate == CUT_BEFORE_FSYNC)
#else
#define heard (fate == FINE)
#endif
#define kept (fate != CUT_BEFORE_FSYNC)

#ifdef MUTANT_GIVEN_TWICE
#define slot_is_free true
#else
#define slot_is_free (disk.holder == NOBODY)
#endif
#ifdef MUTANT_PAUSE_IGNORED
#define order_runs (disk.state == RUNNING || disk.state == PAUSED)
#else
#define order_runs (disk.state == RUNNING)
#endif
#ifdef MUTANT_NO_HEALTH_CHECK
#define may_begin(i) true
#else
#define may_begin(i) (up[i] && others_up(i))
#endif
#ifdef MUTANT_TURN_WITHOUT_TOKEN
#define is_its(i, number) (disk.holder == (i))
#else
#define is_its(i, number) (disk.holder == (i) && disk.token == (number))
#endif

/* `take`: the check of the others and the call are one step. */
inline take(i) {
    granted = false;
    choose_fate();
    if
    :: disk.holder == i && disk.state != HALTED -> /* it was away */
        granted = heard
    :: disk.holder != i && given < TURNS &&
       (disk.state == CLOSED || (order_runs && slot_is_free && is_first(i))) ->
        must(M3, disk.state != PAUSED && disk.state != HALTED);
        if
        :: kept ->
            must(M2, others_up(i));
            disk.state = RUNNING; disk.holder = i; disk.token++; disk.waiting[i] = false;
            must(M4, disk.token > given);
            given = disk.token;
            in_hand[i] = true
        :: else ->
            if :: heard -> must(M2, others_up(i)); in_hand[i] = true :: else fi /* it believes that it has it */
        fi;
        must(M1, in_hand[0] + in_hand[1] + in_hand[2] <= 1);
        granted = heard
    :: else
    fi;
    number = disk.token
}

/* `back`, heard now or later. */
inline hear_back(i, its) {
    if
    :: is_its(i, its) -> disk.holder = NOBODY; close_when_over()
    :: else
    fi
}

proctype master(byte i) {
    mtype fate;
    bool granted;
    byte number;
off:
    atomic { up[i] = true; number = 0; granted = false } /* it boots */
looks:
    do
    :: atomic { may(CRASH) -> faults--; up[i] = false; goto off }
    :: atomic { /* its turn, or certificates that are due, at any moment */
        (disk.holder == i && disk.state != HALTED || disk.state == CLOSED || (order_runs && is_first(i))) && may_begin(i) && given < TURNS + (disk.holder == i) ->
        take(i) }
        if :: granted -> goto works :: else fi
    :: atomic { given >= TURNS && disk.holder != i -> goto done }
    od;
works:
    if
    :: atomic { may(CRASH) -> faults--; up[i] = false; goto off }
    :: up[i] = false /* etcd and the API server restart */
    fi;
    if
    :: atomic { may(CRASH) -> faults--; goto off }
    :: atomic { may(FAILURE) -> faults--; up[i] = true; if :: is_its(i, number) -> disk.state = HALTED :: else fi; goto looks }
    :: up[i] = true
    fi;
    if
    :: atomic { may(CRASH) -> faults--; up[i] = false; goto off }
    :: atomic { true -> choose_fate();
        in_hand[i] = false; /* it is whole */
        if :: may(DELAY) && !late -> late = true; late_of = i; late_token = number; faults-- :: true fi;
        if :: kept -> hear_back(i, number) :: else fi }
        if :: heard -> skip :: else -> skip fi
    fi;
    goto looks;
done:
    skip
}

/* An operator who opens an order, and in the end resumes what stopped. */
active proctype operator_and_faults() {
    do
    :: atomic { disk.state == CLOSED && given + MASTERS <= TURNS ->
        disk.state = RUNNING; disk.waiting[0] = true; disk.waiting[1] = true; disk.waiting[2] = true }
    :: atomic { may(OPERATOR) && disk.state == RUNNING -> disk.state = PAUSED; faults-- }
    :: atomic { may(OPERATOR) && disk.state != CLOSED -> disk.waiting[0] = false; disk.waiting[1] = false; disk.waiting[2] = false; faults--;
                if :: disk.state == HALTED -> disk.state = RUNNING :: else fi; close_when_over() }
    :: atomic { disk.state == PAUSED || disk.state == HALTED -> disk.state = RUNNING; close_when_over() }
    :: atomic { late -> late = false; hear_back(late_of, late_token); late_of = 0; late_token = 0 }
#ifdef MUTANT_FORGETS_AT_CRASH
    :: atomic { may(SEED_CRASH) && disk.holder != NOBODY -> disk.holder = NOBODY; faults--; close_when_over() }
#endif
    :: atomic { ((KINDS) & ROLLBACK) && faults > 0 -> copy_record(disk, backup); faults-- }
    :: atomic { given >= TURNS && disk.state == CLOSED && !late -> break }
    od
}

init {
    atomic {
        disk.state = CLOSED; disk.holder = NOBODY; backup.state = CLOSED; backup.holder = NOBODY;
        run master(0); run master(1); run master(2)
    }
}
