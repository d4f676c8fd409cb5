/* SPDX-License-Identifier: Apache-2.0
 * See certificates.h. */
#include "certificates.h"
#include "agent.h"
#include "decide/credential.h"
#include "decide/paths.h"
#include "kubeconfig.h"
#include "world/world.h"

#include "kubernetes.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RENEW_CONFIG AGENT_RUN "/kubeadm-renew.yaml"
#define MADE_CONF AGENT_RUN "/kubelet.conf" /* what kubeadm makes; the certificate in it is taken */
#define OWN_PEM KUBELET_PKI "/kubelet-client-seedrack.pem"
enum { RENEW_S = 120 };

/* The one of that owner that ends first, when that is within `seconds`; NULL: none does. */
static const struct certificate *ends_within(const struct certificate *certificates, size_t n,
                                             enum certificate_owner owner, int64_t seconds) {
    const struct certificate *first = NULL;
    for (size_t i = 0; i < n; i++)
        if (certificates[i].owner == owner && certificates[i].ends <= time(NULL) + seconds &&
            (!first || certificates[i].ends < first->ends))
            first = &certificates[i];
    return first;
}

/* As the site says, or kubeadm. A certificate's own notBefore may be that of its CA, so its life cannot be read off it.
 */
static int64_t validity_s(const struct role *role) {
    return kubeadm_validity_s(role->kubeadm.certificate_validity_period);
}

static void date_of(const struct certificate *certificate, char ret[static 32]) {
    struct tm parts;
    time_t ends = certificate->ends;
    strftime(ret, 32, "%FT%TZ", gmtime_r(&ends, &parts));
}

static int run(struct agent *agent, const char *const *argv, struct error *err) {
    const struct child_options options = {.log_path = KUBEADM_LOG, .timeout_s = RENEW_S};
    return agent->world->child_run(argv, &options, NULL, err) < 0 ? error_code(err, SR_CERT_RENEW) : 0;
}

static int renew_kubeadms(struct agent *agent, struct error *err) {
    static const char *const now[] = {"kubeadm", "certs", "renew", "all", "--config", RENEW_CONFIG, NULL},
                             *const before[] = {"kubeadm", "alpha",    "certs",      "renew",
                                                "all",     "--config", RENEW_CONFIG, NULL};
    return run(agent, kubernetes_has(agent->role->release, K8S_CERTS_COMMAND) ? now : before, err);
}

/* kubelet.conf names KUBELET_PEM, which is a link: kubelet's own store refuses a file there. */
static int lay_pem(const struct world *world, const struct buf *pem, struct error *err) {
    static const char next[] = KUBELET_PKI "/.next";
    if (world->file_write(OWN_PEM, buf_text(pem), pem->length, 0600, err) < 0)
        return -1;
    unlink(next);
    if (symlink(OWN_PEM, next) < 0 || rename(next, KUBELET_PEM) < 0)
        return error_errno(err, errno, "link `" KUBELET_PEM "`");
    return world->file_sync_folder(KUBELET_PKI, err);
}

/* kubeadm writes a kubeconfig with a certificate in it; kubelet goes on with that, and makes its own of it in time. */
static int renew_kubelets(struct agent *agent, struct error *err) {
    static const char *const argv[] = {"kubeadm", "init",     "phase",      "kubeconfig",
                                       "kubelet", "--config", RENEW_CONFIG, "--kubeconfig-dir",
                                       AGENT_RUN, NULL};
    cleanup_buf struct buf text = BUF_INIT(65536), pem = BUF_INIT(2 * CREDENTIAL_MAX);
    unlink(MADE_CONF);
    int result = run(agent, argv, err);
    if (result == 0)
        result = agent->world->file_read(MADE_CONF, &text, err);
    unlink(MADE_CONF);
    if (result == 0)
        result = credential_pem(buf_text(&text), &pem, err);
    if (result == 0)
        result = lay_pem(agent->world, &pem, err);
    if (text.data)
        explicit_bzero(text.data, text.length);
    if (pem.data)
        explicit_bzero(pem.data, pem.length);
    return result;
}

static int renew(struct agent *agent, bool kubeadms, bool kubelets, struct error *err) {
    if (agent->world->rendered_apply(agent, "kubeadm-init.yaml", RENEW_CONFIG, 0600, err) < 0)
        return -1;
    int result = kubeadms ? renew_kubeadms(agent, err) : 0;
    if (result == 0 && kubelets)
        result = renew_kubelets(agent, err);
    unlink(RENEW_CONFIG);
    if (result < 0 || agent->world->file_sync_tree("/etc/kubernetes", err) < 0)
        return -1;
    return kubeconfig_lay(agent->world, err);
}

/* 0: none could be read, which is logged: an authority of the operator's own may be of a kind that mbedTLS does not
 * know, and that keeps no machine from starting. */
static size_t list(struct agent *agent, struct certificate ret[CERTIFICATES_MAX]) {
    struct error problem = {0};
    size_t n;
    if (agent->world->certificates_list(ret, &n, &problem) == 0)
        return n;
    log_warning("certificates are not looked after: %s", problem.message);
    return 0;
}

bool certificates_due(struct agent *agent, unsigned part) {
    struct certificate certificates[CERTIFICATES_MAX];
    if (!role_is_master(agent->role))
        return false;
    size_t n = list(agent, certificates);
    return ends_within(certificates, n, CERTIFICATE_OF_KUBEADM, validity_s(agent->role) / part);
}

int certificates_renew(struct agent *agent, struct error *err) {
    return renew(agent, true, false, err) < 0 ? error_wrap(err, "renew certificates") : 0;
}

int certificates_renew_at_boot(struct agent *agent, struct error *err) {
    struct certificate certificates[CERTIFICATES_MAX];
    char date[32];
    if (!role_is_master(agent->role))
        return 0;
    size_t n = list(agent, certificates);
    const struct certificate *ca = ends_within(certificates, n, CERTIFICATE_AUTHORITY, 0),
                             *kubeadms = ends_within(certificates, n, CERTIFICATE_OF_KUBEADM,
                                                     validity_s(agent->role) / CERTIFICATES_DUE),
                             *kubelets = ends_within(certificates, n, CERTIFICATE_OF_KUBELET, 0);
    if (ca) {
        date_of(ca, date);
        error_fail(err, SR_CERT_CA, ETIME, "certificate `%s` ended at %s", ca->name, date);
        return error_remedy(err, "compare the clock; when it is right, make a new cluster: nothing renews a CA");
    }
    if (!kubeadms && !kubelets)
        return 0;
    const struct certificate *first = kubeadms ? kubeadms : kubelets;
    date_of(first, date);
    log_warning("certificate `%s` ends at %s: new ones are made", first->name, date);
    events_say(agent, "bootstrap", "running", 0, 0, "certificate %s ends at %s: new ones are made", first->name, date);
    if (renew(agent, kubeadms, kubelets, err) == 0)
        return 0;
    error_wrap(err, "renew certificates");
    if (first->ends <= time(NULL))
        return -1;
    log_warning("%s; it starts with those that it has", err->message); /* the CA's key may be elsewhere */
    return 0;
}

bool certificates_must_rejoin(struct agent *agent) {
    struct certificate certificates[CERTIFICATES_MAX];
    if (role_is_master(agent->role))
        return false;
    size_t n = list(agent, certificates);
    return ends_within(certificates, n, CERTIFICATE_OF_KUBELET, 0) || access(KUBELET_ENDED_PEM, F_OK) == 0;
}
