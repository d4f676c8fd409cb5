/* SPDX-License-Identifier: Apache-2.0
 * See boot_words.h. */
#include "boot_words.h"

#include <errno.h>
#include <string.h>

#define MODE "seedrack.bond_mode="

bool boot_words_have_mode(const char *words) {
    return strstr(words, MODE);
}

static bool begins_with_one(const char *word, const char *const *beginnings) {
    for (; *beginnings; beginnings++)
        if (!strncmp(word, *beginnings, strlen(*beginnings)))
            return true;
    return false;
}

int boot_words_render(const char *cmdline, const struct network *network, const char *mac, bool stacked, bool with_mode,
                      struct buf *ret, struct error *err) {
    static const char *const dropped[] = {"BOOT_IMAGE=",
                                          "initrd=",
                                          "seedrack.slot=",
                                          "seedrack.offline",
                                          "seedrack.generation=" /* the data partition keeps it */,
                                          NULL};
    static const char *const of_link[] = {"seedrack.bond=", MODE, "seedrack.vlan=", NULL}, *const of_mode[] = {MODE,
                                                                                                               NULL};
    bool said = network->links[0].bond.n || network->links[0].vlan;
    for (const char *at = cmdline; *at;) {
        size_t length = strcspn(at, " \t\n");
        bool drop = begins_with_one(at, dropped) || ((said || !stacked) && begins_with_one(at, of_link)) ||
                    (!with_mode && begins_with_one(at, of_mode));
        if (length && !drop) {
            if (memchr(at, '\'', length)) {
                error_set(err, EINVAL, "kernel command line: `%.*s`: GRUB takes no single quote", (int)length, at);
                return error_remedy(err, "write the site's /boot/kernel_arguments without it");
            }
            buf_add(ret, at, length);
            buf_adds(ret, " ");
        }
        at += length + (at[length] != '\0');
    }
    cleanup_buf struct buf words = BUF_INIT(1024);
    network_words(network, mac, with_mode, &words);
    if (words.length)
        buf_addf(ret, "%s ", buf_text(&words) + 1);
    return buf_failed(ret) || buf_failed(&words) ? error_errno(err, ENOMEM, "kernel command line") : 0;
}
