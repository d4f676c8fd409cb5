/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record, its machines and what may go wrong between them, for spin. README.md beside this file says what
 * is modelled, what is left out and how to read a counterexample; scripts/check-model runs every configuration.
 *
 * The seed's decisions are the rows of transitions.h, which seed/test/test_record.c holds against record_next(). */

/* At most FAULTS faults in one run, of any kind that the configuration allows; scripts/check-model chooses. */
#ifndef FAULTS
#define FAULTS 0
#endif
#define LOSS 1         /* a request or an answer is lost */
#define DELAY 2        /* a request outlives the patience of its sender, or arrives once more, later */
#define CRASH 4        /* a machine loses power, at any step */
#define WIPE 8         /* ... and its disk with it */
#define SEED_CRASH 16  /* the seed loses power, before or after fsync */
#define LAPSE 32       /* a lease ends before its holder is done */
#define FAILURE 64     /* kubeadm init fails */
#define OPERATOR 128   /* the operator rearms at any moment. Out of QUARANTINE he always does */
#define FORGET 256     /* the operator forgets a claim */
#define ROLLBACK 512   /* the seed is restored to an earlier durable state */
#ifndef KINDS
#define KINDS LOSS + DELAY + CRASH + WIPE + SEED_CRASH + LAPSE + FAILURE + OPERATOR
#endif
#define may(kind) (faults > 0 && ((KINDS) & (kind)))

#define AGENTS 3
#define EPOCHS 5 /* more than all rearms of a configuration */

/* Two machines of one name: the last one says that it is the first. */
#ifdef DUPLICATE
#define host_of(i) ((i) == AGENTS - 1 -> 1 : (i) + 1)
#else
#define host_of(i) ((i) + 1)
#endif

/* What must hold. spin names the first that does not: "assertion violated I2". */
bool I1 = true; /* at most one CA hash in an epoch */
bool I2 = true; /* kubeadm init runs in the INITIALISING holder only */
bool I3 = true; /* (epoch, token) never decreases: in the record, and in what a machine is told */
bool I4 = true; /* INITIALISED is left by rearm only, or, granting nothing, to QUARANTINE */
bool I5 = true; /* a joiner accepts only the committed CA hash */
bool I6 = true; /* nothing of Kubernetes starts at boot before validation */
bool I7 = true; /* a recovery adopts only a CA hash that was committed */
bool Q = true;  /* no QUARANTINE without a restored seed */
#define must(name, condition) if :: (condition) :: else -> name = false; assert(name) fi

/* --- the record: transitions.h in Promela --------------------------------------------------------------------- */
#define EMPTY 1
#define RESERVED 2
#define INITIALISING 4
#define INITIALISED 8
#define QUARANTINE 16
#define ALL_STATES 31
#define HOLDER 1
#define OTHER 2
#define ANYONE 3
#define OLDER_EPOCH 1
#define OLDER_TOKEN 2
#define SAME 4
#define NEWER_TOKEN 8
#define NEWER_EPOCH 16
#define NEWER (NEWER_TOKEN | NEWER_EPOCH)
#define ANY 31
#define NONE 1
#define EQUAL 2
#define DIFFERENT 4
#define ANY_HASH 7
#define RUNNING 1
#define OVER 2
#define ANYTIME 3

/* LOOK is GET /v1/bootstrap: it asks for nothing, but bears witness like every call. LOST and CONFLICT are no answers of the
 * record: nothing came back, and 409 to a claim. */
mtype = {LOOK, RESERVE, BEGIN, RENEW, COMMIT, ABORT, EXPIRE, WITNESS, REARM, RECOVER};
mtype = {GRANTED, HELD, NOT_HOLDER, STALE, WRONG_STATE, ALREADY_INITIALISED, OTHER_CA, QUARANTINED, INVALID, CONFLICT, LOST};
mtype = {FINE, ANSWER_LOST, CUT_BEFORE_FSYNC, CUT_AFTER_FSYNC}; /* LOST is a fate as well */
mtype = {STAY, TAKE, EXTEND, ENTER, BEAR, FREE, NEXT_EPOCH, DOUBT, ADOPT};

