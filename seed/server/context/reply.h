/* SPDX-License-Identifier: Apache-2.0
 * Answers: JSON bodies, errors as {"error":{"code","message","remedy"}}, text. Each returns what the handler
 * returns to libmicrohttpd. */
#pragma once
#include "request.h"

/* Takes the bytes out of `body` (left empty; they are wiped when sent). `etag` may be NULL. */
enum MHD_Result reply_body(struct request *request, unsigned status, const char *content_type, struct buf *body,
                           const char *etag);
enum MHD_Result reply_json(struct request *request, unsigned status, struct buf *json);
enum MHD_Result reply_empty(struct request *request, unsigned status, const char *etag);
enum MHD_Result reply_error(struct request *request, unsigned status, const char *code, const char *message,
                            const char *remedy);

/* 400 `invalid` with the error's message and remedy. */
enum MHD_Result reply_invalid(struct request *request, const struct error *err);

/* 507 `disk_full` or 503 `store_failed`: nothing was granted. */
enum MHD_Result reply_store(struct request *request, const struct error *err);

/* The bootstrap record alone, or beside an error. */
enum MHD_Result reply_record(struct request *request);
enum MHD_Result reply_refused(struct request *request, enum record_answer answer);

/* A response that was made elsewhere; consumes it. */
enum MHD_Result reply_send(struct request *request, unsigned status, struct MHD_Response *response);

/* `"text"` with JSON's escapes; `<`, `>` and `&` too. A cut UTF-8 sequence at the end is dropped. */
void reply_add_string(struct buf *json, const char *text);
