/* SPDX-License-Identifier: Apache-2.0
 * One request to the seed, under this machine's claim; by TLS if the machine was booted with a pin (seedrack.ca). */
#pragma once
#include "client.h"
#include "effects/http.h"

/* 0 with *reply, whatever its status is. EHOSTUNREACH or ETIMEDOUT: nobody answered, or somebody who is not the site's
 * seed. */
int seed_request(struct seed_client *client, const char *method, const char *path, const struct http_options *options,
                 struct http_reply *reply, struct error *err);

/* As seed_request(). A machine without a claim, or with a claim that the seed forgot, claims first, once. */
int seed_request_known(struct seed_client *client, const char *method, const char *path,
                       const struct http_options *options, struct http_reply *reply, struct error *err);

/* Turns the reason of a refusal into an error with the errnum of seed_call(), and EACCES for 401. Always -1. */
int seed_refused(const char *method, const char *path, const struct http_reply *reply, struct error *err);
