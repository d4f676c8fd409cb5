/* SPDX-License-Identifier: Apache-2.0
 * role_parse(), the largest document that the agent reads, and every renderer behind it. */
#include "renders.h"
#include "role.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct error err = {0};
    cleanup_role struct role *role = NULL;
    char *text = fuzz_text(data, size);
    if (role_parse(text, size, &role, &err) == 0)
        check_renders(role);
    else
        fuzz_error(&err);
    free(text);
    return 0;
}
