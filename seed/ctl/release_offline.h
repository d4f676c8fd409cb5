/* SPDX-License-Identifier: Apache-2.0
 * A release for a seed that does not run yet: in the folders of configs/systemd/seed-server.service, from where the
 * seed reads it when it starts. */
#pragma once
#include "error.h"
#include "release_archive.h"
#include <stdbool.h>

#define RELEASE_OFFLINE_ARTIFACTS "/srv/seedrack"
#define RELEASE_OFFLINE_STATE "/var/lib/seedrack"

enum { RELEASE_OFFLINE_NAME_SIZE = 64 };

/* Whether this machine is a seed's: the package, or seedctl init, made the folder of its site. */
bool release_offline_here(void);

/* The newest release that is kept in RELEASE_OFFLINE_STATE, by its number; false: none is there to be read. */
bool release_offline_newest(char ret[RELEASE_OFFLINE_NAME_SIZE]);

/* Whether a release may be kept so. Not in the state of a version that kept none: the seed tells it by that. */
int release_offline_check(struct error *err);

/* Keeps the documents of the archive, whose files are in RELEASE_OFFLINE_ARTIFACTS already. Durable on return. */
int release_offline_keep(const struct release_archive *archive, struct error *err);
