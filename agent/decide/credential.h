/* SPDX-License-Identifier: Apache-2.0
 * The client certificate and key that a kubeconfig carries (kubernetes client-go, clientcmd/api/v1). Pure. */
#pragma once
#include "buf.h"
#include "error.h"

enum { CREDENTIAL_MAX = 16384 }; /* an RSA key of 8192 bits and its certificate need a half */

/* Appends both to *ret, in PEM (RFC 7468). -1 when the text has not exactly one of each. The caller wipes *ret. */
int credential_pem(const char *kubeconfig, struct buf *ret, struct error *err);
