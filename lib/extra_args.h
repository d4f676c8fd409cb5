/* SPDX-License-Identifier: Apache-2.0
 * Arguments that a site adds to the programs of the control plane, and the table of those that it may not change. Pure.
 */
#pragma once
#include "reader.h"

enum control_plane_component { COMPONENT_API_SERVER, COMPONENT_CONTROLLER_MANAGER, COMPONENT_SCHEDULER, COMPONENTS };

/* "api_server" ...: the keys of a document, in the enum's order, NULL-terminated. */
extern const char *const component_names[];

enum { EXTRA_ARGS_MAX = 32 }; /* of one program */

/* Checks an object of flags, without their dashes, and their values; absent is fine. Reports what is no flag, and what
 * would break what kubeadm or Seedrack sets. Which flags a release has is not known here. */
void extra_args_check(const struct cursor *object, enum control_plane_component component);
