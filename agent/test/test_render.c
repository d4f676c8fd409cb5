/* SPDX-License-Identifier: Apache-2.0
 * Rendered documents against golden files (rows R4, R7, R8, R9, R11), and what depends on role and facts. The article's
 * files are written by hand from its text; scripts/check-render compares them as parsed YAML, too. */
#include "test/sites.h"

#include "render/render.h"
#include <stdlib.h>

static void render(const char *what, const struct role *role, const struct render_facts *facts, struct buf *ret) {
    struct error err = {0};
    const struct render *entry = render_find(what);
    assert_non_null(entry);
    if (entry->render(role, facts, ret, &err) < 0)
        fail_msg("%s: %s", what, err.message);
}

static bool renders_text(const char *what, const struct role *role, const struct render_facts *facts,
                         const char *text) {
    cleanup_buf struct buf found = BUF_INIT(1 << 20);
    render(what, role, facts, &found);
    return strstr(buf_text(&found), text) != NULL;
}

static void drop_quotes(struct buf *text) {
    size_t n = 0;
    for (size_t i = 0; i < text->length; i++)
        if (text->data[i] != '"')
            text->data[n++] = text->data[i];
    text->data[n] = '\0';
}

static void golden(const struct role *role, const struct render_facts *facts, const char *folder, const char *what,
                   bool quotes) {
    cleanup_buf struct buf found = BUF_INIT(1 << 20), wanted = BUF_INIT(1 << 20);
    char path[256];
    snprintf(path, sizeof(path), "agent/test/golden/%s/%s", folder, what);
    source_read(path, &wanted);
    render(what, role, facts, &found);
    if (!quotes) {
        drop_quotes(&found);
        drop_quotes(&wanted);
    }
    if (strcmp(buf_text(&found), buf_text(&wanted)) != 0)
        fail_msg("%s differs:\n%s", path, buf_text(&found));
}

static void article(void **state) {
    (void)state;
    static const char *const quoted[] = {"haproxy.yaml", "keepalived.yaml", "kubeadm-init.yaml"};
    cleanup_role struct role *role = role_at("configs/article/site.json", "k8s-m1");
    struct render_facts facts = {.interface = "eth0" /* the article's own enp3s0 wins */,
                                 .passwords = {.vrrp = "d0cker", .stats_auth = "admin:admin123"}};
    golden(role, &facts, "article", "haproxy.cfg", true);
    golden(role, &facts, "article", "sysctl.conf", true);
    for (size_t i = 0; i < sizeof(quoted) / sizeof(quoted[0]); i++)
        golden(role, &facts, "article", quoted[i], false);
    cleanup_role struct role *second = role_at("configs/article/site.json", "k8s-m2");
    assert_true(renders_text("keepalived.yaml", second, &facts, "value: \"150\""));
}

static void docker(void **state) {
    (void)state;
    cleanup_role struct role *master = role_at("configs/seven-nodes-docker/site.json", "k8s-m1");
    cleanup_role struct role *worker = role_at("configs/seven-nodes-docker/site.json", "k8s-n1");
    struct render_facts facts = {.interface = "eth0"};
    for (const struct render *entry = renders; entry->name; entry++) {
        if (!strcmp(entry->name, "kubeadm-upgrade.yaml")) /* that kubeadm has no UpgradeConfiguration */
            continue;
        golden(master, &facts, "v1.20.2/k8s-m1", entry->name, true);
        if (!entry->masters_only)
            golden(worker, &facts, "v1.20.2/k8s-n1", entry->name, true);
    }
}

static void seven_nodes(void **state) {
    (void)state;
    static const char *const documents[] = {"kubeadm-init.yaml",   "kubeadm-join.yaml", "upload-certs.yaml",
                                            "kubelet-patch.yaml",  "containerd.toml",   "coredns.yaml",
                                            "kubeadm-upgrade.yaml"};
    cleanup_role struct role *master = role_at("configs/seven-nodes/site.json", "k8s-m1");
    cleanup_role struct role *worker = role_at("configs/seven-nodes/site.json", "k8s-n1");
    struct render_facts facts = {.interface = "eth0"}, namespace = {.cgroup_v1 = true, .conntrack_readonly = true};
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        golden(master, &facts, "v1.37.2/k8s-m1", documents[i], true);
        if (!render_find(documents[i])->masters_only)
            golden(worker, &facts, "v1.37.2/k8s-n1", documents[i], true);
    }
    assert_true(renders_text("kubelet-patch.yaml", worker, &namespace, "failCgroupV1: false\n"));
    assert_true(
        renders_text("kubeadm-join.yaml", worker, &namespace, "ignorePreflightErrors:\n  - SystemVerification\n"));
}

