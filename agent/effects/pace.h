/* SPDX-License-Identifier: Apache-2.0
 * How slow this machine's processor is: an emulated one, or a very old one, gets time-outs that are as many times as
 * long. Measured once, when the agent starts. */
#pragma once

/* Measures, and keeps what differs from 1 in AGENT_RUN/pace. A few milliseconds. */
void pace_note(void);

/* 1 to 5. */
unsigned pace_read(void);
