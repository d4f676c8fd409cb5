/* SPDX-License-Identifier: Apache-2.0
 * Events of the watch of certificate requests, PKCS #10 in them included: what is approved is a node of that name, and
 * what becomes a part of a URL is a name. */
#include "decide/csr.h"
#include "fuzz.h"
#include "json.h"
#include "net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct error err = {0};
    cleanup_json cJSON *tree = NULL;
    struct csr csr;
    cJSON *object;
    if (json_parse((const char *)data, size, &tree, &err) < 0 || !csr_of_event(tree, &csr, &object))
        return 0;
    demand(csr.name[0] && !strchr(csr.name, '/') && strlen(csr.token) == 6);
    demand(!csr.host[0] || net_label_valid(csr.host));
    struct token token = {.kind = TOKEN_TICKET, .hostname = "k8s-n1"};
    memcpy(token.id, csr.token, sizeof(token.id));
    enum csr_verdict verdict = csr_judge(&csr, &token, 1);
    demand(verdict == (strcmp(csr.host, "k8s-n1") ? CSR_DENIED : CSR_APPROVED));
    if (csr_decide(object, &csr, verdict, &err) < 0)
        fuzz_error(&err);
    cJSON *again;
    demand(!csr_of_event(tree, &csr, &again)); /* decided once */
    return 0;
}
