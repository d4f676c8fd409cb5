/* SPDX-License-Identifier: Apache-2.0
 * Puts a file into a bucket of a server that speaks S3 (AWS: Amazon S3 API, PutObject; Signature Version 4), by
 * libcurl. */
#pragma once
#include "error.h"

struct s3_object {
    const char *url;    /* "https://s3.example:9000/bucket/object" */
    const char *region; /* "us-east-1" */
    const char *key;    /* "KEY:SECRET" */
    const char *ca;     /* certificates, PEM, one of which signed the server's */
    const char *sha256; /* of the file: the server refuses other bytes (x-amz-content-sha256) */
};

/* An object of that name is replaced. EHOSTUNREACH and ETIMEDOUT: the server does not answer; EACCES: it refuses the
 * key; EIO: something else, with the server's word for it. */
int s3_put(const struct s3_object *object, const char *file, struct error *err);