/* What one machine has alone: a patch, whose values keep their types, and no flag. */
static void machine_settings(void **state) {
    (void)state;
    cleanup_role struct role *role = role_at("configs/seven-nodes/site.json", "k8s-n1");
    cleanup_json cJSON *settings =
        cJSON_Parse("{\"maxPods\": 42, \"failSwapOn\": false, \"containerLogMaxSize\": \"5Mi\"}");
    struct render_facts facts = {0};
    role->kubelet = settings;
    assert_true(renders_text("kubelet-patch.yaml", role, &facts,
                             "maxPods: 42\nfailSwapOn: false\ncontainerLogMaxSize: \"5Mi\"\n"));
    assert_false(renders_text("kubeadm-join.yaml", role, &facts, "max-pods"));
}

/* What the site changes of kubeadm's configuration, for both of its APIs. m2 has limits of its own. */
static void kubeadm_options(void **state) {
    (void)state;
    cleanup_role struct role *modern = role_at("configs/corpus/site/good/kubeadm-options.json", "m2");
    cleanup_role struct role *old = role_at("configs/corpus/site/good/kubeadm-options-v1beta2.json", "m2");
    cleanup_role struct role *empty = role_at("configs/corpus/site/good/kubeadm-options-empty.json", "m2");
    struct render_facts facts = {.interface = "eth0"};
    golden(modern, &facts, "kubeadm-options/v1.37.2", "kubeadm-init.yaml", true);
    golden(modern, &facts, "kubeadm-options/v1.37.2", "kubelet-patch.yaml", true);
    golden(old, &facts, "kubeadm-options/v1.20.2", "kubeadm-init.yaml", true);
    golden(old, &facts, "kubeadm-options/v1.20.2", "kubeadm-join.yaml", true);
    assert_true(renders_text("kubeadm-init.yaml", empty, &facts, "encryptionAlgorithm: ECDSA-P256\n"));
    assert_false(renders_text("kubeadm-init.yaml", empty, &facts, "scheduler:"));
}

/* A mirror may keep CoreDNS beside the other images, where the official registry has it one folder below. */
static void images_of_a_mirror(void **state) {
    (void)state;
    cleanup_role struct role *role = role_at("configs/seven-nodes/site.json", "k8s-m1");
    struct render_facts facts = {0};
    static const char *images[] = {"mirror.example.com/k8s/etcd:3.7.3-0", "mirror.example.com/k8s/coredns:v1.15.0"};
    const char **own = role->images;
    assert_false(renders_text("kubeadm-init.yaml", role, &facts, "imageRepository"));
    role->images = images;
    role->n_images = 2;
    role->kubeadm.image_repository = "mirror.example.com/k8s";
    assert_true(renders_text("kubeadm-init.yaml", role, &facts, "\nimageRepository: \"mirror.example.com/k8s\"\n"));
    assert_true(renders_text("kubeadm-init.yaml", role, &facts,
                             "dns:\n  imageTag: \"v1.15.0\"\n  imageRepository: \"mirror.example.com/k8s\"\n"));
    role->images = own;
}

static void secrets_come_from_the_ticket_only(void **state) {
    (void)state;
    cleanup_role struct role *master = role_at("configs/seven-nodes/site.json", "k8s-m2");
    cleanup_role struct role *worker = role_at("configs/seven-nodes/site.json", "k8s-n1");
    struct render_ticket ticket = {
        .token = "abcdef.0123456789abcdef", .ca_hash = "sha256:77", .certificate_key = "k3y"};
    struct render_facts facts = {.ticket = &ticket}, none = {0};
    assert_true(renders_text("kubeadm-join.yaml", master, &facts, "token: \"abcdef.0123456789abcdef\""));
    assert_true(renders_text("kubeadm-join.yaml", master, &facts, "- \"sha256:77\""));
    assert_true(renders_text("kubeadm-join.yaml", master, &facts, "certificateKey: \"k3y\""));
    assert_false(renders_text("kubeadm-join.yaml", worker, &facts, "certificateKey"));
    assert_true(renders_text("kubeadm-join.yaml", worker, &none, "token: \"<token>\""));
    assert_true(renders_text("bootstrap-kubelet.conf", worker, &facts, "    token: \"abcdef.0123456789abcdef\"\n"));
    assert_true(renders_text("bootstrap-kubelet.conf", worker, &none, "    server: \"https://172.22.132.10:8443\"\n"));
}

