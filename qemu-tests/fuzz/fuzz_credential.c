/* SPDX-License-Identifier: Apache-2.0
 * credential_pem(): a kubeconfig as kubeadm leaves it. */
#include "decide/credential.h"
#include "fuzz.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cleanup_buf struct buf pem = BUF_INIT(2 * CREDENTIAL_MAX);
    struct error err = {0};
    char *text = malloc(size + 1);
    demand(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (credential_pem(text, &pem, &err) == 0)
        demand(pem.length >= 4 && strlen(buf_text(&pem)) == pem.length && strstr(text, "client-key-data: "));
    else
        fuzz_error(&err);
    free(text);
    return 0;
}
