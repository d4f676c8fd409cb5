/* SPDX-License-Identifier: Apache-2.0
 * Checks the invariants (I1 to I6). The oracle sees the whole run, and so more than any machine. */
#pragma once
#include "record/record.h"
#include "wire.h"

enum { ORACLE_GRANTS = 256, ORACLE_CAS = 64, ORACLE_EPOCHS = 64 };

enum oracle_cause {
    ORACLE_EVENT,
    ORACLE_REARM,
    ORACLE_LOAD,
    ORACLE_REPLACED /* the seed's disk is another one: rollback, restore */
};

struct oracle {
    struct bootstrap_record last; /* as the seed last answered, or loaded, it */
    /* count of rearms, rollbacks and quarantines, after which a begun init may have lost its record */
    unsigned disturbances;
    struct {
        struct record_id grant;
        char holder[WIRE_NAME];
        unsigned disturbances;
    } begun[ORACLE_GRANTS]; /* every (epoch, token) that ever was INITIALISING */
    unsigned n_begun;
    char committed[ORACLE_EPOCHS][CA_HASH_SIZE]; /* in this history */
    char ever[ORACLE_CAS][CA_HASH_SIZE];         /* in any */
    unsigned n_ever;
    struct {
        bool running; /* kubeadm init, under `grant` */
        struct record_id grant;
        char name[WIRE_NAME];
        struct record_id seen; /* the record that it read and acted on */
    } machines[WIRE_MACHINES];

    const char *violated; /* "I2 ..." or NULL */
    char detail[256];
};

void oracle_reset(struct oracle *oracle);
void oracle_violate(struct oracle *oracle, const char *invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void oracle_record(struct oracle *oracle, const struct bootstrap_record *now, enum oracle_cause cause);
/* Checks, after a request of `machine` that remembered `known` when it sent it, that the seed took this into
 * account. */
void oracle_witness(struct oracle *oracle, int machine, const struct record_id *known,
                    const struct bootstrap_record *before, const struct bootstrap_record *after);
void oracle_acts(struct oracle *oracle, int machine, const struct record_id *seen);
void oracle_init(struct oracle *oracle, int machine, const char *name, const struct record_id *grant);
void oracle_init_over(struct oracle *oracle, int machine);
/* I7. Before the record is looked at. */
void oracle_recovers(struct oracle *oracle, const char *ca_hash);
bool oracle_was_committed(const struct oracle *oracle, const char *ca_hash);
