/* SPDX-License-Identifier: Apache-2.0
 * The magic packet that turns a machine on (AMD, Magic Packet Technology, 20213): six bytes 0xff, and the card's MAC
 * sixteen times. */
#pragma once
#include "error.h"
#include "net.h"

enum { POWER_PACKET_PORT = 9 /* discard */, POWER_PACKET_SIZE = 6 + 16 * 6 };

/* Sends it three times, since nobody says whether it arrived, to the broadcast address of the machine's subnet. */
int power_packet_send(const char *mac, const struct cidr *address, struct error *err);
