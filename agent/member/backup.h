/* SPDX-License-Identifier: Apache-2.0
 * A master makes the cluster's backup when the seed says that it is its turn (docs/restore.md). */
#pragma once

struct agent;

/* Never returns; runs in a process of its own on masters. */
void backup_forever(struct agent *agent) __attribute__((noreturn));
