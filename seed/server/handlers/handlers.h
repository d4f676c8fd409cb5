/* SPDX-License-Identifier: Apache-2.0
 * The handlers of API v1, each in the file of its noun: route_*.c. server/routes.c has the table. */
#pragma once
#include "server/context/request.h"

enum MHD_Result route_trust(struct request *request);
enum MHD_Result route_claim(struct request *request);
enum MHD_Result route_claim_kept(struct request *request);
enum MHD_Result route_role(struct request *request);
enum MHD_Result route_passwords(struct request *request);
enum MHD_Result route_bootstrap_get(struct request *request);
enum MHD_Result route_bootstrap_post(struct request *request);
enum MHD_Result route_maintenance_get(struct request *request);
enum MHD_Result route_maintenance_post(struct request *request);
enum MHD_Result route_maintenance_operate(struct request *request);
enum MHD_Result route_ticket_ask(struct request *request);
enum MHD_Result route_ticket_pending(struct request *request);
enum MHD_Result route_ticket_get(struct request *request);
enum MHD_Result route_ticket_state(struct request *request);
enum MHD_Result route_ticket_put(struct request *request);
enum MHD_Result route_ticket_done(struct request *request);
enum MHD_Result route_proofs_post(struct request *request);
enum MHD_Result route_proofs_get(struct request *request);
enum MHD_Result route_recover(struct request *request);
enum MHD_Result route_wipe(struct request *request);
enum MHD_Result route_wipe_done(struct request *request);
enum MHD_Result route_status(struct request *request);
enum MHD_Result route_events_post(struct request *request);
enum MHD_Result route_events_get(struct request *request);
enum MHD_Result route_nodes(struct request *request);
enum MHD_Result route_node(struct request *request);
enum MHD_Result route_rack(struct request *request);
enum MHD_Result route_artifact(struct request *request);
enum MHD_Result route_boot_file(struct request *request);
enum MHD_Result route_boot_script(struct request *request);
enum MHD_Result route_healthz(struct request *request);
enum MHD_Result route_metrics(struct request *request);
enum MHD_Result route_dashboard(struct request *request);
enum MHD_Result route_dashboard_file(struct request *request);
enum MHD_Result route_admin(struct request *request);
