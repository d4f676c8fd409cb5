/* SPDX-License-Identifier: Apache-2.0
 * See dhcp.h. */
#include "dhcp.h"
#include "child.h"

#include "file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void path_of(const char *link, char ret[static 64]) {
    snprintf(ret, 64, DHCP_LEASES "/%s", link);
}

bool dhcp_has_lease(const char *link) {
    char path[64];
    path_of(link, path);
    return access(path, R_OK) == 0;
}

void dhcp_forget(const char *link) {
    char path[64];
    path_of(link, path);
    unlink(path);
}

int dhcp_start(struct dhcp *dhcp, const char *link, struct error *err) {
    /* Sends one request a second, without a pause: the default would pause for 20 s after every eight. Option 224 is
     * the seed's URL. */
    const char *const argv[] = {"udhcpc", "-f", "-q", "-i", link,  "-s", "/usr/share/udhcpc/lease", "-t", "8", "-T",
                                "1",      "-A", "1",  "-O", "224", NULL};
    size_t i = 0;
    while (i < dhcp->n && strcmp(dhcp->clients[i].link, link) != 0)
        i++;
    if (i == DHCP_LINKS)
        return error_errno(err, ENOSPC, "DHCP on `%s`", link);
    if (i < dhcp->n && dhcp->clients[i].pid > 0 && waitpid(dhcp->clients[i].pid, NULL, WNOHANG) == 0)
        return 0;
    if (dhcp_has_lease(link))
        return 0;
    if (file_mkdirs(DHCP_LEASES, 0700, err) < 0 || child_start(argv, &dhcp->clients[i].pid, err) < 0)
        return -1;
    snprintf(dhcp->clients[i].link, sizeof(dhcp->clients[i].link), "%s", link);
    dhcp->n = i < dhcp->n ? dhcp->n : i + 1;
    return 0;
}

void dhcp_stop(struct dhcp *dhcp) {
    for (size_t i = 0; i < dhcp->n; i++)
        child_end(&dhcp->clients[i].pid);
    dhcp->n = 0;
}
