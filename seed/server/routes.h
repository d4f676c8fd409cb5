/* SPDX-License-Identifier: Apache-2.0
 * The table of API v1: which request goes to which handler, and what it needs before it gets there. */
#pragma once
#include "server/context/request.h"

enum {
    ROUTE_CLAIM = 1,   /* header Seedrack-Claim of a machine of the site */
    ROUTE_MASTER = 2,  /* ... whose role is master */
    ROUTE_ADMIN = 4,   /* over the admin socket, or by TLS with the operator's certificate */
    ROUTE_KEPT = 16,   /* ... whose key is kept and whom nobody contests (record/claim_rules.h) */
    ROUTE_UPLOAD = 32, /* its body may be large, and goes to a file: request->upload */
    ROUTE_PLAIN = 8,   /* served by plain HTTP also with TLS: firmware and machines without a right clock need it */
};

struct route {
    const char *method; /* "GET" serves HEAD as well */
    const char *path;   /* `*` stands for one segment, kept in request->argument */
    enum MHD_Result (*handle)(struct request *request);
    unsigned needs;
    const char *query[8]; /* the query's known names */
};

enum { ROUTE_CLAIM_BODY_MAX = 8 * 1024 /* of POST /v1/claim, which anybody may send */ };

/* Before the request's body is read: sets request->route (NULL: there is none) and request->body_max, which is 0 when
 * the request will be refused: then nothing of its body is kept. */
void routes_find(struct request *request);

/* 413: the body has more than request->body_max bytes. */
enum MHD_Result routes_too_large(struct request *request);

/* Finds the route, checks what it needs, calls the handler. Called again after each wake-up. */
enum MHD_Result routes_dispatch(struct request *request);