typedef record_t {
    byte state;
    byte epoch, token;
    byte holder; /* a host, 0 = nobody */
    byte hash;   /* 0 = none */
};
record_t record;        /* on the seed's disk: nothing else is believed */
byte owner[AGENTS + 1]; /* by host: the machine (+ 1) whose claim it is; on the seed's disk as well */

/* The seed's memory within one request: zero between requests. */
record_t after;
byte s_sender, s_numbers, s_hash, s_lease, s_answer, s_effect, s_result;

#define ROW(e, states, sender, numbers, hashes, lease, result, change)                                               \
      :: ev == e && (after.state & (states)) && (s_sender & (sender)) && (s_numbers & (numbers)) &&                  \
       (s_hash & (hashes)) && (s_lease & (lease)) -> s_answer = result; s_effect = change;

#define above(e1, t1, e2, t2) ((e1) > (e2) || ((e1) == (e2) && (t1) > (t2)))

#ifdef MUTANT_BEGIN_KEEPS_TOKEN
#define NEXT_TOKEN 0
#else
#define NEXT_TOKEN 1
#endif

#ifdef MUTANT_RECOVERS_IN_EPOCH
#define RECOVERED_EPOCH 0
#else
#define RECOVERED_EPOCH 1
#endif

/* One event on `after`, by the table. epoch, token and hash are the sender's. */
inline record_next(ev, host, its_epoch, its_token, its_hash) {
    s_sender = (after.holder != 0 && after.holder == host -> HOLDER : OTHER);
    s_numbers = (its_epoch < after.epoch -> OLDER_EPOCH : (its_epoch > after.epoch -> NEWER_EPOCH :
                (its_token < after.token -> OLDER_TOKEN : (its_token > after.token -> NEWER_TOKEN : SAME))));
    s_hash = (its_hash == 0 -> NONE : (its_hash == after.hash -> EQUAL : DIFFERENT));
    s_lease = (ev == EXPIRE -> OVER : RUNNING);
#ifdef MUTANT_NO_TOKEN_CHECK
    s_numbers = (ev == WITNESS -> s_numbers : SAME);
#endif
#ifdef MUTANT_RELEASE_BY_ANYONE
    s_sender = (ev == ABORT -> HOLDER : s_sender);
    s_numbers = (ev == ABORT -> SAME : s_numbers);
#endif
    if
#ifdef MUTANT_INITIALISING_EXPIRES
    :: ev == EXPIRE && after.state == INITIALISING -> s_answer = GRANTED; s_effect = FREE
#endif
#include "transitions.h"
    fi;
    if
    :: s_effect == TAKE -> after.state = RESERVED; after.token++; after.holder = host
    :: s_effect == ENTER -> after.state = INITIALISING; after.token = after.token + NEXT_TOKEN
    :: s_effect == BEAR -> after.state = INITIALISED; after.hash = its_hash
    :: s_effect == FREE || s_effect == NEXT_EPOCH ->
        after.state = EMPTY; after.holder = 0; after.hash = 0;
        after.epoch = after.epoch + (s_effect == NEXT_EPOCH -> 1 : 0)
    :: s_effect == DOUBT ->
        after.state = QUARANTINE;
        if
        :: its_epoch > after.epoch -> after.holder = 0; after.hash = 0; after.epoch = its_epoch; after.token = its_token
        :: its_epoch == after.epoch && its_token > after.token -> after.token = its_token
        :: else
        fi
    :: s_effect == ADOPT ->
        after.state = INITIALISED; after.holder = host; after.hash = its_hash; after.epoch = after.epoch + RECOVERED_EPOCH
    :: s_effect == STAY || s_effect == EXTEND
    fi
}

/* --- the machines --------------------------------------------------------------------------------------------- */
mtype = {LOOKING, RESERVING, BEGINNING, INITIALISE, RUNS_INIT, COMMITTING, ABORTING, JOINING, VALIDATING, MEMBER, REFUSED};

typedef machine_t {
    byte epoch, token, hash; /* on disk: membership.json, the highest that it saw */
    byte files;              /* on disk: the CA of what kubeadm left, whole or in part */
    bool made, joined;       /* on disk: membership.json */
    mtype step;              /* in memory, as all that follows */
    bool kubelet;
    byte init_epoch, init_token; /* the grant of the init that runs, or whose cluster runs uncommitted; 0 = none */
};
machine_t m[AGENTS];
byte inits;            /* every kubeadm init makes another CA */
byte born[EPOCHS + 1]; /* by epoch: the committed CA hash, as long as anybody knows it */

