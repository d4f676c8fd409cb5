/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record's transitions, one row each. bootstrap.pml takes its decisions from these rows and
 * seed/test/test_lock.c walks lock_next() through every combination of their columns: neither can change alone.
 * A column is a set, joined by `|`. Exactly one row fits any request.
 *
 *   event    what is asked
 *   states   the record's state before
 *   sender   HOLDER: the record's `holder` is the sender's hostname (in EMPTY it is nobody's), OTHER: it is not
 *   numbers  the sender's (epoch, token) against the record's: OLDER_EPOCH, OLDER_TOKEN (same epoch), SAME,
 *            NEWER_TOKEN (same epoch), NEWER_EPOCH
 *   hash     the sender's CA hash: NONE (or not valid), EQUAL (to the record's), DIFFERENT (the record has another or none)
 *   lease    RUNNING or OVER
 *   answer   enum lock_answer
 *   effect   STAY    nothing changes
 *            TAKE    RESERVED by the sender: token + 1, a lease
 *            EXTEND  the lease starts anew
 *            ENTER   INITIALISING, token + 1
 *            BEAR    INITIALISED with the sender's CA hash
 *            FREE    EMPTY: no holder, no CA hash
 *            NEXT_EPOCH  EMPTY as by FREE, epoch + 1
 *            DOUBT   QUARANTINE; higher numbers are taken over, and with a higher epoch holder and CA hash go */
/*  event    states                              sender    numbers                hash             lease    answer               effect */
ROW(RESERVE, EMPTY,                              ANYONE,   ANY,                   ANY_HASH,        ANYTIME, GRANTED,             TAKE)
ROW(RESERVE, RESERVED | INITIALISING,            HOLDER,   ANY,                   ANY_HASH,        ANYTIME, GRANTED,             STAY)
ROW(RESERVE, RESERVED | INITIALISING,            OTHER,    ANY,                   ANY_HASH,        ANYTIME, HELD,                STAY)
ROW(RESERVE, INITIALISED,                        ANYONE,   ANY,                   ANY_HASH,        ANYTIME, ALREADY_INITIALISED, STAY)
ROW(RESERVE, QUARANTINE,                         ANYONE,   ANY,                   ANY_HASH,        ANYTIME, QUARANTINED,         STAY)

ROW(BEGIN,   EMPTY,                              ANYONE,   ANY,                   ANY_HASH,        ANYTIME, NOT_HOLDER,          STAY)
ROW(BEGIN,   RESERVED | INITIALISING,            OTHER,    ANY,                   ANY_HASH,        ANYTIME, NOT_HOLDER,          STAY)
ROW(BEGIN,   RESERVED | INITIALISING,            HOLDER,   ANY & ~SAME,           ANY_HASH,        ANYTIME, STALE,               STAY)
ROW(BEGIN,   RESERVED | INITIALISING,            HOLDER,   SAME,                  ANY_HASH,        ANYTIME, GRANTED,             ENTER)
ROW(BEGIN,   INITIALISED,                        ANYONE,   ANY,                   ANY_HASH,        ANYTIME, ALREADY_INITIALISED, STAY)
ROW(BEGIN,   QUARANTINE,                         ANYONE,   ANY,                   ANY_HASH,        ANYTIME, QUARANTINED,         STAY)

ROW(RENEW,   EMPTY,                              ANYONE,   ANY,                   ANY_HASH,        ANYTIME, NOT_HOLDER,          STAY)
ROW(RENEW,   RESERVED | INITIALISING,            OTHER,    ANY,                   ANY_HASH,        ANYTIME, NOT_HOLDER,          STAY)
ROW(RENEW,   RESERVED | INITIALISING,            HOLDER,   ANY & ~SAME,           ANY_HASH,        ANYTIME, STALE,               STAY)
ROW(RENEW,   RESERVED,                           HOLDER,   SAME,                  ANY_HASH,        ANYTIME, GRANTED,             EXTEND)
ROW(RENEW,   INITIALISING,                       HOLDER,   SAME,                  ANY_HASH,        ANYTIME, GRANTED,             STAY)
ROW(RENEW,   INITIALISED,                        ANYONE,   ANY,                   ANY_HASH,        ANYTIME, ALREADY_INITIALISED, STAY)
ROW(RENEW,   QUARANTINE,                         ANYONE,   ANY,                   ANY_HASH,        ANYTIME, QUARANTINED,         STAY)

