/* SPDX-License-Identifier: Apache-2.0
 * The stable code (SR-...) of a refusal by the seed. Pure. */
#pragma once
#include "codes.h"

/* `word`: the `code` of the seed's error object (docs/api.md), "" where it sent none. */
enum code refusal_code(const char *word, long status);