/* The network. A call and its answer are one step unless a fault comes between: a machine that waits for its answer does
 * nothing, and whatever happens meanwhile may as well happen before the call or after the answer. What its sender gave up
 * waiting for, and second copies, lie in `late`: they arrive in any order, at any time or never. */
chan call[AGENTS] = [0] of {mtype, byte, byte, byte, mtype};       /* event, epoch, token, hash, fate */
chan answer[AGENTS] = [0] of {mtype, byte, byte, byte, byte, byte}; /* answer and the record */
#define LATE 2
chan late[LATE] = [1] of {mtype, byte, byte, byte, byte};         /* event, machine, epoch, token, hash */

byte faults = FAULTS; /* that may still come */

/* A restored seed: `backup` is what it will come back with. `behind`: it came back, and nobody who remembers more has
 * spoken yet; `witness` (+ 1) is a machine that remembers the most. */
record_t backup;
byte witness;
#ifdef DUPLICATE
#define has_spoken(i) true
#else
#define has_spoken(i) (owner[host_of(i)] != 0)
#endif
#ifdef SILENT_WITNESS
#define hears(i) turn(i)
#else
#define hears(i) (turn(i) && (witness == 0 || witness == (i) + 1))
#endif
/* The machines are alike: they are numbered in the order in which they first speak. */
#ifdef DUPLICATE
#define turn(i) true
#else
#define turn(i) ((i) == 0 || owner[i] != 0)
#endif

#define remembers_more(i)                                                                                            \
    (above(m[i].epoch, m[i].token, record.epoch, record.token) ||                                                     \
     (m[i].epoch == record.epoch && m[i].hash != 0 && m[i].hash != record.hash))

/* I2 while nobody has proved that the seed is behind: an init under way, or its cluster, and the record of its epoch. */
#define init_is_covered(i)                                                                                           \
    (m[i].init_epoch == 0 || witness != 0 || m[i].init_epoch != record.epoch || record.state == QUARANTINE ||          \
     ((record.state == INITIALISING || record.state == INITIALISED) && record.holder == host_of(i) &&                  \
      record.token == m[i].init_token))
#define excludes(i, j) (m[i].init_epoch == 0 || m[i].init_epoch != m[j].init_epoch)

inline check_record() {
    must(I2, init_is_covered(0) && init_is_covered(1) && init_is_covered(2));
    must(I2, excludes(0, 1) && excludes(0, 2) && excludes(1, 2))
}

/* Only a replayed counterexample prints. */
inline say_state(it) {
    if
    :: it == EMPTY -> printf("EMPTY")
    :: it == RESERVED -> printf("RESERVED")
    :: it == INITIALISING -> printf("INITIALISING")
    :: it == INITIALISED -> printf("INITIALISED")
    :: it == QUARANTINE -> printf("QUARANTINE")
    :: else
    fi
}

/* `after` becomes durable. */
inline store(ev) {
    must(I3, !above(record.epoch, record.token, after.epoch, after.token));
    must(I4, record.state != INITIALISED || ev == REARM || after.state == QUARANTINE ||
             (after.state == INITIALISED && after.hash == record.hash));
    must(Q, after.state != QUARANTINE || ((KINDS) & ROLLBACK));
    if
    :: after.state == INITIALISED && record.state != INITIALISED ->
        must(I1, born[after.epoch] == 0 || born[after.epoch] == after.hash);
        born[after.epoch] = after.hash
    :: else
    fi;
    printf("record: %e: ", ev); say_state(record.state); printf(" -> "); say_state(after.state);
    printf(", epoch %d, token %d, holder m%d, CA %d\n", after.epoch, after.token, after.holder, after.hash);
    record.state = after.state; record.epoch = after.epoch; record.token = after.token;
    record.holder = after.holder; record.hash = after.hash;
    check_record()
}

