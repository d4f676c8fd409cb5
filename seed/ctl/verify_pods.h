/* SPDX-License-Identifier: Apache-2.0
 * The part of `seedctl verify` that makes something: a pod on every machine and a Service with a port on the VIP. They
 * are gone when it ends. Their name has the address of the master that asked, so two masters may ask at the same time.
 */
#pragma once
#include "role.h"

/* Whether a pod on each machine answers this one, and a Service answers at its address and at the VIP. Prints a line a
 * check, and returns how many failed. */
int verify_pods(const struct role *role);
