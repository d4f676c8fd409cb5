/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm (test double): what only the real kubeadm decides, namely which flags and which configuration it
 * accepts. */
#pragma once
#include "buf.h"
#include "place.h"

/* Becomes the real kubeadm with the same arguments; returns only on failure. */
int real_become(struct call *call, struct error *err);

/* Whether the real kubeadm knows every flag of this command line: it parses them before it looks at --help. */
int real_accepts_flags(struct call *call, struct error *err);

/* Whether the real kubeadm accepts the configuration. Where it only warns (v1.20 does of an unknown field, and goes on
 * without it; cmd/kubeadm/app/util/config/strict) the test double refuses. */
int real_accepts_init(struct call *call, const char *config, struct error *err);
int real_accepts_join(struct call *call, const char *config, struct error *err);
