/* SPDX-License-Identifier: Apache-2.0
 * What in a cluster would be in the way of work on its machines, and of its next release: read off the API's objects.
 * Pure. */
#pragma once
#include "buf.h"
#include <cjson/cJSON.h>
#include <stdbool.h>

enum { PRECONDITION_TEXT_MAX = 255 /* bytes of one list of names */, PRECONDITION_REMOVED_MAX = 16 };

/* "a, b" and, when it gets too long, "a, b and more". *ret has PRECONDITION_TEXT_MAX + 1 bytes. */
void precondition_name(char *ret, const char *name);

/* Whether a PodDisruptionBudget lets no pod go now, although it has some. */
bool precondition_budget_blocks(const cJSON *budget);

/* Whether an entry of a Validating- or MutatingWebhookConfiguration refuses when nobody answers (failurePolicy Fail),
 * and its Service: *ret_namespace and *ret_name belong to the tree. One that is outside of the cluster has none: false.
 */
bool precondition_webhook_fails(const cJSON *webhook, const char **ret_namespace, const char **ret_name);

/* On how many machines ready pods of a Service run: of its EndpointSlices. */
unsigned precondition_machines_of(const cJSON *slices);

/* A line of the API server's metrics that says that somebody asked for an API which a later release does not have
 * (apiserver_requested_deprecated_apis). *ret_api "flowschemas.v1beta3.flowcontrol.apiserver.k8s.io", *ret_minor 32. */
enum { PRECONDITION_API_SIZE = 128 };
bool precondition_removed_api(const char *line, size_t length, char ret_api[static PRECONDITION_API_SIZE],
                              unsigned *ret_minor);

struct precondition_removed {
    char api[PRECONDITION_API_SIZE];
    unsigned minor; /* the first release without it */
};

/* Adds the API of such a line to the list, once: there is a line for each subresource. Nothing when the list is full.
 */
void precondition_add_removed(struct precondition_removed list[static PRECONDITION_REMOVED_MAX], size_t *n,
                              const char *line, size_t length);