static void passwords_come_from_the_seed_only(void **state) {
    (void)state;
    cleanup_role struct role *article_master = role_at("configs/article/site.json", "k8s-m1");
    struct render_facts none = {0}, facts = {.passwords = {.vrrp = "abcd2345", .stats_auth = "seedrack:x"}};
    assert_true(renders_text("keepalived.yaml", article_master, &none, "value: \"<vrrp_password>\""));
    assert_true(renders_text("keepalived.yaml", article_master, &facts, "value: \"abcd2345\""));
    assert_true(renders_text("haproxy.cfg", article_master, &none, "stats auth <user>:<password>"));
    assert_true(renders_text("haproxy.cfg", article_master, &facts, "stats auth seedrack:x"));
}

static void a_node_of_its_own(void **state) {
    (void)state;
    struct render_facts facts = {0};
    cleanup_role struct role *labelled = role_at("configs/corpus/site/good/labels-and-taints.json", "w1");
    assert_true(renders_text("kubeadm-join.yaml", labelled, &facts,
                             "node-labels: \"example.com/rack=r1,node.kubernetes.io/gpu=yes,plain=\""));
    assert_true(renders_text("kubeadm-join.yaml", labelled, &facts,
                             "  - key: \"example.com/gpu\"\n    effect: NoSchedule\n    value: \"yes\"\n"));
    assert_true(renders_text("kubeadm-join.yaml", labelled, &facts,
                             "  - key: \"maintenance\"\n    effect: NoExecute\n  kubelet"));
    cleanup_role struct role *untainted = role_at("configs/corpus/site/good/no-taints.json", "m1");
    assert_true(renders_text("kubeadm-init.yaml", untainted, &facts, "  taints: []\n"));
    cleanup_role struct role *tuned = role_at("configs/corpus/site/good/kubelet-settings.json", "w1");
    assert_true(renders_text("kubeadm-join.yaml", tuned, &facts,
                             "    max-pods: \"50\"\n    serialize-image-pulls: \"true\"\n"
                             "    minimum-image-ttl-duration: \"5m0s\"\n    cpu-manager-policy: \"static\"\n"));
    cleanup_role struct role *numeric = role_at("configs/corpus/site/good/numeric-hostnames.json", "1e3");
    assert_true(renders_text("kubeadm-init.yaml", numeric, &facts, "  name: \"1e3\"\n")); /* not the number 1000 */
    assert_true(renders_text("kubeadm-init.yaml", numeric, &facts, "  - \"123\"\n"));
}

static void facts_decide(void **state) {
    (void)state;
    cleanup_role struct role *role = role_at("configs/seven-nodes-docker/site.json", "k8s-m1");
    struct render_facts plain = {.interface = "bond0"}, readonly = {.conntrack_readonly = true};
    assert_false(renders_text("kubeadm-init.yaml", role, &plain, "conntrack"));
    assert_true(renders_text("kubeadm-init.yaml", role, &readonly, "conntrack:\n  maxPerCore: 0\n  min: 0\n"));
    assert_true(renders_text("keepalived.conf", role, &plain, "dev bond0\n"));
    assert_false(renders_text("keepalived.yaml", role, &plain, "seedrack/link"));
    plain.made_link = 7;
    assert_true(renders_text("keepalived.yaml", role, &plain, "    seedrack/link: \"7\"\n"));
}

