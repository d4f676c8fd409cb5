/* SPDX-License-Identifier: Apache-2.0
 * Files on this machine whose whole content is rendered from the role: compared, and written only if different. */
#pragma once
#include "buf.h"
#include "error.h"
#include "render/render.h"
#include <sys/types.h>

struct agent;

/* 1 when `path` differs from what `what` renders to (or is missing), 0 when equal, -1 on error. */
int rendered_differs(const struct agent *agent, const char *what, const char *path, struct error *err);

/* The text itself. */
int rendered_text(const struct agent *agent, const char *what, struct buf *ret, struct error *err);

/* Writes the file if it differs: 1 written, 0 was equal, -1. */
int rendered_apply(const struct agent *agent, const char *what, const char *path, mode_t mode, struct error *err);

/* As rendered_apply(), with the secrets of a ticket; the mode is always 0600. */
int rendered_secret(const struct agent *agent, const struct render_ticket *ticket, const char *what, const char *path,
                    struct error *err);
