/* SPDX-License-Identifier: Apache-2.0
 * What a site may change of kubeadm's configuration, by release; and every flag that it may not set. */
#include "testing.h"

#include "json.h"
#include "kubeadm_options.h"
#include <string.h>

/* The first problem of /cluster, as "POINTER: cause; remedy"; "" when there is none. */
static void read_options(const char *cluster, const char *release, bool docker, char ret[800]) {
    struct problem problem = {.pointer = ""};
    struct reader reader = {.list = &problem, .capacity = 1};
    struct kubeadm_options options = {0};
    struct error err = {0};
    cleanup_json cJSON *tree = NULL;
    if (json_parse(cluster, strlen(cluster), &tree, &err) < 0)
        fail_msg("%s: %s", cluster, err.message);
    struct cursor root = cursor_root(&reader, tree);
    kubeadm_options_read(&root, release, docker, &options);
    snprintf(ret, 800, "%s", "");
    if (reader.n)
        snprintf(ret, 800, "%s: %s; %s", problem.pointer, problem.cause, problem.remedy);
}

static void says(const char *cluster, const char *release, bool docker, const char *wanted) {
    char said[800];
    read_options(cluster, release, docker, said);
    if (strcmp(said, wanted) != 0)
        fail_msg("%s with %s says `%s`, not `%s`", cluster, release, said, wanted);
}

static void releases_decide(void **state) {
    (void)state;
    static const char p384[] = "{\"encryption_algorithm\": \"ECDSA-P384\"}",
                      rsa[] = "{\"encryption_algorithm\": \"RSA-4096\"}",
                      hours[] = "{\"certificate_validity_period\": \"4380h\"}",
                      nftables[] = "{\"kube_proxy\": {\"mode\": \"nftables\"}}",
                      logs[] = "{\"kubelet\": {\"containerLogMaxFiles\": 4}}";
    says(p384, "v1.34.0", false, "");
    says(p384, "v1.33.1", false,
         "/encryption_algorithm: kubeadm's ECDSA-P384 is new in Kubernetes v1.34, and the release is v1.33.1; remove "
         "it");
    says(rsa, "v1.31.0", false, "");
    says(rsa, "v1.20.2", true,
         "/encryption_algorithm: kubeadm's choice of an algorithm is new in Kubernetes v1.31, and the release is "
         "v1.20.2; remove it");
    says(hours, "v1.31.0", false, "");
    says(hours, "v1.24.9", false,
         "/certificate_validity_period: kubeadm's choice of a validity is new in Kubernetes v1.31, and the release is "
         "v1.24.9; remove it");
    says(nftables, "v1.33.0", false, "");
    says(nftables, "v1.32.9", false,
         "/kube_proxy/mode: kube-proxy's mode nftables is new in Kubernetes v1.33, and the release is v1.32.9; remove "
         "it");
    says("{\"kube_proxy\": {\"mode\": \"iptables\"}}", "v1.15.4", true, "");
    says(logs, "v1.20.2", false, "");
    says(logs, "v1.20.2", true,
         "/kubelet/containerLogMaxFiles: Docker writes the logs: 3 files of 10 MB for a container; remove it, or use "
         "containerd");
    says("{\"kubelet\": {\"healthzPort\": 0}}", "v1.37.2", false,
         "/kubelet/healthzPort: kubeadm init waits until kubelet answers at 10248; remove it");
    says(nftables, NULL, false, ""); /* a release that is wrong itself was reported */
}

static void validities_fit(void **state) {
    (void)state;
    says("{\"certificate_validity_period\": \"100h\", \"ca_certificate_validity_period\": \"100h\"}", "v1.37.2", false,
         "");
    says("{\"certificate_validity_period\": \"87601h\"}", "v1.37.2", false,
         "/certificate_validity_period: certificates for 87601h outlive their authority, which has 87600h; make "
         "ca_certificate_validity_period the larger one");
    says("{\"ca_certificate_validity_period\": \"8759h\"}", "v1.37.2", false,
         "/ca_certificate_validity_period: certificates for 8760h outlive their authority, which has 8759h; make "
         "ca_certificate_validity_period the larger one");
}

static bool takes(const char *program, const char *flag, const char *value) {
    char cluster[1400], said[800];
    snprintf(cluster, sizeof(cluster), "{\"%s\": {\"extra_args\": {\"%s\": \"%s\"}}}", program, flag, value);
    read_options(cluster, "v1.37.2", false, said);
    return !said[0];
}

/* Each flag that kubeadm writes into a manifest (cmd/kubeadm/app/phases/controlplane/manifests.go), those that Seedrack
 * adds, and those that its own work rests on. */
