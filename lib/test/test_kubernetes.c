/* SPDX-License-Identifier: Apache-2.0
 * The table of Kubernetes' versions: where each difference begins and ends. */
#include "testing.h"

#include "kubernetes.h"
#include <stdbool.h>
#include <string.h>

static void has(enum kubernetes_feature feature, const char *release, bool wanted) {
    if (kubernetes_has(release, feature) != wanted)
        fail_msg("feature %d of %s is not %d", (int)feature, release, wanted);
}

static void differences_begin_and_end(void **state) {
    (void)state;
    static const struct {
        enum kubernetes_feature feature;
        const char *before, *from;
        bool brought;
    } rows[] = {
        {K8S_DOCKERSHIM, "v1.23.17", "v1.24.0", false},
        {K8S_CRI_V1, "v1.22.17", "v1.23.0", true},
        {K8S_CONTAINERD_2, "v1.24.0", "v1.36.3", true},
        {K8S_READYZ, "v1.15.4", "v1.16.0", true},
        {K8S_CSR_V1, "v1.18.20", "v1.19.0", true},
        {K8S_SLICES_V1, "v1.20.2", "v1.21.0", true},
        {K8S_VERSIONED_CONFIGS, "v1.23.0", "v1.24.0", false},
        {K8S_PLAIN_HEALTH, "v1.20.2", "v1.21.0", false},
        {K8S_CGROUP_V2, "v1.24.9", "v1.25.0", true},
        {K8S_KUBELET_PATCHES, "v1.24.9", "v1.25.0", true},
        {K8S_ETCD_LEARNERS, "v1.31.4", "v1.32.0", true},
        {K8S_OWN_API_FIRST, "v1.32.0", "v1.33.0", true},
        {K8S_KEY_ALGORITHMS, "v1.30.9", "v1.31.0", true},
        {K8S_ECDSA_P384, "v1.33.5", "v1.34.0", true},
        {K8S_CERT_VALIDITY, "v1.30.9", "v1.31.0", true},
        {K8S_PROXY_NFTABLES, "v1.32.9", "v1.33.0", true},
        {K8S_CERTS_COMMAND, "v1.19.16", "v1.20.0", true},
        {K8S_UPGRADE_CONFIG, "v1.30.9", "v1.31.0", true},
        {K8S_EVICTION_V1, "v1.21.14", "v1.22.0", true},
    };
    assert_int_equal(sizeof(rows) / sizeof(rows[0]), K8S_FEATURES);
    for (size_t i = 0; i < K8S_FEATURES; i++) {
        has(rows[i].feature, rows[i].before, !rows[i].brought);
        has(rows[i].feature, rows[i].from, rows[i].brought);
        has(rows[i].feature, "v1.37.2", rows[i].brought);
    }
}

static void kubeadm_speaks(void **state) {
    (void)state;
    assert_string_equal(kubernetes_kubeadm_api("v1.15.4"), "kubeadm.k8s.io/v1beta2");
    assert_string_equal(kubernetes_kubeadm_api("v1.20.2"), "kubeadm.k8s.io/v1beta2");
    assert_null(kubernetes_kubeadm_api("v1.14.0"));
    assert_null(kubernetes_kubeadm_api("v1.25.0"));
    assert_null(kubernetes_kubeadm_api("v1.30.9"));
    assert_string_equal(kubernetes_kubeadm_api("v1.31.4"), "kubeadm.k8s.io/v1beta4");
    assert_string_equal(kubernetes_kubeadm_api("v1.37.2"), "kubeadm.k8s.io/v1beta4");
}

static void minors(void **state) {
    (void)state;
    assert_int_equal(kubernetes_minor("v1.20.2"), 20);
    assert_int_equal(kubernetes_minor("v1"), 0);
    assert_int_equal(kubernetes_newest(), 37);
    assert_int_equal(kubernetes_first(K8S_PROXY_NFTABLES), 33);
}

static void an_etcd_that_may_come_before(void **state) {
    (void)state;
    assert_string_equal(kubernetes_etcd_before("3.7.3-0"), "3.6.11");
    assert_string_equal(kubernetes_etcd_before("3.6.4"), "3.5.26");
    assert_null(kubernetes_etcd_before("3.5.21"));
    assert_null(kubernetes_etcd_before("3.70.1"));
    static const struct {
        const char *one, *other;
        bool older;
    } rows[] = {{"3.6.10-0", "3.6.11", true}, {"3.6.11-0", "3.6.11", false}, {"3.6.16-0", "3.6.11", false},
                {"3.5.30", "3.6.0", true},    {"4.0.0", "3.6.11", false},    {"3.6", "3.6.11", true},
                {"", "3.6.11", true},         {"v3.6.16", "3.6.11", true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(kubernetes_etcd_older(rows[i].one, rows[i].other), rows[i].older);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(differences_begin_and_end), cmocka_unit_test(kubeadm_speaks),
                                       cmocka_unit_test(minors), cmocka_unit_test(an_etcd_that_may_come_before)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
