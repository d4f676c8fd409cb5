/* SPDX-License-Identifier: Apache-2.0
 * containerd's configuration of one registry: hosts.toml of a folder that has the registry's name
 * (github.com/containerd/containerd, docs/hosts.md). */
#pragma once
#include "buf.h"
#include "error.h"
#include "registries.h"

/* How to log in: base64 of USER:PASSWORD (RFC 7617); NULL: nobody does. The first is the registry's own, then the
 * mirrors'. */
struct render_logins {
    const char *of[1 + REGISTRY_MIRRORS_MAX];
};

/* `folder`: where the authorities lie, named by render_authority(). */
int render_hosts_toml(const struct registry *registry, const char *folder, const struct render_logins *logins,
                      struct buf *ret, struct error *err);

/* "ca-0.crt": the registry's own; "ca-1.crt": the first mirror's. */
void render_authority(size_t i, char ret[static 16]);
