/* SPDX-License-Identifier: Apache-2.0
 * The table of API v1: which request goes to which handler, and what it needs before it gets there. */
#pragma once
#include "request.h"

enum {
    ROUTE_CLAIM = 1,    /* header Seedrack-Claim of a machine of the site */
    ROUTE_MASTER = 2,   /* ... whose role is master */
    ROUTE_ADMIN = 4,    /* over the admin socket, or by TLS with the operator's certificate */
    ROUTE_SETTLES = 16, /* asks something of the cluster: by TLS the claim's key stays from then on */
    ROUTE_PLAIN = 8,    /* by plain HTTP also where there is TLS: what firmware and a machine without a clock fetch */
};

struct route {
    const char *method; /* "GET" serves HEAD as well */
    const char *path;   /* `*` stands for one segment, kept in request->argument */
    enum MHD_Result (*handle)(struct request *request);
    unsigned needs;
    const char *query[8]; /* the names that it knows */
};

/* Finds the route, checks what it needs, calls the handler. Called again after each wake-up. */
enum MHD_Result routes_dispatch(struct request *request);

/* Whether the site's policy lets this claim in (`enrol`, docs/tls.md). */
bool routes_approved(const struct request *request, const struct store_claim *claim);

/* Whether the operator asks: by the admin socket or its certificate, and from no other site's page (origin.h). */
bool routes_operator(const struct request *request);

/* Each in the file of its noun: route_*.c. */
enum MHD_Result route_trust(struct request *request);
enum MHD_Result route_claim(struct request *request);
enum MHD_Result route_role(struct request *request);
enum MHD_Result route_passwords(struct request *request);
enum MHD_Result route_bootstrap_get(struct request *request);
enum MHD_Result route_bootstrap_post(struct request *request);
enum MHD_Result route_ticket_ask(struct request *request);
enum MHD_Result route_ticket_pending(struct request *request);
enum MHD_Result route_ticket_get(struct request *request);
enum MHD_Result route_ticket_state(struct request *request);
enum MHD_Result route_ticket_put(struct request *request);
enum MHD_Result route_ticket_done(struct request *request);
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