static void sites_decide(void **state) {
    (void)state;
    struct render_facts facts = {.interface = "eth0"};
    cleanup_role struct role *alone = role_at("configs/corpus/site/good/minimal.json", "m1");
    assert_false(
        renders_text("keepalived.conf", alone, &facts, "unicast")); /* an empty list is a mistake to keepalived */
    cleanup_role struct role *fast = role_at("configs/corpus/site/good/fast-vrrp.json", "m3");
    assert_true(renders_text("keepalived.conf", fast, &facts, "advert_int 0.10\n"));
    assert_true(renders_text("keepalived.conf", fast, &facts, "priority 148\n"));
    cleanup_role struct role *osixia = role_at("configs/corpus/site/good/osixia-env.json", "m1");
    assert_false(renders_text("keepalived.yaml", osixia, &facts, "secret12")); /* the site says it, the role does not */
    assert_true(renders_text("keepalived.yaml", osixia, &facts, "value: \"eth1\""));
    cleanup_role struct role *ports = role_at("configs/corpus/site/good/other-ports.json", "m1");
    assert_true(renders_text("haproxy.cfg", ports, &facts, "bind :9443\n"));
    assert_true(renders_text("keepalived.conf", ports, &facts, " 127.0.0.1 9443 "));
    cleanup_role struct role *containerd = role_at("configs/corpus/site/good/containerd.json", "m1");
    assert_true(renders_text("kubeadm-init.yaml", containerd, &facts, "criSocket: /run/containerd/containerd.sock"));
    cleanup_role struct role *foreign = role_at("configs/corpus/site/good/cni-none.json", "m1");
    cleanup_buf struct buf text = BUF_INIT(4096);
    struct error err = {0};
    assert_int_equal(render_cni(foreign, &facts, &text, &err), -1);
    assert_false(renders_text("kubeadm-init.yaml", foreign, &facts, "allocate-node-cidrs"));
}

static void releases_decide(void **state) {
    (void)state;
    struct render_facts facts = {0};
    struct error err = {0};
    cleanup_buf struct buf text = BUF_INIT(65536);
    cleanup_role struct role *role = role_at("configs/seven-nodes-docker/site.json", "k8s-m1");
    role->release = "v1.15.4";
    assert_true(renders_text("haproxy.cfg", role, &facts, "httpchk GET /healthz")); /* no /readyz before v1.16 */
    role->release = "v1.21.0";
    assert_false(renders_text("kubeadm-init.yaml", role, &facts, "10251"));
    role->kubeadm_api = "kubeadm.k8s.io/v1beta3";
    assert_int_equal(render_kubeadm_init(role, &facts, &text, &err), -1);
    assert_int_equal(render_kubeadm_join(role, &facts, &text, &err), -1);
    assert_non_null(strstr(err.message, "v1beta3"));
    assert_int_equal(text.length, 0);
}

/* A changed configuration must change the pod that mounts it, or kubelet would leave the old one running. */
static void pods_follow_their_configuration(void **state) {
    (void)state;
    cleanup_site struct site *site = site_from("configs/seven-nodes/site.json");
    struct render_facts facts = {.interface = "eth0"};
    cleanup_role struct role *before = site_role(site, "k8s-m1");
    snprintf(site->nodes[2].address_text, sizeof(site->nodes[2].address_text), "172.22.132.14");
    cleanup_role struct role *after = site_role(site, "k8s-m1");
    static const char *const pods[] = {"haproxy.yaml", "keepalived.yaml"};
    for (size_t i = 0; i < 2; i++) {
        cleanup_buf struct buf one = BUF_INIT(65536), same = BUF_INIT(65536), other = BUF_INIT(65536);
        render(pods[i], before, &facts, &one);
        render(pods[i], before, &facts, &same);
        render(pods[i], after, &facts, &other);
        assert_string_equal(buf_text(&one), buf_text(&same));
        assert_string_not_equal(buf_text(&one), buf_text(&other));
    }
}

static void buffers_have_an_end(void **state) {
    (void)state;
    cleanup_role struct role *role = role_at("configs/seven-nodes/site.json", "k8s-m1");
    struct render_facts facts = {.interface = "eth0"};
    for (const struct render *entry = renders; entry->name; entry++) {
        cleanup_buf struct buf whole = BUF_INIT(65536), text = BUF_INIT(16);
        struct error err = {0};
        assert_int_equal(entry->render(role, &facts, &whole, &err), 0);
        if (whole.length < text.maximum)
            continue; /* resolv.conf of a site without name servers */
        assert_int_equal(entry->render(role, &facts, &text, &err), -1);
        assert_true(err.message[0]);
    }
    assert_null(render_find("haproxy"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(article),
        cmocka_unit_test(docker),
        cmocka_unit_test(seven_nodes),
        cmocka_unit_test(machine_settings),
        cmocka_unit_test(kubeadm_options),
        cmocka_unit_test(images_of_a_mirror),
        cmocka_unit_test(secrets_come_from_the_ticket_only),
        cmocka_unit_test(passwords_come_from_the_seed_only),
        cmocka_unit_test(a_node_of_its_own),
        cmocka_unit_test(facts_decide),
        cmocka_unit_test(sites_decide),
        cmocka_unit_test(releases_decide),
        cmocka_unit_test(pods_follow_their_configuration),
        cmocka_unit_test(buffers_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
