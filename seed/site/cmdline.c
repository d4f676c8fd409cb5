/* SPDX-License-Identifier: Apache-2.0
 * See cmdline.h. The site's own arguments come last: the kernel lets the last one win. */
#include "cmdline.h"

#include <errno.h>

/* The kernel's EFI stub looks for the initramfs under the name in `initrd=`, which is the one that iPXE gives it
 * (kernel: Documentation/admin-guide/efi-stub.rst); elsewhere nobody reads it.
 * The last console= is /dev/console; panic= lets a machine that failed ask again instead of standing still, oops= too:
 * a truncated initramfs makes the kernel's decompressor fault in a worker, and without it nobody would wait for
 * anything but the power button. */
int cmdline_render(const struct site *site, const struct site_node *node, struct buf *ret, struct error *err) {
    const cJSON *argument;
    buf_addf(ret, "initrd=initrd.img seedrack.seed=%s", site->seed);
    if (site->seed_ca)
        buf_addf(ret, " seedrack.ca=%s", site->seed_ca);
    if (node)
        buf_addf(ret, " seedrack.mac=%s", node->mac);
    buf_addf(ret, " seedrack.site=%s%s", site->name, site->boot_shell ? " seedrack.shell" : "");
    buf_adds(ret, " console=tty0 console=ttyS0,115200n8 quiet loglevel=4 panic=30 oops=panic");
    cJSON_ArrayForEach(argument, site->kernel_arguments) {
        buf_addf(ret, " %s", argument->valuestring);
    }
    if (!buf_failed(ret))
        return 0;
    error_errno(err, ENOMEM, "render the kernel command line of `%s`", site->name);
    return error_remedy(err, "free some memory, or give fewer /boot/kernel_arguments");
}
