/* SPDX-License-Identifier: Apache-2.0
 * Certificates at a master's boot: when new ones are made, and by which commands. */
#include "worlds.h"

#include "bootstrap/certificates.h"
#include <string.h>
#include <time.h>

enum { DAY = 24 * 60 * 60, YEAR = 365 * DAY };

static struct certificate given[CERTIFICATES_MAX];
static size_t n_given;

static int fake_list(struct certificate ret[CERTIFICATES_MAX], size_t *ret_n, struct error *err) {
    (void)err;
    memcpy(ret, given, sizeof(given));
    *ret_n = n_given;
    return 0;
}
static int fake_render(const struct agent *of, const char *document, const char *path, mode_t mode, struct error *err) {
    (void)of;
    (void)err;
    assert_int_equal(mode, 0600);
    assert_string_equal(path, "/run/seedrack/kubeadm-renew.yaml");
    called("render %s", document);
    return 0;
}
static bool kubeadm_works;
static int fake_read(const char *path, struct buf *ret, struct error *err) {
    (void)ret;
    called("read %s", path);
    return error_errno(err, ENOENT, "read `%s`", path); /* what comes after it writes to this machine */
}
static int fake_child(const char *const *argv, const struct child_options *options, struct buf *output,
                      struct error *err) {
    (void)options;
    (void)output;
    called("%s %s %s %s", argv[0], argv[1], argv[2], argv[3]);
    if (kubeadm_works)
        return 0;
    return error_set(err, -1, "[renew] no key"); /* what comes after it writes to this machine */
}

static void certificate(const char *name, enum certificate_owner owner, int64_t seconds_left) {
    given[n_given++] = (struct certificate){.name = name, .owner = owner, .ends = time(NULL) + seconds_left};
}

/* What the machine does with certificates of so many seconds. */
static int boots_with(const char *hostname, int64_t ca, int64_t apiserver, int64_t kubelet, struct error *err) {
    machine_is(hostname);
    world.certificates_list = fake_list;
    world.rendered_apply = fake_render;
    world.child_run = fake_child;
    world.file_read = fake_read;
    n_given = 0;
    *err = (struct error){0};
    certificate("apiserver", CERTIFICATE_OF_KUBEADM, apiserver);
    certificate("kubelet", CERTIFICATE_OF_KUBELET, kubelet);
    certificate("ca", CERTIFICATE_AUTHORITY, ca);
    return certificates_renew_at_boot(&agent, err);
}

static void those_that_last_are_left_alone(void **state) {
    (void)state;
    struct error err;
    assert_int_equal(boots_with("k8s-m1", 10L * YEAR, YEAR / 3 + DAY, DAY, &err), 0);
    assert_calls("");
    assert_int_equal(boots_with("k8s-n1", -DAY, -DAY, -DAY, &err), 0); /* a worker has none of kubeadm's */
    assert_calls("");
}

static void a_third_of_the_configured_validity(void **state) {
    (void)state;
    struct error err;
    assert_int_equal(boots_with("k8s-m1", 10L * YEAR, YEAR / 3 - DAY, YEAR, &err), 0); /* it fails, and they last */
    assert_calls("render kubeadm-init.yaml; kubeadm certs renew all");
    assert_int_equal(boots_with("k8s-m1", 10L * YEAR, -DAY, YEAR, &err), -1);
    assert_calls("render kubeadm-init.yaml; kubeadm certs renew all");
    assert_int_equal(err.code, SR_CERT_RENEW);
    assert_string_equal(err.message, "renew certificates: [renew] no key");
    machine_is("k8s-m1");
    agent.role->kubeadm.certificate_validity_period = "240h"; /* 80 hours are a third */
    world.certificates_list = fake_list;
    n_given = 0;
    certificate("apiserver", CERTIFICATE_OF_KUBEADM, 4L * DAY);
    assert_int_equal(certificates_renew_at_boot(&agent, &err), 0);
    assert_calls("");
}

