/* SPDX-License-Identifier: Apache-2.0
 * See rendered.h. */
#include "rendered.h"

#include "agent.h"
#include "file.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What renderers get besides the role. */
static struct render_facts machine_facts(const struct agent *agent) {
    return (struct render_facts){
        .passwords = agent->passwords,
        .interface = agent->link.name[0] ? agent->link.name : NULL,
        .made_link = agent->link.made,
        .cgroup_v1 = access("/sys/fs/cgroup/memory", F_OK) == 0, /* of version 2, there is no folder for a controller */
        /* Outside the first network namespace conntrack's limits cannot be set, and kube-proxy must not try. */
        .conntrack_readonly = access("/proc/sys/net/netfilter/nf_conntrack_max", W_OK) < 0,
    };
}

static int rendered_render(const struct agent *agent, const struct render_ticket *ticket, const char *what,
                           struct buf *ret, struct error *err) {
    struct render_facts facts = machine_facts(agent);
    facts.ticket = ticket;
    const struct render *entry = render_find(what);
    if (!entry)
        return error_set(err, EINVAL, "render `%s`: no such document", what);
    return entry->render(agent->role, &facts, ret, err) < 0 ? error_wrap(err, "render %s", what) : 0;
}

int rendered_text(const struct agent *agent, const char *what, struct buf *ret, struct error *err) {
    return rendered_render(agent, NULL, what, ret, err);
}

int rendered_differs(const struct agent *agent, const char *what, const char *path, struct error *err) {
    cleanup_buf struct buf wanted = BUF_INIT(1 << 20), found = BUF_INIT(1 << 20);
    struct error ignored;
    if (rendered_render(agent, NULL, what, &wanted, err) < 0)
        return -1;
    return file_read(path, &found, &ignored) < 0 || strcmp(buf_text(&wanted), buf_text(&found)) != 0;
}

int rendered_apply(const struct agent *agent, const char *what, const char *path, mode_t mode, struct error *err) {
    cleanup_buf struct buf wanted = BUF_INIT(1 << 20);
    return rendered_render(agent, NULL, what, &wanted, err) < 0
               ? -1
               : file_ensure(path, buf_text(&wanted), wanted.length, mode, err);
}

int rendered_secret(const struct agent *agent, const struct render_ticket *ticket, const char *what, const char *path,
                    struct error *err) {
    cleanup_buf struct buf wanted = BUF_INIT(1 << 20);
    int result = rendered_render(agent, ticket, what, &wanted, err) < 0
                     ? -1
                     : file_ensure(path, buf_text(&wanted), wanted.length, 0600, err);
    if (wanted.data)
        explicit_bzero(wanted.data, wanted.length);
    return result;
}