ROW(COMMIT,  EMPTY,                              ANYONE,   ANY,                   ANY_HASH,        ANYTIME, NOT_HOLDER,          STAY)
ROW(COMMIT,  RESERVED | INITIALISING,            ANYONE,   ANY,                   NONE,            ANYTIME, INVALID,             STAY)
ROW(COMMIT,  RESERVED | INITIALISING,            OTHER,    ANY,                   EQUAL|DIFFERENT, ANYTIME, NOT_HOLDER,          STAY)
ROW(COMMIT,  RESERVED | INITIALISING,            HOLDER,   ANY & ~SAME,           EQUAL|DIFFERENT, ANYTIME, STALE,               STAY)
ROW(COMMIT,  RESERVED,                           HOLDER,   SAME,                  EQUAL|DIFFERENT, ANYTIME, WRONG_STATE,         STAY)
ROW(COMMIT,  INITIALISING,                       HOLDER,   SAME,                  EQUAL|DIFFERENT, ANYTIME, GRANTED,             BEAR)
ROW(COMMIT,  INITIALISED,                        OTHER,    ANY,                   ANY_HASH,        ANYTIME, ALREADY_INITIALISED, STAY)
ROW(COMMIT,  INITIALISED,                        HOLDER,   ANY,                   NONE,            ANYTIME, INVALID,             STAY)
ROW(COMMIT,  INITIALISED,                        HOLDER,   ANY & ~SAME,           EQUAL|DIFFERENT, ANYTIME, STALE,               STAY)
ROW(COMMIT,  INITIALISED,                        HOLDER,   SAME,                  DIFFERENT,       ANYTIME, OTHER_CA,            STAY)
ROW(COMMIT,  INITIALISED,                        HOLDER,   SAME,                  EQUAL,           ANYTIME, GRANTED,             STAY)
ROW(COMMIT,  QUARANTINE,                         ANYONE,   ANY,                   ANY_HASH,        ANYTIME, QUARANTINED,         STAY)

ROW(ABORT,   EMPTY,                              ANYONE,   SAME,                  ANY_HASH,        ANYTIME, GRANTED,             STAY)
ROW(ABORT,   EMPTY,                              ANYONE,   ANY & ~SAME,           ANY_HASH,        ANYTIME, NOT_HOLDER,          STAY)
ROW(ABORT,   RESERVED | INITIALISING,            OTHER,    ANY,                   ANY_HASH,        ANYTIME, NOT_HOLDER,          STAY)
ROW(ABORT,   RESERVED | INITIALISING,            HOLDER,   ANY & ~SAME,           ANY_HASH,        ANYTIME, STALE,               STAY)
ROW(ABORT,   RESERVED | INITIALISING,            HOLDER,   SAME,                  ANY_HASH,        ANYTIME, GRANTED,             FREE)
ROW(ABORT,   INITIALISED,                        ANYONE,   ANY,                   ANY_HASH,        ANYTIME, ALREADY_INITIALISED, STAY)
ROW(ABORT,   QUARANTINE,                         ANYONE,   ANY,                   ANY_HASH,        ANYTIME, QUARANTINED,         STAY)

ROW(EXPIRE,  RESERVED,                           ANYONE,   ANY,                   ANY_HASH,        OVER,    GRANTED,             FREE)
ROW(EXPIRE,  RESERVED,                           ANYONE,   ANY,                   ANY_HASH,        RUNNING, GRANTED,             STAY)
ROW(EXPIRE,  ALL_STATES & ~RESERVED,             ANYONE,   ANY,                   ANY_HASH,        ANYTIME, GRANTED,             STAY)

ROW(WITNESS, ALL_STATES,                         ANYONE,   NEWER,                 ANY_HASH,        ANYTIME, GRANTED,             DOUBT)
ROW(WITNESS, ALL_STATES & ~QUARANTINE,           ANYONE,   OLDER_TOKEN | SAME,    DIFFERENT,       ANYTIME, GRANTED,             DOUBT)
ROW(WITNESS, ALL_STATES & ~QUARANTINE,           ANYONE,   OLDER_TOKEN | SAME,    NONE | EQUAL,    ANYTIME, GRANTED,             STAY)
ROW(WITNESS, QUARANTINE,                         ANYONE,   OLDER_TOKEN | SAME,    ANY_HASH,        ANYTIME, GRANTED,             STAY)
ROW(WITNESS, ALL_STATES,                         ANYONE,   OLDER_EPOCH,           ANY_HASH,        ANYTIME, GRANTED,             STAY)

ROW(REARM,   ALL_STATES,                         ANYONE,   ANY,                   ANY_HASH,        ANYTIME, GRANTED,             NEXT_EPOCH)
