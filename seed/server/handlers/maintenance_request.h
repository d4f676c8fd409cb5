/* SPDX-License-Identifier: Apache-2.0
 * What words of machines and of the operator have in common: an event of the maintenance record, and the reply to it.
 */
#pragma once
#include "server/context/request.h"

/* An event now, of the machine that asks, with what the site gives. Its hostname is the site's. */
struct maintenance_event maintenance_event_now(const struct request *request);

/* Applies it, durably, and replies the record, or why not. */
enum MHD_Result maintenance_apply(struct request *request, const struct maintenance_event *event);

/* Replies the record. */
enum MHD_Result maintenance_reply(struct request *request);
