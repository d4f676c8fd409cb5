/* SPDX-License-Identifier: Apache-2.0
 * See stick.h. */
#include "stick.h"

#include "cleanup.h"
#include "file.h"
#include <blkid/blkid.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <unistd.h>

int stick_mount(struct error *err) {
    cleanup_free char *device = NULL;
    if (access(STICK "/roles", F_OK) == 0)
        return 0;
    device = blkid_evaluate_tag("LABEL", STICK_LABEL, NULL);
    if (!device) {
        error_set(err, ENOENT, "no block device with the label " STICK_LABEL);
        return error_remedy(err, "plug the stick in again; its driver may be missing from this kernel");
    }
    if (file_mkdirs(STICK, 0755, err) < 0)
        return -1;
    if (mount(device, STICK, "iso9660", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return error_errno(err, errno, "mount `%s`", device);
    if (access(STICK "/roles", F_OK) == 0)
        return 0;
    error_set(err, ENOENT, "`%s` has the label " STICK_LABEL " and no role documents", device);
    return error_remedy(err, "make the medium with OFFLINE=1, or boot without seedrack.offline");
}

static bool read_role(const char *mac, struct buf *ret_text) {
    char path[96];
    struct error ignored;
    snprintf(path, sizeof(path), STICK "/roles/%s.json", mac);
    for (char *c = path; *c; c++)
        if (*c == ':')
            *c = '-';
    return file_read(path, ret_text, &ignored) == 0;
}

int stick_role(struct agent *agent, struct buf *ret_text, struct error *err) {
    struct link links[NETLINK_LINKS];
    size_t n;
    if (stick_mount(err) < 0 || link_list(links, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        bool wanted = links[i].physical && (!agent->mac[0] || !strcasecmp(agent->mac, links[i].mac));
        if (wanted && read_role(links[i].mac, ret_text))
            return 0;
    }
    error_set(err, ENOENT, "the stick has no role document for a card of this machine");
    return error_remedy(err, "add its MAC to the site document and make the medium anew");
}