inline load() {
    after.state = record.state; after.epoch = record.epoch; after.token = record.token;
    after.holder = record.holder; after.hash = record.hash
}
inline forget_request() {
    after.state = 0; after.epoch = 0; after.token = 0; after.holder = 0; after.hash = 0;
    s_sender = 0; s_numbers = 0; s_hash = 0; s_lease = 0; s_answer = 0; s_effect = 0; s_result = 0
}

/* record_apply(): the witness, then what is asked. The claim binds the name to the first machine that speaks. */
inline decide(sender, ev, its_epoch, its_token, its_hash) {
    load();
    if
    :: owner[host_of(sender)] == 0 -> owner[host_of(sender)] = sender + 1
    :: else
    fi;
    if
    :: owner[host_of(sender)] != sender + 1 -> s_result = CONFLICT
    :: else ->
#ifndef MUTANT_NO_WITNESS
        record_next(WITNESS, 0, its_epoch, its_token, (ev == COMMIT -> 0 : its_hash));
#endif
        s_result = GRANTED;
        if
        :: ev != LOOK -> record_next(ev, host_of(sender), its_epoch, its_token, its_hash); s_result = s_answer
        :: else
        fi
    fi
}

/* What is left of the past after a restore or the loss of a disk: the hashes that somebody knows, and the machine that
 * remembers the most. */
inline recall() {
    d_step {
        for (k : 1 .. EPOCHS) {
            born[k] = 0
        }
        if
        :: record.state == INITIALISED -> born[record.epoch] = record.hash
        :: else
        fi;
        witness = 0;
        for (k : 0 .. AGENTS - 1) {
            if
            :: m[k].hash != 0 -> born[m[k].epoch] = m[k].hash
            :: else
            fi;
            if
            :: remembers_more(k) && (witness == 0 || above(m[k].epoch, m[k].token, m[witness - 1].epoch, m[witness - 1].token) ||
                                     (m[k].epoch == m[witness - 1].epoch && m[k].token == m[witness - 1].token && m[k].hash != 0)) ->
                witness = k + 1
            :: else
            fi
        }
        k = 0
    }
}

/* --- the seed -------------------------------------------------------------------------------------------------- */
inline settle(ev) { /* fsync */
    d_step {
        if
        :: s_result != CONFLICT -> store(ev)
        :: else
        fi
    }
}
inline done_with_request() {
    d_step { event = 0; from = 0; epoch = 0; token = 0; ca = 0; forget_request() }
}

#ifdef MUTANT_REPLY_BEFORE_FSYNC
#define ANSWERS_BEFORE_FSYNC true
#else
#define ANSWERS_BEFORE_FSYNC false
#endif

/* The sender waits. `fate`: power may go before fsync or behind it, and the answer may be lost. The answer is the last
 * statement, so that the seed is ready again in the same step. */
#define SERVE(i)                                                                                                     \
    :: atomic {                                                                                                      \
        call[i]?event, epoch, token, ca, fate ->                                                                      \
        d_step {                                                                                                      \
            decide(i, event, epoch, token, ca);                                                                       \
            witness = (witness == i + 1 && s_result != CONFLICT && fate != CUT_BEFORE_FSYNC -> 0 : witness);                                      \
            if                                                                                                        \
            :: s_result != CONFLICT && fate != CUT_BEFORE_FSYNC -> store(event)                                       \
            :: else                                                                                                   \
            fi;                                                                                                       \
            s_result = (fate == FINE || (fate == CUT_BEFORE_FSYNC && ANSWERS_BEFORE_FSYNC) -> s_result : LOST);       \
            event = 0; epoch = 0; token = 0; ca = 0; fate = 0                                                         \
        }                                                                                                             \
        answer[i]!s_result, after.state, after.epoch, after.token, after.holder, after.hash                           \
    }

/* Nobody waits for the answer any more. */
#define SERVE_LATE(k)                                                                                                \
    :: atomic {                                                                                                      \
        witness == 0 && full(late[k]) -> late[k]?event, from, epoch, token, ca;                                                     \
        d_step { decide(from, event, epoch, token, ca) }                                                              \
        settle(event); done_with_request()                                                                            \
    }                                                                                                                \
    :: atomic { late[k]?event, from, epoch, token, ca -> done_with_request() }