static const struct {
    const char *program;
    const char *flags[48];
} kept[] = {
    {"api_server",
     {"advertise-address",
      "service-cluster-ip-range",
      "service-account-key-file",
      "service-account-signing-key-file",
      "service-account-issuer",
      "client-ca-file",
      "tls-cert-file",
      "tls-private-key-file",
      "tls-min-version",
      "kubelet-client-certificate",
      "kubelet-client-key",
      "kubelet-certificate-authority",
      "kubelet-preferred-address-types",
      "enable-bootstrap-token-auth",
      "secure-port",
      "insecure-port",
      "insecure-bind-address",
      "bind-address",
      "allow-privileged",
      "requestheader-username-headers",
      "requestheader-group-headers",
      "requestheader-extra-headers-prefix",
      "requestheader-client-ca-file",
      "requestheader-allowed-names",
      "proxy-client-cert-file",
      "proxy-client-key-file",
      "etcd-servers",
      "etcd-cafile",
      "etcd-certfile",
      "etcd-keyfile",
      "etcd-prefix",
      "authorization-mode",
      "authorization-config",
      "anonymous-auth",
      "admission-control",
      "help",
      "version",
      NULL}},
    {"controller_manager",
     {"bind-address",
      "secure-port",
      "leader-elect",
      "kubeconfig",
      "authentication-kubeconfig",
      "authorization-kubeconfig",
      "authorization-always-allow-paths",
      "client-ca-file",
      "requestheader-client-ca-file",
      "root-ca-file",
      "service-account-private-key-file",
      "cluster-signing-cert-file",
      "cluster-signing-key-file",
      "cluster-signing-kube-apiserver-client-cert-file",
      "cluster-signing-kubelet-serving-key-file",
      "cluster-signing-legacy-unknown-cert-file",
      "use-service-account-credentials",
      "controllers",
      "allocate-node-cidrs",
      "cluster-cidr",
      "service-cluster-ip-range",
      "cluster-name",
      "node-cidr-mask-size",
      "node-cidr-mask-size-ipv4",
      "port",
      "address",
      "master",
      "tls-cert-file",
      "cert-dir",
      NULL}},
    {"scheduler",
     {"bind-address", "secure-port", "leader-elect", "kubeconfig", "authentication-kubeconfig",
      "authorization-kubeconfig", "port", "address", "healthz-port", "master", "config", "tls-cert-file", NULL}},
};

static void flags_of_kubeadm_stay(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        for (const char *const *flag = kept[i].flags; *flag; flag++)
            if (takes(kept[i].program, *flag, "x"))
                fail_msg("%s: --%s may be set", kept[i].program, *flag);
}

static void other_flags_are_the_sites(void **state) {
    (void)state;
    static const char *const api_server[] = {"event-ttl",
                                             "audit-log-maxage",
                                             "oidc-issuer-url",
                                             "service-node-port-range",
                                             "feature-gates",
                                             "default-not-ready-toleration-seconds",
                                             NULL};
    for (const char *const *flag = api_server; *flag; flag++)
        if (!takes("api_server", *flag, "x"))
            fail_msg("--%s is refused", *flag);
    assert_true(takes("controller_manager", "cluster-signing-duration", "4380h"));
    assert_true(takes("controller_manager", "leader-elect-lease-duration", "30s"));
    assert_true(takes("scheduler", "v", "2"));
    assert_true(takes("api_server", "enable-admission-plugins", "PodNodeSelector,NodeRestriction"));
    assert_false(takes("api_server", "enable-admission-plugins", "NodeRestrictions,NoNodeRestriction"));
    assert_false(takes("api_server", "enable-admission-plugins", "PodNodeSelector"));
    assert_true(takes("api_server", "disable-admission-plugins", "PodNodeSelector"));
    assert_false(takes("api_server", "disable-admission-plugins", "A,NodeRestriction"));
    assert_false(takes("api_server", "audit-policy-file", "/etc/kubernetes/audit.yaml")); /* no such file in the pod */
}

static void refusals_say_what_to_do(void **state) {
    (void)state;
    says("{\"api_server\": {\"extra_args\": {\"service-cluster-ip-range\": \"10.0.0.0/16\"}}}", "v1.37.2", false,
         "/api_server/extra_args/service-cluster-ip-range: not the site's to set: kubeadm sets it; change "
         "/cluster/service_subnet");
    says("{\"scheduler\": {\"extra_args\": {\"--v\": \"2\"}}}", "v1.37.2", false,
         "/scheduler/extra_args/--v: no flag; write a flag in lower case and without its dashes, such as `event-ttl`");
    says("{\"api_server\": {\"extra_args\": {\"audit-policy-file\": \"/a\"}}}", "v1.37.2", false,
         "/api_server/extra_args/audit-policy-file: `/a` is a file, and the static pod has none of the site's; remove "
         "it");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(releases_decide),         cmocka_unit_test(validities_fit),
        cmocka_unit_test(flags_of_kubeadm_stay),   cmocka_unit_test(other_flags_are_the_sites),
        cmocka_unit_test(refusals_say_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
