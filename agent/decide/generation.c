/* SPDX-License-Identifier: Apache-2.0
 * See generation.h. */
#include "generation.h"

#include "check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number at the start of `text`, which `end` must follow; 0: there is none. */
static unsigned number_of(const char *text, char end) {
    size_t digits = strspn(text, "0123456789");
    unsigned long number = digits > 0 && digits <= 3 && text[digits] == end ? strtoul(text, NULL, 10) : 0;
    return number <= PKI_GENERATION_MAX ? (unsigned)number : 0;
}

/* False when the text is damaged. */
static bool read_text(const char *text, unsigned *ret_generation, char ret_pin[PKI_PIN_SIZE]) {
    *ret_generation = number_of(text, ' ');
    const char *pin = *ret_generation ? strchr(text, ' ') + 1 : "";
    snprintf(ret_pin, PKI_PIN_SIZE, "%.*s", (int)strcspn(pin, "\n"), pin);
    return *ret_generation > 0 && !check_pin(ret_pin) && !strcmp(pin + strlen(ret_pin), "\n");
}

unsigned generation_parse(const char *text, const char *pin) {
    char of[PKI_PIN_SIZE];
    unsigned generation;
    return read_text(text, &generation, of) && !strcmp(of, pin) ? generation : 1;
}

void generation_print(unsigned generation, const char *pin, char ret[GENERATION_TEXT_SIZE]) {
    snprintf(ret, GENERATION_TEXT_SIZE, "%u %s\n", generation, pin);
}

bool generation_replaces(const char *text, const char *kept) {
    char of[PKI_PIN_SIZE];
    unsigned generation;
    return read_text(text, &generation, of) && generation >= generation_parse(kept, of);
}

unsigned generation_of_header(const char *text) {
    return number_of(text, '\0');
}
