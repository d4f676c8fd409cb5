/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm (test double): the process behind `init` and `join` on a master, `fake-kubeadm serve`: at most one a
 * machine. */
#pragma once
#include "place.h"

/* Starts it in its own session, after an old one has ended; returns when it listens. */
int daemon_start(const struct place *place, struct error *err);
/* Ends it if it runs. */
int daemon_stop(const struct place *place, struct error *err);

/* Within the process itself: holds the lock of the pid file for as long as it lives. */
int daemon_hold(const struct place *place, struct error *err);
/* Within the process itself: tells the waiting daemon_start() that it listens, and lets go of its output. */
int daemon_ready(const struct place *place, struct error *err);
