/* SPDX-License-Identifier: Apache-2.0
 * See assets.h. The assembler reads the files: their paths are relative to where make runs. */
#include "assets.h"

#include <string.h>

#define EMBED(symbol, file)                                                                                            \
    __asm__(".pushsection .rodata\n.global asset_" #symbol ", asset_" #symbol "_end\nasset_" #symbol                   \
            ":\n.incbin \"seed/dashboard/" file "\"\nasset_" #symbol "_end:\n.popsection\n");                          \
    extern const char asset_##symbol[], asset_##symbol##_end[]
#define ASSET(symbol, file, type)                                                                                      \
    { file, type, asset_##symbol, asset_##symbol##_end }
#define HTML "text/html; charset=utf-8"
#define CSS "text/css; charset=utf-8"
#define JS "text/javascript; charset=utf-8"

EMBED(index, "index.html");
EMBED(style, "style.css");
EMBED(acts, "acts.js");
EMBED(cards, "cards.js");
EMBED(cluster, "cluster.js");
EMBED(diff, "diff.js");
EMBED(dom, "dom.js");
EMBED(export, "export.js");
EMBED(feed, "feed.js");
EMBED(machine, "machine.js");
EMBED(main, "main.js");
EMBED(model, "model.js");
EMBED(picture, "picture.js");
EMBED(timeline, "timeline.js");
EMBED(words, "words.js");

static const struct asset assets[] = {
    ASSET(index, "index.html", HTML), ASSET(style, "style.css", CSS),     ASSET(acts, "acts.js", JS),
    ASSET(cards, "cards.js", JS),     ASSET(cluster, "cluster.js", JS),   ASSET(diff, "diff.js", JS),
    ASSET(dom, "dom.js", JS),         ASSET(export, "export.js", JS),     ASSET(feed, "feed.js", JS),
    ASSET(machine, "machine.js", JS), ASSET(main, "main.js", JS),         ASSET(model, "model.js", JS),
    ASSET(picture, "picture.js", JS), ASSET(timeline, "timeline.js", JS), ASSET(words, "words.js", JS),
};

const struct asset *asset_find(const char *name) {
    for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++)
        if (!strcmp(name, assets[i].name))
            return &assets[i];
    return NULL;
}