#ifdef MUTANT_INITIALISING_EXPIRES
#define EXPIRES_TOO record.state == INITIALISING
#else
#define EXPIRES_TOO false
#endif

proctype seed() {
    mtype event, fate;
    byte from, epoch, token, ca, k;
end:
    do
    SERVE(0)
    SERVE(1)
    SERVE(2)
    SERVE_LATE(0)
    SERVE_LATE(1)
    :: atomic { /* time passes */
        may(LAPSE) && witness == 0 && (record.state == RESERVED || EXPIRES_TOO) ->
        d_step { faults--; load(); record_next(EXPIRE, 0, 0, 0, 0) }
        settle(EXPIRE); done_with_request()
    }
    :: d_step { /* a backup that will be needed */
        may(ROLLBACK) && backup.state == 0 ->
        backup.state = record.state; backup.epoch = record.epoch; backup.token = record.token;
        backup.holder = record.holder; backup.hash = record.hash
    }
    :: atomic { /* restored */
        may(ROLLBACK) && backup.state != 0 ->
        d_step {
            faults--;
            printf("seed: restored to epoch %d, token %d\n", backup.epoch, backup.token);
            record.state = backup.state; record.epoch = backup.epoch; record.token = backup.token;
            record.holder = backup.holder; record.hash = backup.hash;
            backup.state = 0; backup.epoch = 0; backup.token = 0; backup.holder = 0; backup.hash = 0
        }
        recall()
    }
    od
}

/* --- the operator ---------------------------------------------------------------------------------------------- */
#ifdef MUTANT_FORGETS_HOLDER
#define FORGETS_HOLDER true
#else
#define FORGETS_HOLDER false
#endif

#ifdef MUTANT_RECOVERS_UNPROVEN
#define proves(i) (m[i].files != 0)
#else
#define proves(i) (m[i].joined && m[i].files == m[i].hash) /* the journal says member, and the CA's key is there */
#endif

#define RECOVERS(i)                                                                                                  \
    :: atomic { /* the operator believes what this master proves */                                                    \
        witness == 0 && record.state == QUARANTINE && proves(i) && has_spoken(i) && record.epoch < EPOCHS ->           \
        d_step {                                                                                                      \
            must(I7, born[m[i].epoch] == m[i].files);                                                                 \
            load();                                                                                                   \
            record_next(RECOVER, host_of(i), m[i].epoch, m[i].token, m[i].files)                                      \
        }                                                                                                             \
        settle(RECOVER); done_with_request()                                                                          \
    }

proctype operator() {
    mtype event;
    byte from, epoch, token, ca;
end:
    do
    :: atomic { /* out of QUARANTINE always; else a mistake, or a cluster that shall go */
        witness == 0 && (record.state == QUARANTINE || may(OPERATOR)) && record.epoch < EPOCHS ->
        d_step {
            faults = (record.state == QUARANTINE -> faults : faults - 1);
            load();
            record_next(REARM, 0, 0, 0, 0)
        }
        settle(REARM); done_with_request()
    }
    RECOVERS(0)
    RECOVERS(1)
    RECOVERS(2)
    :: d_step { /* seedctl forget: refused for the machine that runs kubeadm init */
        may(FORGET) && owner[1] != 0 && (record.state != INITIALISING || record.holder != 1 || FORGETS_HOLDER) ->
        faults--;
        owner[1] = 0
    }
    od
}

/* --- a master -------------------------------------------------------------------------------------------------- */
inline put_late(i, ev, its_hash) {
    if
    :: empty(late[0]) -> late[0]!ev, i, m[i].epoch, m[i].token, its_hash
    :: full(late[0]) -> late[1]!ev, i, m[i].epoch, m[i].token, its_hash
    fi
}

