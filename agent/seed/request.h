/* SPDX-License-Identifier: Apache-2.0
 * One request to the seed: by TLS where the machine was booted for a site's authority, in the name of its claim. */
#pragma once
#include "client.h"
#include "effects/http.h"

/* *reply has what came, whatever its status. EHOSTUNREACH or ETIMEDOUT: nobody answered, or not the site's own seed. */
int seed_request(struct seed_client *client, const char *method, const char *path, const struct http_options *options,
                 struct http_reply *reply, struct error *err);

/* As seed_request(); a machine without a claim, or with one that the seed forgot, claims anew, once. */
int seed_request_known(struct seed_client *client, const char *method, const char *path,
                       const struct http_options *options, struct http_reply *reply, struct error *err);

/* The reason of a reply that is no success, as an error: see seed_call(); EACCES for 401. Always -1. */
int seed_refused(const char *method, const char *path, const struct http_reply *reply, struct error *err);
