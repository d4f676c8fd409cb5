/* SPDX-License-Identifier: Apache-2.0
 * kubeadm init, on the one machine that starts the cluster; then what every member does last. kubeadm knows no fencing
 * token, so INITIALISING has no lease: a holder that loses power stays the holder, and resumes or wipes when it is
 * back. */
#include "decide/paths.h"
#include "world/world.h"
#include "attempt.h"
#include "kubeadm.h"
#include "kubeconfig.h"
#include "static_pods.h"

#include "addon.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define INIT_CONFIG AGENT_RUN "/kubeadm-init.yaml"

int attempt_init(struct agent *agent, struct attempt *attempt, struct error *err) {
    const struct record_id *id = &attempt->driver.fsm.journal.of;
    const char *argv[9] = {"kubeadm", "init", "--v=1", "--skip-token-print", "--config", INIT_CONFIG, NULL};
    /* A release may leave CoreDNS out. Then kubeadm must neither deploy it nor pull its image. Step 9 has already
     * checked every image that the release lists, so ImagePull may be ignored. */
    if (!role_image(agent->role, "/coredns:")) {
        argv[6] = "--skip-phases=addon/coredns";
        argv[7] = "--ignore-preflight-errors=ImagePull";
    }
    events_say(agent, "bootstrap", "running", 0, 0, "kubeadm init (epoch %llu, token %llu)",
               (unsigned long long)id->epoch, (unsigned long long)id->token);
    if (static_pods_lay_keepalived(agent, err) < 0 ||
        agent->world->rendered_apply(agent, "kubeadm-init.yaml", INIT_CONFIG, 0600, err) < 0)
        return -1;
    int result = kubeadm_run(agent->world, argv, attempt->ca_hash, err);
    unlink(INIT_CONFIG);
    return result < 0 ? error_code(err, SR_INIT) : 0;
}

#define MANIFEST AGENT_RUN "/addon.yaml"

static int apply_manifest(const struct world *world, struct error *err) {
    static const char *const argv[] = {"kubectl", "--kubeconfig", ADMIN_CONF, "apply", "-f", MANIFEST, NULL};
    int result = world->child_run(argv, &(struct child_options){.log_path = KUBEADM_LOG, .timeout_s = 120}, NULL, err);
    unlink(MANIFEST);
    return result < 0 ? error_code(err, SR_ADDON) : 0;
}

static int apply_addon(const struct world *world, const struct role_addon *addon, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(ADDON_TEXT_MAX);
    buf_adds(&text, addon->manifest);
    for (size_t i = 0; i < addon->n_replace && addon->replace[i].key[0]; i++)
        if (!addon_replace(&text, addon->replace[i].key, addon->replace[i].value)) {
            error_fail(err, SR_ADDON, ENOENT, "addon `%s`: replace: `%s` does not occur in the manifest", addon->name,
                       addon->replace[i].key);
            return error_remedy(err, "correct `from` in the site document's addons");
        }
    if (buf_failed(&text) || world->file_write(MANIFEST, buf_text(&text), text.length, 0600, err) < 0)
        return buf_failed(&text) ? error_set(err, EFBIG, "addon `%s`: too long", addon->name) : -1;
    return apply_manifest(world, err) < 0 ? error_wrap(err, "addon `%s`", addon->name) : 0;
}

static int configure_coredns(struct agent *agent, struct error *err) {
    if (!role_image(agent->role, "/coredns:"))
        return 0;
    if (agent->world->file_write(AGENT_DNS_TO_SPREAD, "", 0, 0600, err) < 0)
        return -1;
    if (agent->role->n_nameservers > 0)
        return 0;
    return agent->world->rendered_apply(agent, "coredns.yaml", MANIFEST, 0600, err) < 0 ||
                   apply_manifest(agent->world, err) < 0
               ? error_wrap(err, "CoreDNS")
               : 0;
}

int attempt_finish(struct agent *agent, struct attempt *attempt, struct error *err) {
    bool first = attempt->driver.fsm.journal.action == JOURNAL_INIT;
    if (first && configure_coredns(agent, err) < 0)
        return -1;
    for (size_t i = 0; first && i < agent->role->n_addons; i++)
        if (apply_addon(agent->world, &agent->role->addons[i], err) < 0)
            return -1;
    if (!role_is_master(agent->role))
        return 0;
    return kubeconfig_lay(agent->world, err) < 0 || static_pods_lay_keepalived(agent, err) < 0 ? -1 : 0;
}