/* Sends what the step asks for and takes the answer. The machine's memory goes with every call; it is the grant as well. */
inline ask(i, ev, its_hash) {
    if
    :: fate = FINE
    :: may(LOSS) -> faults--; fate = LOST
    :: may(LOSS) -> faults--; fate = ANSWER_LOST
    :: may(SEED_CRASH) -> faults--; fate = CUT_BEFORE_FSYNC
    :: may(SEED_CRASH) -> faults--; fate = CUT_AFTER_FSYNC
    :: may(DELAY) && ev != LOOK && (empty(late[0]) || empty(late[1])) -> faults--; fate = LOST; put_late(i, ev, its_hash)
    :: may(DELAY) && ev != LOOK && (empty(late[0]) || empty(late[1])) -> faults--; fate = FINE; put_late(i, ev, its_hash) /* twice */
    fi;
    if
    :: fate != LOST ->
        call[i]!ev, m[i].epoch, m[i].token, its_hash, fate;
        answer[i]?result, state, epoch, token, holder, hash
    :: else -> result = LOST
    fi;
    fate = 0
}

#ifdef MUTANT_KEEPS_OLD_HASH
#define HASH_OF_BEFORE m[i].hash
#else
#define HASH_OF_BEFORE 0
#endif

/* What a machine saw it never forgets, but a member keeps to its own cluster. */
inline remember(i) {
    must(I3, !above(m[i].epoch, m[i].token, epoch, token));
    if
    :: m[i].joined
    :: !m[i].joined && above(epoch, token, m[i].epoch, m[i].token) ->
        m[i].epoch = epoch; m[i].token = token; m[i].hash = (state == INITIALISED -> hash : HASH_OF_BEFORE)
    :: else ->
        m[i].hash = (state == INITIALISED -> hash : m[i].hash)
    fi
}

inline wipe(i) { /* kubeadm reset: durable when it ends */
    m[i].kubelet = false; m[i].files = 0; m[i].made = false; m[i].init_epoch = 0; m[i].init_token = 0
}

/* kubelet revives the static pods of whatever lies there, so it must be one's own init or a committed cluster. */
inline start_kubelet(i) {
    m[i].kubelet = true;
    must(I6, m[i].init_epoch != 0 || (m[i].joined && m[i].files == m[i].hash && (born[m[i].epoch] == m[i].files)))
}

inline power_cut(i) {
    printf("m%d: power lost\n", i + 1);
    m[i].kubelet = false; m[i].init_epoch = 0; m[i].init_token = 0;
#ifdef MUTANT_UNGATED_KUBELET
    if
    :: m[i].files != 0 -> start_kubelet(i)
    :: else
    fi;
#endif
    m[i].step = (m[i].joined -> VALIDATING : LOOKING)
}

#ifdef MUTANT_RESUMES_WITHOUT_BEGIN
#define RESUME INITIALISE
#else
#define RESUME BEGINNING
#endif

inline heard(i) {
    if
    :: result == LOST || result == CONFLICT ->
        printf("m%d: %e: %e\n", i + 1, m[i].step, result);
        m[i].step = (m[i].step == VALIDATING && result == LOST -> MEMBER : (m[i].joined -> m[i].step : LOOKING));
        if
        :: m[i].step == MEMBER && !m[i].kubelet -> start_kubelet(i) /* the seed is away: the cached record decides */
        :: else
        fi
    :: else ->
        printf("m%d: %e: %e, epoch %d, token %d\n", i + 1, m[i].step, result, epoch, token);
        remember(i);
        mine = (holder == host_of(i));
        if
        :: m[i].step == LOOKING ->
            if
            :: state == EMPTY || (state == RESERVED && mine) -> m[i].step = RESERVING
            :: state == INITIALISING && mine -> m[i].step = (m[i].made -> COMMITTING : RESUME)
            :: state == INITIALISED && mine && m[i].made -> m[i].step = COMMITTING
            :: state == INITIALISED && !(mine && m[i].made) -> wipe(i); m[i].step = JOINING
            :: else
            fi
        :: m[i].step == RESERVING -> m[i].step = (result == GRANTED && state == RESERVED -> BEGINNING : LOOKING)
        :: m[i].step == BEGINNING -> m[i].step = (result == GRANTED -> (m[i].made -> COMMITTING : INITIALISE) : LOOKING)
        :: m[i].step == COMMITTING ->
            if
            :: result == GRANTED ->
                m[i].joined = true; m[i].init_epoch = 0; m[i].init_token = 0; m[i].step = MEMBER;
                start_kubelet(i)
            :: else -> m[i].step = LOOKING
            fi
        :: m[i].step == ABORTING -> m[i].step = LOOKING
        :: m[i].step == VALIDATING || m[i].step == REFUSED ->
            if
            :: state == QUARANTINE || (state == INITIALISED && hash == m[i].hash) -> m[i].step = MEMBER; start_kubelet(i)
            :: else -> m[i].step = REFUSED
            fi
        :: m[i].step == MEMBER
        :: else
        fi
    fi;
    result = 0; state = 0; epoch = 0; token = 0; holder = 0; hash = 0; mine = false;
    forget_request()
}

