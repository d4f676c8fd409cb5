/* SPDX-License-Identifier: Apache-2.0
 * Waiting for a change of this machine's IPv4 addresses (rtnetlink(7), RTMGRP_IPV4_IFADDR). */
#pragma once
#include "error.h"

/* *ret_fd: the caller's to close. */
int address_watch_open(int *ret_fd, struct error *err);

/* Returns when an address came or went since the last call, and after `timeout_ms` at the latest. */
void address_watch_wait(int fd, int timeout_ms);
