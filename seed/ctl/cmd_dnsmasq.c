/* SPDX-License-Identifier: Apache-2.0
 * seedctl dnsmasq: the configuration of the site's DHCP or proxyDHCP server, offline. */
#include "check.h"
#include "commands.h"
#include "site/dnsmasq.h"
#include "load.h"
#include "log.h"

#include <stdio.h>
#include <string.h>

static int dnsmasq_print(const char *site_path, const struct dnsmasq_options *options) {
    int status;
    struct error err = {0};
    cleanup_buf struct buf text = BUF_INIT(DNSMASQ_MAX);
    cleanup_site struct site *site = load_site(site_path, &status);
    if (!site)
        return status;
    if (dnsmasq_render(site, options, &text, &err) < 0) {
        error_wrap(&err, "%s", site_path);
        error_report(&err, "seedctl");
        return 1;
    }
    fputs(buf_text(&text), stdout);
    return 0;
}

/* dnsmasq splits values at commas, and strips quotes and comments. */
static bool valid_folder(const char *path) {
    return path[0] == '/' && !check_path(path + 1);
}

int seedctl_dnsmasq(const struct arguments *arguments) {
    bool proxy = !strcmp(arguments->mode, dnsmasq_mode_names[DNSMASQ_PROXY]);
    struct dnsmasq_options chosen = {
        .mode = proxy ? DNSMASQ_PROXY : DNSMASQ_DHCP, .interface = arguments->interface, .tftp_root = arguments->tftp};
    if (chosen.interface && check_interface(chosen.interface))
        return command_refuse(arguments, "--interface `%s` is not valid; expected %s", chosen.interface,
                              check_interface(chosen.interface));
    if (chosen.tftp_root && !valid_folder(chosen.tftp_root))
        return command_refuse(
            arguments, "--tftp `%s` is not valid; expected a folder's absolute path of letters, digits and `._-/`",
            chosen.tftp_root);
    return dnsmasq_print(arguments->operands[0], &chosen);
}
