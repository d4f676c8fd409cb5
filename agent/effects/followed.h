/* SPDX-License-Identifier: Apache-2.0
 * The Service by which member/caches.c sees whether controllers and caches follow. Asks this machine's own API server.
 */
#pragma once
#include "error.h"
#include "role.h"
#include <stdbool.h>

enum { API_UID_SIZE = 48 };
/* Makes a new Service without an address that selects the API servers' pods, in the place of an earlier one. */
int api_make_followed(const struct role *role, char ret_uid[static API_UID_SIZE], struct error *err);
int api_remove_followed(const struct role *role, struct error *err);
/* Blocks until a watch of its EndpointSlices shows a pod's address. ETIMEDOUT: it did not. */
int api_wait_followed(const struct role *role, const char *uid, unsigned timeout_s, struct error *err);
/* Whether a list shows it: from the API server's cache, or from etcd. */
int api_has_followed(const struct role *role, const char *uid, bool cached, bool *ret, struct error *err);
/* The master whose controllers are at work; "": nobody's. */
int api_controllers_host(const struct role *role, char ret[static 64], struct error *err);
