/* SPDX-License-Identifier: Apache-2.0
 * What must hold of every role document that role_parse() accepts: every document renders, as text. */
#pragma once
#include "fuzz.h"
#include "render/render.h"

static inline void check_text(const struct buf *text) {
    for (size_t i = 0; i < text->length; i++) {
        unsigned char c = (unsigned char)text->data[i];
        demand(c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f));
    }
}

static inline void check_renders(const struct role *role) {
    struct render_facts facts = {.interface = "eth0"};
    for (const struct render *entry = renders; entry->name; entry++) {
        cleanup_buf struct buf text = BUF_INIT(RENDER_CONFIG_MAX);
        struct error err = {0};
        if ((entry->masters_only && role->role != NODE_MASTER) || (entry->render == render_cni && !role->cni_bridge))
            continue;
        if (entry->render(role, &facts, &text, &err) < 0 && !strstr(err.message, "/kubeadm_api")) {
            fprintf(stderr, "%s: %s\n", entry->name, err.message);
            demand(!"a role that is accepted renders");
        }
        check_text(&text);
    }
}
