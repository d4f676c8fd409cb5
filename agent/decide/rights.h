/* SPDX-License-Identifier: Apache-2.0
 * What the agent of a master may do in the cluster, as RBAC objects. It has the administrator's certificate, and acts
 * with it as a user of its own, "seedrack:k8s-m1", by impersonation (kubernetes.io: Authenticating, User
 * impersonation): a call that is wrong is refused, and the API server's audit log names the machine. Pure. */
#pragma once
#include "buf.h"
#include <cjson/cJSON.h>
#include <stdbool.h>

#define RIGHTS_USER "seedrack:" /* and the hostname */
#define RIGHTS_GROUP "seedrack:masters"
#define RIGHTS_NAME "seedrack:master" /* of all its objects */

/* Role and RoleBinding in kube-system, ClusterRoleBinding, and last the ClusterRole, which says by its annotation that
 * all are there. */
enum { RIGHTS_OBJECTS = 4 };

/* The n-th object for a cluster of `release`: its collection's path, where it is RIGHTS_NAME, and its text. */
void rights_object(unsigned n, const char *release, struct buf *ret_path, struct buf *ret_body);

/* Whether the ClusterRole `object` was written by an agent with these rights or with more: an older agent takes none
 * away from a newer one. */
bool rights_are_there(const cJSON *object, const char *release);
