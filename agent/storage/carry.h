/* SPDX-License-Identifier: Apache-2.0
 * What the agent wrote before the data partition was mounted goes there. */
#pragma once
#include "error.h"

/* Copies the files of folder `from` to folder `to`: claim, key, certificate, role document. The role document that `to`
 * has is not replaced: the new one lies beside it until its layers are there (role_store.h). Durable on return; after a
 * power cut at any moment, `to` has no certificate but that of its key. */
int carry_files(const char *from, const char *to, struct error *err);
