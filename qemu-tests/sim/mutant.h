/* SPDX-License-Identifier: Apache-2.0
 * Known mistakes. The simulation must catch each of them, else it proves nothing. They are in the harness: around
 * record_next() (the linker's --wrap), in the disk, and in the machine's driver. */
#pragma once

enum mutant {
    MUTANT_NONE,
    MUTANT_NO_TOKEN_CHECK,
    MUTANT_FOREIGN_RELEASE,
    MUTANT_INITIALISING_EXPIRES,
    MUTANT_REPLY_BEFORE_SYNC,
    MUTANT_NO_WITNESS,
    MUTANT_KUBELET_NOT_GATED,
    MUTANT_JOURNAL_NOT_SYNCED,
    MUTANT_ABORT_FORGOTTEN,
    MUTANT_ANY_CA,
    MUTANT_RECOVERY_IN_EPOCH,
    MUTANT_RECOVERY_UNPROVED,
    MUTANTS
};

const char *mutant_name(enum mutant mutant);
void mutant_set(enum mutant mutant); /* for this process */
