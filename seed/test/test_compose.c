/* SPDX-License-Identifier: Apache-2.0
 * Composition and releases: what is composed is what role_parse() takes, byte for byte the same each time. */
#include "sites.h"

#include "kubernetes.h"
#include "report/plan.h"
#include <dirent.h>
#include <stdlib.h>

/* Composes every node of a site twice and reads it back. */
static void check_site(const char *path) {
    cleanup_site struct site *site = site_from(path);
    struct release *release = release_from(release_for(site));
    site->release = release->name; /* the corpus has sites for other releases, too */
    for (size_t i = 0; i < site->n_nodes; i++) {
        cleanup_buf struct buf json = BUF_INIT(1 << 20), again = BUF_INIT(1 << 20), peers = BUF_INIT(1 << 20);
        cleanup_role struct role *role = NULL;
        struct error err = {0};
        if (compose_role(site, release, &site->nodes[i], NULL, &json, &err) < 0 ||
            compose_peers(site, &peers, &err) < 0 ||
            compose_role(site, release, &site->nodes[i], buf_text(&peers), &again, &err) < 0 || /* made beforehand */
            compose_check(site, release, &site->nodes[i], &err) < 0 ||
            role_parse(buf_text(&json), json.length, &role, &err) < 0)
            fail_msg("%s: %s: %s", path, site->nodes[i].hostname, err.message);
        assert_string_equal(buf_text(&json), buf_text(&again));
        assert_string_equal(role->hostname, site->nodes[i].hostname);
        assert_int_equal(role->n_peers, site->n_nodes);
        assert_int_equal(role->role, site->nodes[i].role);
        assert_int_equal(role->n_layers, role->role == NODE_MASTER ? 2 : 1);
        assert_int_equal(role->boot.sha256 != NULL, site->nodes[i].install);
        assert_true(!role->boot.sha256 || !strcmp(role->boot.name, "boot-metal"));
        assert_int_equal(role->n_addons, role->role == NODE_MASTER ? site->n_addons : 0);
        assert_int_equal(role->cni_bridge, site->cni_bridge);
        assert_string_equal(role->control_plane_endpoint, site->control_plane_endpoint);
    }
    release_free(release);
}

static void every_good_site_composes(void **state) {
    (void)state;
    char full[1024], path[600];
    snprintf(full, sizeof(full), "%s/configs/corpus/site/good", SOURCE_ROOT);
    DIR *dir = opendir(full);
    assert_non_null(dir);
    unsigned count = 0;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "configs/corpus/site/good/%s", entry->d_name);
        check_site(path);
        count++;
    }
    closedir(dir);
    assert_true(count >= 20);
}

static struct role *role_of(const char *site_path, const char *release_name, size_t node) {
    cleanup_site struct site *site = site_from(site_path);
    struct release *release = release_from(release_name);
    cleanup_buf struct buf json = BUF_INIT(1 << 20);
    struct role *role = NULL;
    struct error err = {0};
    if (compose_role(site, release, &site->nodes[node], NULL, &json, &err) < 0 ||
        role_parse(buf_text(&json), json.length, &role, &err) < 0)
        fail_msg("%s: %s", site_path, err.message);
    release_free(release);
    return role;
}

static void seven_nodes(void **state) {
    (void)state;
    cleanup_role struct role *master = role_of("configs/seven-nodes/site.json", "v1.37.2", 0);
    cleanup_role struct role *worker = role_of("configs/seven-nodes/site.json", "v1.37.2", 3);
    assert_string_equal(master->address.text, "172.22.132.11");
    assert_int_equal(master->address.prefixlen, 24);
    assert_int_equal(master->vip.prefixlen, 24);
    assert_string_equal(master->pod_cidr, "10.244.1.0/24");
    assert_string_equal(worker->pod_cidr, "10.244.4.0/24");
    assert_string_equal(master->peers[6].hostname, "k8s-g2");
    assert_string_equal(master->haproxy_image, "docker.io/library/haproxy:2.6"); /* the release's own */
    assert_string_equal(master->keepalived_image, "docker.io/seedrack/keepalived:2.2");
    assert_true(master->default_taints);
    for (size_t i = 0; i < worker->n_images; i++) /* a worker loads no control plane */
        assert_null(strstr(worker->images[i], "apiserver"));
    assert_true(worker->n_images < master->n_images);
}

static void article(void **state) {
    (void)state;
    cleanup_role struct role *role = role_of("configs/article/site.json", "v1.15.4", 0);
    assert_int_equal(role->style, STYLE_ARTICLE);
    assert_int_equal(role->vip_style, VIP_OSIXIA_ENV);
    assert_string_equal(role->vip_interface, "enp3s0");
    assert_null(role->pod_cidr);
    assert_int_equal(kubernetes_minor(role->release), 15);
}