static void kubelets_own_only_when_it_ended(void **state) {
    (void)state;
    struct error err;
    assert_int_equal(boots_with("k8s-m1", 10L * YEAR, YEAR, 60, &err), 0);
    assert_calls("");
    assert_int_equal(boots_with("k8s-m1", 10L * YEAR, YEAR, -1, &err), -1);
    assert_calls("render kubeadm-init.yaml; kubeadm init phase kubeconfig");
    kubeadm_works = true; /* the one that it makes, aside: kubelet's own stays as it is */
    assert_int_equal(boots_with("k8s-m1", 10L * YEAR, YEAR, -1, &err), -1);
    kubeadm_works = false;
    assert_calls("render kubeadm-init.yaml; kubeadm init phase kubeconfig; read /run/seedrack/kubelet.conf");
}

static void a_ca_that_ended_stops_the_machine(void **state) {
    (void)state;
    struct error err;
    assert_int_equal(boots_with("k8s-m1", -DAY, YEAR, YEAR, &err), -1);
    assert_calls("");
    assert_int_equal(err.code, SR_CERT_CA);
    assert_non_null(strstr(err.message, "certificate `ca` ended at 20"));
    assert_non_null(strstr(err.remedy, "compare the clock"));
}

static int fake_unreadable(struct certificate ret[CERTIFICATES_MAX], size_t *ret_n, struct error *err) {
    (void)ret;
    (void)ret_n;
    return error_set(err, EPROTO, "`/etc/kubernetes/pki/ca.crt`: no certificate");
}

static void what_cannot_be_read_keeps_no_machine_from_starting(void **state) {
    (void)state;
    static const char *const hostnames[] = {"k8s-m1", "k8s-n1"};
    for (size_t i = 0; i < 2; i++) {
        struct error err = {0};
        machine_is(hostnames[i]);
        world.certificates_list = fake_unreadable;
        assert_int_equal(certificates_renew_at_boot(&agent, &err), 0);
        assert_false(certificates_must_rejoin(&agent));
        assert_false(certificates_due(&agent, CERTIFICATES_DUE));
    }
}

static void before_v1_20_the_command_is_another(void **state) {
    (void)state;
    struct error err;
    machine_is("k8s-m1");
    agent.role->release = "v1.15.4";
    world.certificates_list = fake_list;
    world.rendered_apply = fake_render;
    world.child_run = fake_child;
    world.file_read = fake_read;
    n_given = 0;
    certificate("apiserver", CERTIFICATE_OF_KUBEADM, -1);
    assert_int_equal(certificates_renew_at_boot(&agent, &err), -1);
    assert_calls("render kubeadm-init.yaml; kubeadm alpha certs renew");
}

static bool must_rejoin(const char *hostname, int64_t kubelet) {
    struct error err;
    boots_with(hostname, YEAR, YEAR, kubelet, &err);
    return certificates_must_rejoin(&agent);
}

static void only_a_worker_whose_kubelets_ended_rejoins(void **state) {
    (void)state;
    assert_true(must_rejoin("k8s-n1", -1));
    assert_false(must_rejoin("k8s-n1", 60));
    assert_false(must_rejoin("k8s-m1", -1)); /* it has the CA's key */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(those_that_last_are_left_alone, forget_machine),
        cmocka_unit_test_teardown(a_third_of_the_configured_validity, forget_machine),
        cmocka_unit_test_teardown(kubelets_own_only_when_it_ended, forget_machine),
        cmocka_unit_test_teardown(a_ca_that_ended_stops_the_machine, forget_machine),
        cmocka_unit_test_teardown(only_a_worker_whose_kubelets_ended_rejoins, forget_machine),
        cmocka_unit_test_teardown(what_cannot_be_read_keeps_no_machine_from_starting, forget_machine),
        cmocka_unit_test_teardown(before_v1_20_the_command_is_another, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
