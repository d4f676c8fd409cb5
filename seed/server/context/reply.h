/* SPDX-License-Identifier: Apache-2.0
 * Replies: JSON bodies, errors as {"error":{"code","message","remedy"}}, text. Each function returns what the handler
 * must return to libmicrohttpd. */
#pragma once
#include "request.h"

/* Sends the bytes of `body` and takes them over: `body` is left empty, and they are overwritten once sent. `etag` may
 * be NULL. */
enum MHD_Result reply_body(struct request *request, unsigned status, const char *content_type, struct buf *body,
                           const char *etag);
enum MHD_Result reply_json(struct request *request, unsigned status, struct buf *json);
enum MHD_Result reply_empty(struct request *request, unsigned status, const char *etag);
enum MHD_Result reply_error(struct request *request, unsigned status, const char *code, const char *message,
                            const char *remedy);

/* 400 `invalid` with the error's message and remedy. */
enum MHD_Result reply_invalid(struct request *request, const struct error *err);

/* For a failed store: 507 `disk_full` or 503 `store_failed`. Nothing was changed. */
enum MHD_Result reply_store(struct request *request, const struct error *err);

/* The bootstrap record; and an error together with the record. */
enum MHD_Result reply_record(struct request *request);
enum MHD_Result reply_refused(struct request *request, enum record_answer answer);

/* Sends a response that the caller made; takes it over. */
enum MHD_Result reply_send(struct request *request, unsigned status, struct MHD_Response *response);

/* `"text"` with JSON's escapes; `<`, `>` and `&` too. A cut UTF-8 sequence at the end is dropped. */
void reply_add_string(struct buf *json, const char *text);