static void refusals(void **state) {
    (void)state;
    cleanup_site struct site *site = site_from("configs/seven-nodes-docker/site.json");
    struct release *release = release_from("v1.20.2"), *other = release_from("v1.15.4");
    cleanup_buf struct buf json = BUF_INIT(1 << 20), small = BUF_INIT(100);
    struct error err = {0};
    assert_int_equal(compose_is_for(site, release, &err), 0);
    assert_int_equal(compose_is_for(site, other, &err), -1);
    assert_int_equal(strncmp(err.message, "/release: ", 10), 0);
    site->runtime = RUNTIME_CONTAINERD;
    release->runtimes[RUNTIME_CONTAINERD] = false;
    assert_int_equal(compose_role(site, release, &site->nodes[0], NULL, &json, &err), -1);
    assert_int_equal(strncmp(err.message, "/runtime: ", 10), 0);
    release->runtimes[RUNTIME_CONTAINERD] = true;
    site->nodes[0].install = true;
    site->boot_profile = BOOT_VIRTIO;
    assert_int_equal(compose_role(site, release, &site->nodes[0], NULL, &json, &err), -1);
    assert_string_equal(
        err.message,
        "/nodes: `k8s-m1` wants `install`, release `v1.20.2` has nothing to boot for the profile `virtio`");
    assert_int_equal(json.length, 0);
    assert_int_equal(compose_role(site, release, &site->nodes[1], NULL, &small, &err), -1);
    release_free(release);
    release_free(other);
}

