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
enum MHD_Result route_labels(struct request *request);
enum MHD_Result route_backup_ask(struct request *request);
enum MHD_Result route_backup_failed(struct request *request);
enum MHD_Result route_backup_seed(struct request *request);
enum MHD_Result route_backup_brought(struct request *request);
enum MHD_Result route_backup_put(struct request *request);
enum MHD_Result route_backup_want(struct request *request);
enum MHD_Result route_backup_list(struct request *request);
enum MHD_Result route_restore_open(struct request *request);
enum MHD_Result route_restore_look(struct request *request);
enum MHD_Result route_restore_put(struct request *request);
enum MHD_Result route_restore_key(struct request *request);
enum MHD_Result route_restore_get(struct request *request);
enum MHD_Result route_secret_take(struct request *request);
enum MHD_Result route_secrets_list(struct request *request);
enum MHD_Result route_secrets_set(struct request *request);
enum MHD_Result route_secrets_remove(struct request *request);
enum MHD_Result route_releases_get(struct request *request);
enum MHD_Result route_releases_post(struct request *request);
enum MHD_Result route_releases_remove(struct request *request);
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
enum MHD_Result route_power(struct request *request);

/* Whether the machine was asked for the backup that the path names: else its bytes are not even received. */
bool backup_is_expected(const struct request *request);

/* Whether the archive of a restore is wanted. */
bool restore_is_expected(const struct request *request);

/* The whole of an open file of `size` bytes. Takes the descriptor over. */
enum MHD_Result reply_open_file(struct request *request, int fd, uint64_t size);

/* Whether the newest backup does not lie yet where the site also wants it. */
bool backup_is_missing(const struct server *server, enum backup_place place);

/* How the backups stand, for /v1/rack and /v1/nodes; null: none are made. */
void backup_json(const struct server *server, struct buf *json);
