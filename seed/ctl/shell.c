/* SPDX-License-Identifier: Apache-2.0
 * See shell.h. */
#include "shell.h"

#include <stdio.h>

bool shell_run(const char *command, struct buf *ret) {
    char chunk[65536];
    FILE *pipe = popen(command, "re");
    size_t got;
    while (pipe && (got = fread(chunk, 1, sizeof(chunk), pipe)) > 0)
        if (ret)
            buf_add(ret, chunk, got);
    return pipe && pclose(pipe) == 0 && (!ret || !buf_failed(ret));
}

cJSON *shell_json(const char *command) {
    cleanup_buf struct buf text = BUF_INIT(8 << 20);
    return shell_run(command, &text) ? cJSON_ParseWithLength(buf_text(&text), text.length) : NULL;
}

bool shell_apply(const char *manifest) {
    FILE *pipe = popen("kubectl apply -f - >/dev/null", "we");
    bool written = pipe && fputs(manifest, pipe) >= 0;
    return pipe && pclose(pipe) == 0 && written;
}
