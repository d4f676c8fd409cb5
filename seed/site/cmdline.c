/* SPDX-License-Identifier: Apache-2.0
 * See cmdline.h. The site's own arguments come last: the kernel lets the last one win. */
#include "cmdline.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Whether the initramfs knows the word, which is not as old as all others. */
static bool knows(const char *words, const char *word) {
    size_t length = strlen(word);
    for (const char *at = words; at && *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (strcspn(at, "\n") == length && !strncmp(at, word, length))
            return true;
    return !words;
}

/* The kernel's EFI stub looks for the initramfs under the name in `initrd=`, which iPXE gives to the file (kernel:
 * Documentation/admin-guide/efi-stub.rst). Other loaders ignore it. The last console= becomes /dev/console. With panic=
 * a machine that failed boots again. oops=panic is needed, too: a truncated initramfs makes the kernel's decompressor
 * fault in a worker thread, and the machine would hang. */
int cmdline_render(const struct site *site, const struct site_node *node, const char *words, struct buf *ret,
                   struct error *err) {
    const cJSON *argument;
    size_t before = ret->length;
    buf_addf(ret, "initrd=initrd.img seedrack.seed=%s", site->seed);
    if (site->seed_ca)
        buf_addf(ret, " seedrack.ca=%s", site->seed_ca);
    if (site->seed_ca && site->generation > 1 && knows(words, "generation"))
        buf_addf(ret, " seedrack.generation=%u", site->generation);
    if (node)
        buf_addf(ret, " seedrack.mac=%s", node->mac);
    if (node)
        network_words(&node->network, node->mac, knows(words, "bond_mode"), ret);
    buf_addf(ret, " seedrack.site=%s%s", site->name, site->boot_shell ? " seedrack.shell" : "");
    buf_adds(ret, " console=tty0 console=ttyS0,115200n8 quiet loglevel=4 panic=30 oops=panic");
    cJSON_ArrayForEach(argument, site->kernel_arguments) {
        buf_addf(ret, " %s", argument->valuestring);
    }
    if (ret->length - before > CMDLINE_MAX) {
        error_set(err, E2BIG, "the kernel command line of `%s` has %zu bytes, and the kernel takes %d",
                  node ? node->hostname : site->name, ret->length - before, CMDLINE_MAX);
        return error_remedy(err, "shorten /boot/kernel_arguments");
    }
    if (!buf_failed(ret))
        return 0;
    error_errno(err, ENOMEM, "render the kernel command line of `%s`", site->name);
    return error_remedy(err, "free some memory, or give fewer /boot/kernel_arguments");
}

void cmdline_render_table(const struct site *site, struct buf *ret) {
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct site_node *node = &site->nodes[i];
        if (!node->network.links[0].bond.n && !node->network.links[0].vlan)
            continue;
        buf_adds(ret, node->mac);
        network_words(&node->network, node->mac, true, ret);
        buf_adds(ret, "\n");
    }
}
