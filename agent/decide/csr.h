/* SPDX-License-Identifier: Apache-2.0
 * A joiner's request for the client certificate of its kubelet, as the API server has it (certificates.k8s.io/v1). With
 * kubeadm alone, every bootstrap token could get the certificate of any node. Here a token gets only the certificate of
 * the machine whose ticket it was minted for. Pure. */
#pragma once
#include "error.h"
#include "token.h"
#include <stdbool.h>

enum { CSR_NAME_SIZE = 254, CSR_HOST_SIZE = 64 };

struct csr {
    char name[CSR_NAME_SIZE];  /* of the object; fit for a URL's path */
    char token[TOKEN_ID_SIZE]; /* who asks */
    char host[CSR_HOST_SIZE]; /* the node that the certificate would be for; "": the subject is not that of a kubelet */
};

/* One event of a watch of CertificateSigningRequests: false unless a bootstrap token asks for a kubelet's client
 * certificate and nobody has decided yet. *ret_object belongs to the tree. */
bool csr_of_event(const cJSON *event, struct csr *ret, cJSON **ret_object);

/* What is to be done with it, given the tokens that the cluster has. */
enum csr_verdict { CSR_NOT_OURS /* not the token of a ticket: left to a person */, CSR_APPROVED, CSR_DENIED };
enum csr_verdict csr_judge(const struct csr *csr, const struct token *tokens, size_t n);

/* Adds the verdict to the object, as its subresource `approval` wants it. */
int csr_decide(cJSON *object, const struct csr *csr, enum csr_verdict verdict, struct error *err);