/* What kubeadm would ask for must be what the layers hold. */
static void images_lie_in_their_repository(void **state) {
    (void)state;
    static const struct {
        const char *name, *build, *repository;
        bool inside;
    } rows[] = {
        {"k8s.gcr.io/etcd:3.4.13-0", "etcd", "k8s.gcr.io", true},
        {"k8s.gcr.io/etcd:3.4.13-0", "etcd", "k8s.gcr.i", false},
        {"k8s.gcr.io/etcd:3.4.13-0", "etcd", "k8s.gcr.io/etcd", false},
        {"k8s.gcr.io/mirror/etcd:3.4.13-0", "etcd", "k8s.gcr.io", false},
        {"k8s.gcr.io/etcd-amd64:3.4.13-0", "etcd", "k8s.gcr.io", false},
        {"r.example.com:5000/k8s/pause:3.2", "pause", "r.example.com:5000/k8s", true},
        {"registry.k8s.io/coredns/coredns:v1.15.0", "coredns", "registry.k8s.io", true},
        {"r.example.com/coredns:v1.15.0", "coredns", "r.example.com", true},
        {"registry.k8s.io/coredns/coredns:v1.15.0", "coredns", "r.example.com", false},
        {"docker.io/library/nginx:1.22", "nginx", "r.example.com", true}, /* not kubeadm's */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (release_image_is_in(rows[i].name, rows[i].build, rows[i].repository) != rows[i].inside)
            fail_msg("%s in %s", rows[i].name, rows[i].repository);
    cleanup_site struct site *site = site_from("configs/seven-nodes-docker/site.json");
    struct release *release = release_from("v1.20.2");
    cleanup_buf struct buf json = BUF_INIT(1 << 20);
    struct error err = {0};
    site->kubeadm.image_repository = "registry.example.com/k8s";
    assert_int_equal(compose_role(site, release, &site->nodes[0], NULL, &json, &err), -1);
    assert_string_equal(err.message, "/cluster/image_repository: the layers of `v1.20.2` hold `k8s.gcr.io/pause:3.2`, "
                                     "which is not in `registry.example.com/k8s`");
    assert_true(err.remedy[0]);
    release_free(release);
}

static int parse(const char *pins, const char *layers, struct error *err) {
    struct release *release = NULL;
    int result = release_parse(pins, strlen(pins), layers, layers ? strlen(layers) : 0, &release, err);
    release_free(release);
    return result;
}

static void releases(void **state) {
    (void)state;
    static const char pins[] =
        "{\"release\": \"v1.20.3\", \"kubeadm_api\": \"kubeadm.k8s.io/v1beta2\", \"sources\": [1]}";
    struct error err = {0};
    assert_int_equal(parse(pins, NULL, &err), 0);
    assert_int_equal(parse(pins, "{\"release\": \"v1.20.3\", \"layers\": []}", &err), 0);
    assert_int_equal(parse(pins, "{\"release\": \"v1.20.4\", \"layers\": []}", &err), -1);
    assert_string_equal(err.message, "layers: /release: layers of `v1.20.4`, pins of `v1.20.3`");
    assert_int_equal(parse(pins, "{", &err), -1);
    assert_int_equal(parse("[]", NULL, &err), -1);
    assert_int_equal(parse("{\"release\": \"v1.20.3\"}", NULL, &err), -1);
    assert_string_equal(err.message, "pins: /kubeadm_api: missing");
    assert_int_equal(parse("{\"release\": \"v1.20.3\", \"kubeadm_api\": \"kubeadm.k8s.io/v1beta2\","
                           " \"images\": [{\"name\": \"a:1\", \"roles\": [\"maser\"]}]}",
                           NULL, &err),
                     -1);
    assert_int_equal(strncmp(err.message, "pins: /images/0/roles/0: ", 25), 0);
}

static void refused_release(const char *name, const char *api, const char *message) {
    struct error err = {0};
    char pins[256];
    snprintf(pins, sizeof(pins), "{\"release\": \"%s\", \"kubeadm_api\": \"kubeadm.k8s.io/%s\"}", name, api);
    assert_int_equal(parse(pins, NULL, &err), -1);
    assert_string_equal(err.message, message);
    assert_true(err.remedy[0] != '\0');
}

/* What lib/kubernetes.c does not know cannot be rendered or joined: said before anything is built or booted. */
static void releases_that_nobody_renders(void **state) {
    (void)state;
    refused_release("v1.38.0", "v1beta4",
                    "pins: /release: `v1.38.0` is newer than 1.37, the newest that this version knows");
    refused_release("v1.28.0", "v1beta3", "pins: /kubeadm_api: `kubeadm.k8s.io/v1beta3` is not rendered for v1.28.0");
    refused_release("v1.37.2", "v1beta2", "pins: /kubeadm_api: `kubeadm.k8s.io/v1beta2` is not rendered for v1.37.2");
}

static void an_upgrade_goes_one_step_forward(void **state) {
    (void)state;
    static const struct {
        const char *from, *from_etcd, *to, *to_etcd, *said; /* NULL: it may be */
    } rows[] = {
        {"v1.36.3", "e:3.6.16-0", "v1.37.2", "e:3.7.3-0", NULL},
        {"v1.37.2", "e:3.7.3-0", "v1.37.10", "e:3.7.3-0", NULL},
        {"v1.37.2", "e:3.7.3-0", "v1.37.2", "e:3.7.3-0", "is no way forward"},
        {"v1.37.2", "e:3.7.3-0", "v1.37.1", "e:3.7.3-0", "is no way forward"},
        {"v1.37.2", "e:3.7.3-0", "v1.36.3", "e:3.6.16-0", "is no way forward"},
        {"v1.35.1", "e:3.6.16-0", "v1.37.2", "e:3.7.3-0", "leaves out v1.36"},
        {"v1.20.2", "e:3.4.13-0", "v1.21.0", "e:3.4.13-0", "before v1.31 nothing is upgraded"},
        {"v1.36.3", "e:3.6.8-0", "v1.37.2", "e:3.7.3-0",
         "etcd 3.6.8-0 of `v1.36.3` cannot become 3.7.3-0: it takes 3.6.11"},
        {"v1.33.1", "e:3.5.21-0", "v1.34.0", "e:3.6.4-0", "it takes 3.5.26 at least"},
        {"v1.36.3", "e:3.6.8-0", "v1.36.4", "e:3.6.16-0", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct release from = {
            .name = rows[i].from, .n_images = 1, .images[0] = {rows[i].from_etcd, "etcd", true, false}};
        struct release to = {.name = rows[i].to, .n_images = 1, .images[0] = {rows[i].to_etcd, "etcd", true, false}};
        struct error err = {0};
        assert_int_equal(release_check_upgrade(&from, &to, &err), rows[i].said ? -1 : 0);
        if (rows[i].said && !strstr(err.message, rows[i].said))
            fail_msg("%s", err.message);
    }
}

static const char pins_of_one_kernel[] =
    "{\"release\": \"v1.20.2\", \"kubeadm_api\": \"kubeadm.k8s.io/v1beta2\", \"images\": ["
    "{\"name\": \"h:1\", \"build\": \"haproxy\", \"roles\": [\"master\"]},"
    "{\"name\": \"k:1\", \"build\": \"keepalived\", \"roles\": [\"master\"]}]}";

#define LAYERS_OF(kernel)                                                                                              \
    "{\"release\": \"v1.20.2\", \"layers\": [" LAYER(                                                                  \
        "runtime", "11111111", "7",                                                                                    \
        "\"worker\"") ", {\"name\": \"modules\", "                                                                     \
                      "\"sha256\": \"3333333333333333333333333333333333333333333333333333333333333333\", \"size\": "   \
                      "5, \"kernel\": \"" kernel "\", \"roles\": [\"master\", \"worker\"]}]}"

static void a_layer_of_one_kernel(void **state) {
    (void)state;
    static const char built[] = LAYERS_OF("6.12.57+deb13-cloud-amd64");
    cleanup_site struct site *site = site_from("configs/seven-nodes-docker/site.json");
    cleanup_buf struct buf json = BUF_INIT(1 << 20);
    cleanup_role struct role *role = NULL;
    struct release *release = NULL;
    struct error err = {0};
    if (release_parse(pins_of_one_kernel, strlen(pins_of_one_kernel), built, strlen(built), &release, &err) < 0 ||
        compose_role(site, release, &site->nodes[3], NULL, &json, &err) < 0 ||
        role_parse(buf_text(&json), json.length, &role, &err) < 0)
        fail_msg("%s", err.message);
    release_free(release);
    assert_int_equal(role->n_layers, 2);
    assert_null(role->layers[0].kernel);
    assert_string_equal(role->layers[1].kernel, "6.12.57+deb13-cloud-amd64");
    assert_int_equal(parse(pins_of_one_kernel, LAYERS_OF("6.12 57"), &err), -1);
    assert_int_equal(strncmp(err.message, "layers: /layers/1/kernel: ", 26), 0);
}

/* Row R1: the size-2 row too, which the article's formula gets wrong. */
static void quorum(void **state) {
    (void)state;
    static const unsigned table[][3] = {{1, 1, 0}, {2, 2, 0}, {3, 2, 1}, {4, 3, 1}, {5, 3, 2}, {6, 4, 2}, {7, 4, 3}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_int_equal(plan_quorum(table[i][0]), table[i][1]);
        assert_int_equal(plan_tolerance(table[i][0]), table[i][2]);
    }
}

static bool plan_says(const char *site_path, const char *text) {
    cleanup_site struct site *site = site_from(site_path);
    cleanup_buf struct buf plan = BUF_INIT(1 << 20);
    plan_text(site, &plan);
    assert_false(buf_failed(&plan));
    return strstr(buf_text(&plan), text) != NULL;
}

static void plans(void **state) {
    (void)state;
    assert_true(plan_says("configs/seven-nodes/site.json", "           3       2         1  <- this site\n"));
    assert_true(plan_says("configs/seven-nodes/site.json", "10.244.7.0/24"));
    assert_false(plan_says("configs/seven-nodes/site.json", "wrong way round"));
    assert_true(plan_says("configs/article/site.json", "wrong way round")); /* row R10 */
    assert_true(plan_says("configs/article/site.json", "same vrrp_priority"));
    assert_true(plan_says("configs/article/site.json", "no network"));
    assert_true(plan_says("configs/corpus/site/good/minimal.json", "one master tolerates no failure"));
    assert_true(plan_says("configs/corpus/site/good/two-masters.json", "even number of masters"));
    assert_true(plan_says("configs/corpus/site/good/vip-outside.json", "/vip/address: outside"));
    assert_true(plan_says("configs/corpus/site/good/stats-elsewhere.json", "/haproxy/stats_address"));
    assert_true(plan_says("configs/corpus/site/good/containerd.json", "CRI v1alpha2"));
    assert_false(plan_says("configs/corpus/site/good/later-release.json", "CRI v1alpha2"));
    assert_true(plan_says("configs/seven-nodes/site.json", "/network/seed_ca: none"));
    assert_true(plan_says("configs/corpus/site/good/kubelet-ranges.json", "/kubelet: containerLogMax"));
    assert_false(plan_says("configs/corpus/site/good/kubeadm-options.json", "/kubelet: containerLogMax"));
    assert_false(plan_says("configs/corpus/site/good/tls.json", "/network/seed_ca"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_good_site_composes),
        cmocka_unit_test(seven_nodes),
        cmocka_unit_test(article),
        cmocka_unit_test(refusals),
        cmocka_unit_test(images_lie_in_their_repository),
        cmocka_unit_test(releases),
        cmocka_unit_test(releases_that_nobody_renders),
        cmocka_unit_test(an_upgrade_goes_one_step_forward),
        cmocka_unit_test(a_layer_of_one_kernel),
        cmocka_unit_test(quorum),
        cmocka_unit_test(plans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