#define lives(ca) ((m[0].files == ca && m[0].kubelet) || (m[1].files == ca && m[1].kubelet) || (m[2].files == ca && m[2].kubelet))
/* The long poll answers when there is something to do. */
#define looks_up(i)                                                                                                  \
    (record.state == EMPTY || record.state == INITIALISED || record.holder == host_of(i) || witness == (i) + 1)

proctype agent(byte i) {
    mtype result, fate;
    byte state, epoch, token, holder, hash;
    bool mine;
    byte k;
end:
    do
    :: atomic { hears(i) && m[i].step == LOOKING && looks_up(i) -> ask(i, LOOK, m[i].hash); heard(i) }
    :: atomic { hears(i) && m[i].step == RESERVING -> ask(i, RESERVE, m[i].hash); heard(i) }
    :: atomic { hears(i) && m[i].step == BEGINNING -> ask(i, BEGIN, m[i].hash); heard(i) }
    :: atomic { hears(i) && m[i].step == COMMITTING -> ask(i, COMMIT, m[i].files); heard(i) }
    :: atomic { hears(i) && m[i].step == ABORTING -> ask(i, ABORT, m[i].hash); heard(i) }
    :: atomic { hears(i) && m[i].step == VALIDATING -> ask(i, LOOK, m[i].hash); heard(i) }
    :: atomic { witness == i + 1 && (m[i].step == MEMBER || m[i].step == REFUSED || m[i].step == JOINING) -> ask(i, LOOK, m[i].hash); heard(i) }
    :: d_step { /* kubeadm init starts: from here its pods live */
        m[i].step == INITIALISE ->
        wipe(i);
        inits++;
        printf("m%d: kubeadm init, CA %d\n", i + 1, inits);
        m[i].files = inits; m[i].init_epoch = m[i].epoch; m[i].init_token = m[i].token; m[i].step = RUNS_INIT;
        start_kubelet(i);
        check_record()
    }
    :: d_step { m[i].step == RUNS_INIT -> m[i].made = true; m[i].step = COMMITTING }
    :: d_step { m[i].step == RUNS_INIT && may(FAILURE) -> faults--; printf("m%d: kubeadm init fails\n", i + 1); wipe(i); m[i].step = ABORTING }
    :: d_step { /* the ticket pins the CA hash that this machine saw committed */
        m[i].step == JOINING && lives(m[i].hash) ->
        must(I5, born[m[i].epoch] == m[i].hash);
        m[i].files = m[i].hash; m[i].joined = true; m[i].step = MEMBER;
        start_kubelet(i)
    }
    :: d_step { m[i].step == JOINING && record.hash != m[i].hash -> m[i].step = LOOKING } /* the seed mints no such ticket */
    :: d_step { may(CRASH) && m[i].step != LOOKING && m[i].step != VALIDATING -> faults--; power_cut(i) }
    :: atomic { /* a new disk */
        may(WIPE) && has_spoken(i) ->
        d_step {
            faults--;
            wipe(i);
            m[i].epoch = 0; m[i].token = 0; m[i].hash = 0; m[i].joined = false;
            power_cut(i)
        }
        recall()
    }
    od
}

init {
    atomic {
        record.state = EMPTY; record.epoch = 1;
        m[0].step = LOOKING; m[1].step = LOOKING; m[2].step = LOOKING;
        run seed(); run operator(); run agent(0); run agent(1); run agent(2)
    }
}

/* Under weak fairness, and when the faults have come to an end. */
#ifdef LIVENESS
ltl live { <> (record.state == INITIALISED) && <> (m[0].step == MEMBER && m[1].step == MEMBER && m[2].step == MEMBER) }
#endif
