/* SPDX-License-Identifier: Apache-2.0
 * AGENT_STATE/generation: the lowest generation of the seed's certificate that counts for this machine, and of which
 * authority ("2 sha256:…\n"). It never goes down; another authority starts anew. Pure. */
#pragma once
#include "pki.h"
#include <stdbool.h>

enum { GENERATION_TEXT_SIZE = 8 + PKI_PIN_SIZE };
#define GENERATION_FILE "generation"

/* 1 when the text is damaged or of another authority than `pin`. */
unsigned generation_parse(const char *text, const char *pin);
void generation_print(unsigned generation, const char *pin, char ret[GENERATION_TEXT_SIZE]);

/* Whether `text` may take the place of `kept`: it is of another authority, or not lower. */
bool generation_replaces(const char *text, const char *kept);

/* What the seed's header says; 0: nothing that counts. */
unsigned generation_of_header(const char *text);
