/* SPDX-License-Identifier: Apache-2.0
 * Calls of the cluster's API, for the files of this folder that know its objects. Paths are those of the API server of
 * this machine. */
#pragma once
#include "error.h"
#include "http.h"
#include "role.h"
#include <cjson/cJSON.h>
#include <stdbool.h>

enum { API_WATCH_S = 65 /* a little more than what the API server is asked for */, API_PATH_MAX = 1400 };

extern const struct http_options api_client; /* without a client certificate */

/* With the certificate of the administrator whom kubeadm made (its other client certificates may do less with each
 * release), as the user of this machine's agent, who may do what decide/rights.c lists. The options hold pointers to
 * what this process keeps. */
struct api_user {
    char header[128];
};
int api_agent(const struct role *role, struct api_user *ret_user, struct http_options *ret, struct error *err);

/* A watch as that user was refused: writes what is missing of its rights, or says that nothing is. */
void api_refused(const struct role *role, const char *what);

/* Calls with method, body and body_type of `wanted`. Any status counts as success. A refusal for want of rights is
 * tried again when they are there. */
int api_call(const struct role *role, const struct http_options *wanted, const char *path, struct http_reply *ret,
             struct error *err);

/* 0: done; 1: the server answered with status `accepted`, which means that nothing is left to do. */
int api_send(const struct role *role, const char *method, const char *path, const char *body, long accepted,
             struct error *err);
int api_delete(const struct role *role, const char *path, struct error *err); /* 1: there was none */
int api_get(const struct role *role, const char *path, cJSON **ret, struct error *err);

/* Follows the watch `url` until `holds` is true for one event. The API server ends a watch after a minute; then it is
 * asked again. When the API server does not answer, it is asked again after a pause. */
int api_watch(const char *url, const struct http_options *client, bool (*holds)(void *, const char *, size_t),
              void *context, unsigned timeout_s, struct error *err);
