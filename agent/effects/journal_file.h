/* SPDX-License-Identifier: Apache-2.0
 * The journal on disk. */
#pragma once
#include "decide/journal.h"

/* A missing file is a blank journal. A damaged one is an error that names file, cause and remedy; nothing is
 * guessed. */
int journal_load(const char *path, struct journal *ret, struct error *err);
int journal_save(const char *path, const struct journal *journal, struct error *err); /* durable on return */
