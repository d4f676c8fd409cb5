/* SPDX-License-Identifier: Apache-2.0
 * See csr.h. The subject is that of kubelet
 * (kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests, signer kube-apiserver-client-kubelet),
 * which the signer checks again, but for the name; the request is PKCS #10 (RFC 2986), PEM, base64. */
#include "csr.h"

#include "cleanup.h"
#include "json.h"
#include "net.h"
#include <errno.h>
#include <mbedtls/base64.h>
#include <mbedtls/oid.h>
#include <mbedtls/x509_csr.h>
#include <stdio.h>
#include <string.h>

#define SIGNER "kubernetes.io/kube-apiserver-client-kubelet"
#define BY_TOKEN "system:bootstrap:"
#define NODES "system:nodes"
#define NODE "system:node:"
enum { REQUEST_MAX = 16 * 1024 };

static bool has_oid(const mbedtls_x509_name *name, const char *oid, size_t length) {
    return name->oid.len == length && !memcmp(name->oid.p, oid, length);
}

static bool is_text(const mbedtls_x509_name *name, const char *text) {
    return name->val.len == strlen(text) && !memcmp(name->val.p, text, name->val.len);
}

/* O=system:nodes and CN=system:node:HOST, each once, in either order, and nothing else. */
static void read_host(const mbedtls_x509_name *subject, char ret[static CSR_HOST_SIZE]) {
    const mbedtls_x509_name *group = NULL, *common = NULL;
    size_t others = 0, prefix = strlen(NODE);
    for (; subject; subject = subject->next) {
        if (!group && has_oid(subject, MBEDTLS_OID_AT_ORGANIZATION, MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_ORGANIZATION)))
            group = subject;
        else if (!common && has_oid(subject, MBEDTLS_OID_AT_CN, MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_CN)))
            common = subject;
        else
            others++;
    }
    if (others || !group || !common || !is_text(group, NODES) || common->val.len <= prefix ||
        common->val.len - prefix >= CSR_HOST_SIZE || memcmp(common->val.p, NODE, prefix) != 0 ||
        memchr(common->val.p, '\0', common->val.len))
        return;
    snprintf(ret, CSR_HOST_SIZE, "%.*s", (int)(common->val.len - prefix), (const char *)common->val.p + prefix);
    if (!net_label_valid(ret))
        ret[0] = '\0';
}

static void read_request(const char *base64, char ret_host[static CSR_HOST_SIZE]) {
    unsigned char pem[REQUEST_MAX];
    size_t length = 0;
    mbedtls_x509_csr request;
    mbedtls_x509_csr_init(&request);
    if (mbedtls_base64_decode(pem, sizeof(pem) - 1, &length, (const unsigned char *)base64, strlen(base64)) == 0) {
        pem[length] = '\0';
        if (mbedtls_x509_csr_parse(&request, pem, length + 1) == 0)
            read_host(&request.subject, ret_host);
    }
    mbedtls_x509_csr_free(&request);
}

/* A name of Kubernetes (RFC 1123 subdomain): it becomes part of a URL. */
static bool is_name(const char *text) {
    size_t length = strlen(text);
    return length > 0 && length < CSR_NAME_SIZE && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == length &&
           text[0] != '.';
}

static bool is_decided(const cJSON *object) {
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(object, "status");
    return cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(status, "conditions")) > 0 ||
           json_text(status, "certificate")[0];
}

bool csr_of_event(const cJSON *event, struct csr *ret, cJSON **ret_object) {
    cJSON *object = cJSON_GetObjectItemCaseSensitive(event, "object");
    const cJSON *spec = cJSON_GetObjectItemCaseSensitive(object, "spec");
    const char *type = json_text(event, "type"),
               *name = json_text(cJSON_GetObjectItemCaseSensitive(object, "metadata"), "name"),
               *user = json_text(spec, "username");
    if ((strcmp(type, "ADDED") != 0 && strcmp(type, "MODIFIED") != 0) ||
        strcmp(json_text(spec, "signerName"), SIGNER) != 0 || !is_name(name) ||
        strncmp(user, BY_TOKEN, strlen(BY_TOKEN)) != 0 || strlen(user) != strlen(BY_TOKEN) + TOKEN_ID_SIZE - 1 ||
        is_decided(object))
        return false;
    *ret = (struct csr){0};
    memcpy(ret->name, name, strlen(name) + 1);
    memcpy(ret->token, user + strlen(BY_TOKEN), TOKEN_ID_SIZE);
    read_request(json_text(spec, "request"), ret->host);
    *ret_object = object;
    return true;
}

enum csr_verdict csr_judge(const struct csr *csr, const struct token *tokens, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (tokens[i].kind == TOKEN_TICKET && !strcmp(tokens[i].id, csr->token))
            return csr->host[0] && !strcmp(tokens[i].hostname, csr->host) ? CSR_APPROVED : CSR_DENIED;
    return CSR_NOT_OURS;
}

int csr_decide(cJSON *object, const struct csr *csr, enum csr_verdict verdict, struct error *err) {
    cJSON *status = cJSON_GetObjectItemCaseSensitive(object, "status"), *condition = cJSON_CreateObject(),
          *conditions = cJSON_CreateArray();
    char message[160];
    if (!cJSON_IsObject(status))
        status = cJSON_AddObjectToObject(object, "status");
    snprintf(message, sizeof(message),
             verdict == CSR_APPROVED ? "the join ticket of %s" : "the token is not of a join ticket of `%s`",
             csr->host);
    bool made = status && cJSON_AddStringToObject(condition, "type", verdict == CSR_APPROVED ? "Approved" : "Denied") &&
                cJSON_AddStringToObject(condition, "status", "True") &&
                cJSON_AddStringToObject(condition, "reason", "SeedrackJoinTicket") &&
                cJSON_AddStringToObject(condition, "message", message) && cJSON_AddItemToArray(conditions, condition);
    cJSON_DeleteItemFromObjectCaseSensitive(status, "conditions");
    if (!made || !cJSON_AddItemToObject(status, "conditions", conditions)) {
        cJSON_Delete(conditions);
        return error_errno(err, ENOMEM, "CSR `%s`", csr->name);
    }
    return 0;
}
