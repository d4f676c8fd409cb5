/* SPDX-License-Identifier: Apache-2.0
 * A machine that is upgraded: what it holds before its turn, what kubeadm is asked, and when it reboots. */
#include "worlds.h"

#include "clock.h"
#include "decide/cluster_configuration.h"
#include "decide/daemonset.h"
#include "decide/image.h"
#include "decide/kubeconfig.h"
#include "maintenance/rollout.h"
#include "maintenance/slot.h"
#include "maintenance/upgrade.h"
#include "maintenance/work.h"
#include <string.h>

/* --- the texts --- */

#define CONFIGURATION(etcd, dns)                                                                                       \
    "apiServer: {}\n"                                                                                                  \
    "apiVersion: kubeadm.k8s.io/v1beta4\n"                                                                             \
    "dns:\n  imageTag: " dns "\n"                                                                                      \
    "etcd:\n  local:\n    dataDir: /var/lib/etcd\n    imageTag: " etcd "\n"                                            \
    "imageRepository: registry.k8s.io\n"                                                                               \
    "scheduler: {}\n"

static void kubeadm_config_gets_the_tags(void **state) {
    (void)state;
    cleanup_buf struct buf text = BUF_INIT(4096), none = BUF_INIT(4096), small = BUF_INIT(20);
    struct error err = {0};
    assert_int_equal(
        cluster_configuration_tags(CONFIGURATION("3.6.16-0", "v1.14.0"), "3.7.3-0", "v1.15.0", &text, &err), 0);
    assert_string_equal(buf_text(&text), CONFIGURATION("3.7.3-0", "v1.15.0"));
    buf_clear(&text);
    assert_int_equal(cluster_configuration_tags(CONFIGURATION("3.6.16-0", "v1.14.0"), "3.7.3-0", NULL, &text, &err), 0);
    assert_string_equal(buf_text(&text), CONFIGURATION("3.7.3-0", "v1.14.0"));
    static const char *const without[] = {"", "etcd:\n  external:\n    imageTag: 1\n", "etcd: {}\n    imageTag: 1\n",
                                          "other:\n  local:\n    imageTag: 3.6\n"};
    for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
        assert_int_equal(cluster_configuration_tags(without[i], "3.7.3-0", "v1.15.0", &none, &err), -1);
        assert_int_equal(err.errnum, ENOENT);
    }
    assert_int_equal(cluster_configuration_tags(CONFIGURATION("1", "2"), "3", "4", &small, &err), -1);
    assert_int_equal(err.errnum, EFBIG);
}

static void a_kubeconfig_gets_another_server(void **state) {
    (void)state;
    cleanup_buf struct buf text = BUF_INIT(4096);
    struct error err = {0};
    assert_int_equal(kubeconfig_with_server("clusters:\n- cluster:\n    server: https://10.0.0.10:8443\n  name: k\n",
                                            "10.0.0.12", &text, &err),
                     0);
    assert_string_equal(buf_text(&text), "clusters:\n- cluster:\n    server: https://10.0.0.12:6443\n  name: k\n");
    assert_int_equal(kubeconfig_with_server("clusters: []\n", "10.0.0.12", &text, &err), -1);
    assert_int_equal(
        kubeconfig_with_server("\n    server: https://a\n    server: https://b\n", "10.0.0.12", &text, &err), -1);
}

static void an_image_has_a_folder_and_a_tag(void **state) {
    (void)state;
    char folder[128];
    cleanup_role struct role *role = role_at("configs/seven-nodes/site.json", "k8s-m1");
    image_folder("/run/x", "k8s.gcr.io/pause:3.2", folder, sizeof(folder));
    assert_string_equal(folder, "/run/x/usr/lib/seedrack/images/k8s.gcr.io_pause_3.2");
    assert_string_equal(image_tag(role, "/kube-apiserver:"), role->release);
    assert_null(image_tag(role, "/nobody:"));
}

static void a_daemonset_is_rolled_out(void **state) {
    (void)state;
#define SET(observed, wanted, updated, available)                                                                      \
    "{\"metadata\":{\"generation\":3},\"status\":{\"observedGeneration\":" observed                                    \
    ",\"desiredNumberScheduled\":" wanted ",\"updatedNumberScheduled\":" updated ",\"numberAvailable\":" available     \
    "}}"
    static const struct {
        const char *text;
        bool done;
    } rows[] = {{SET("3", "5", "5", "5"), true},  {SET("2", "5", "5", "5"), false}, {SET("3", "5", "4", "5"), false},
                {SET("3", "5", "5", "4"), false}, {SET("3", "0", "0", "0"), true},  {"{}", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_json cJSON *tree = cJSON_Parse(rows[i].text);
        assert_int_equal(daemonset_is_rolled_out(tree), rows[i].done);
    }
}

/* --- the seed --- */

static const char *record_text;
static int fake_call(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                     unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    (void)client;
    (void)timeout_s;
    (void)ret_status;
    (void)err;
    if (!strcmp(method, "GET")) {
        *ret_body = cJSON_Parse(record_text);
        return 0;
    }
    const char *code = json_text(body, "code");
    called("%s%s%s", strrchr(path, '/') + 1, code[0] || json_text(body, "step")[0] ? " " : "",
           code[0] ? code : json_text(body, "step"));
    if (ret_body) {
        *ret_body = cJSON_Parse("{\"token\":7}");
        cJSON_AddStringToObject(*ret_body, "holder", agent.role->hostname);
        cJSON_AddNumberToObject(*ret_body, "since_ms", (double)clock_wall_ms());
    }
    return 0;
}
#define RECORD(holder, step, moved)                                                                                    \
    "{\"version\":4,\"token\":7,\"kind\":\"upgrade\",\"state\":\"RUNNING\",\"holder\":\"" holder "\",\"step\":\"" step \
    "\",\"since_ms\":5,\"target\":\"v1.37.9\",\"waiting\":[\"k8s-n1\",\"k8s-n2\"],\"held\":[\"k8s-n2\"],\"moved\":"    \
    "[" moved "],\"soak_s\":1,\"drain_timeout_s\":1}"

static int fake_target(struct seed_client *client, const char *release, char ret_etag[static ROLE_ETAG_SIZE],
                       struct buf *ret_text, struct error *err) {
    (void)client;
    (void)err;
    called("target %s", release);
    snprintf(ret_etag, ROLE_ETAG_SIZE, "\"e\"");
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    cleanup_site struct site *site = site_from("configs/seven-nodes/site.json");
    site_role_text(site, agent.role->hostname, &text);
    for (const char *at = buf_text(&text), *next; at; at = next ? next + 7 : NULL) { /* of the next release */
        next = strstr(at, "v1.37.2");
        buf_add(ret_text, at, next ? (size_t)(next - at) : strlen(at));
        if (next)
            buf_adds(ret_text, "v1.37.9");
    }
    return 0;
}

/* --- the machine --- */

static const char *missing; /* the image that its runtime has not */
static int fake_has(const char *image, const char *folder, bool *ret, struct error *err) {
    (void)err;
    assert_non_null(folder);
    *ret = !missing || !strstr(image, missing);
    return 0;
}
static int fake_load(const char *folder, const char *image, struct error *err) {
    (void)folder;
    (void)err;
    called("load %s", image);
    return 0;
}
static int fake_forget(const char *image, struct error *err) {
    (void)err;
    called("forget %s", image);
    return 0;
}
static const struct runtime_ops *fake_runtime(enum runtime runtime) {
    static const struct runtime_ops ops = {.has_image = fake_has, .load = fake_load, .forget = fake_forget};
    (void)runtime;
    return &ops;
}
static int fake_fetch(struct agent *a, struct error *err) {
    (void)err;
    called("fetch %s", a->role->release);
    return 0;
}
static bool fake_kept(const struct role *role, bool initramfs) {
    assert_false(initramfs);
    return role == agent.role; /* the target is not on the disk */
}
static int fake_room(const struct role *role, bool initramfs, struct error *err) {
    (void)role;
    (void)initramfs;
    (void)err;
    return 0;
}
static int fake_mount(const struct role *role, struct error *err) {
    (void)err;
    called("mount %s", role->release);
    return 0;
}
static bool fake_find(const struct role *role, const char *path, char *ret, size_t size) {
    assert_string_equal(role->release, "v1.37.9");
    snprintf(ret, size, "/layer%s", path);
    return true;
}
static int fake_child(const char *const *argv, const struct child_options *options, struct buf *ret,
                      struct error *err) {
    (void)options;
    (void)ret;
    char line[512] = "";
    for (size_t i = 0; argv[i]; i++)
        snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s%s", i ? " " : "", argv[i]);
    return step_of(line, err);
}
static int fake_follow(const struct role *role, const struct role *target, struct error *err) {
    called("config %s", target->release);
    (void)role;
    (void)err;
    return 0;
}
static int fake_ready(const struct role_peer *peer, struct error *err) {
    return strcmp(peer->hostname, "k8s-m3") ? error_set(err, EAGAIN, "not ready") : 0;
}
static bool asks_peer; /* kubelet */
static int fake_read(const char *path, struct buf *ret, struct error *err) {
    bool copied = asks_peer && strstr(path, "/var/lib/seedrack/kubelet.conf");
    if (strcmp(path, "/etc/kubernetes/admin.conf") != 0 && strcmp(path, "/etc/kubernetes/kubelet.conf") != 0 && !copied)
        return error_errno(err, ENOENT, "%s", path);
    buf_adds(ret, "clusters:\n- cluster:\n    server: https://172.22.132.10:8443\n");
    return 0;
}
static int fake_ensure(const char *path, const void *data, size_t length, mode_t mode, struct error *err) {
    (void)err;
    assert_int_equal(mode, 0600);
    asks_peer |= strstr(path, "/var/lib/seedrack/kubelet.conf") != NULL;
    called("%s%s", path, memmem(data, length, "172.22.132.13:6443", 18) ? " peer" : "");
    return 1;
}
static int fake_restart(const char *service, struct error *err) {
    (void)err;
    called("restart %s", service);
    return 0;
}
static int looks; /* until kubelet has its volumes */
static int fake_settled(const struct role *role, bool *ret, struct error *err) {
    (void)role;
    *ret = looks++ > 1;
    return looks > 1 ? 0 : error_set(err, EAGAIN, "kubelet does not listen yet");
}
static int fake_sync(const char *path, struct error *err) {
    (void)path;
    (void)err;
    return 0;
}
static int fake_hash(const char *path, char ret_hash[CA_HASH_SIZE], struct error *err) {
    (void)path;
    (void)err;
    ret_hash[0] = '\0';
    return 0;
}
static int fake_beside(const struct role *role, const struct role *other, struct error *err) {
    (void)err;
    called("%s beside %s", other->release, role->release);
    return 0;
}
static int fake_keep(const struct buf *text, const char *etag, struct error *err) {
    (void)err;
    assert_non_null(strstr(buf_text(text), "v1.37.9"));
    assert_string_equal(etag, "\"e\"");
    called("keep");
    return 0;
}

static void machine_at(const char *hostname, const char *record) {
    machine_is(hostname);
    world.seed_call = fake_call;
    world.role_document_of_target = fake_target;
    world.runtime_of = fake_runtime;
    world.fetch_all_layers = fake_fetch;
    world.layers_kept = fake_kept;
    world.layers_check_room = fake_room;
    world.layers_mount = fake_mount;
    world.layers_find = fake_find;
    world.rendered_apply = fake_apply;
    world.child_run = fake_child;
    world.kubeadm_config_follow = fake_follow;
    world.api_ready = fake_ready;
    world.file_read = fake_read;
    world.file_ensure = fake_ensure;
    world.file_sync_tree = world.file_sync_folder = fake_sync;
    world.service_restart = fake_restart;
    world.node_is_settled = fake_settled;
    looks = 0;
    asks_peer = false;
    world.ca_hash_of_file = fake_hash;
    world.role_store_keep = fake_keep;
    world.beside_keep = fake_beside;
    record_text = record;
    missing = NULL;
}

static void it_holds_the_target_before_its_turn(void **state) {
    (void)state;
    struct slot_record record = {0};
    struct error err = {0};
    machine_at("k8s-n1", RECORD("", "", ""));
    assert_int_equal(slot_look(&agent, 0, &record, &err), 0);
    assert_true(record.must_hold);
    assert_false(record.my_turn); /* it does not hold it yet */
    missing = "/kube-proxy:";
    assert_int_equal(upgrade_hold(&agent, &record, &err), 0);
    assert_calls("target v1.37.9; fetch v1.37.9; mount v1.37.9; load registry.k8s.io/kube-proxy:v1.37.9; v1.37.9 "
                 "beside v1.37.2; held");
    machine_at("k8s-n2", RECORD("", "", "")); /* it said so */
    record = (struct slot_record){0};
    assert_int_equal(slot_look(&agent, 0, &record, &err), 0);
    assert_false(record.must_hold);
}

#define HELD "target v1.37.9; fetch v1.37.9; mount v1.37.9; v1.37.9 beside v1.37.2; "
#define PEER                                                                                                           \
    "/var/lib/seedrack/kubelet.conf; /run/seedrack/peer.conf peer; /etc/kubernetes/kubelet.conf peer; restart "        \
    "kubelet; "
#define DNS " --skip-phases=addon/coredns --ignore-preflight-errors=CoreDNSUnsupportedPlugins,CoreDNSMigration"
#define CONFIG "--config /run/seedrack/kubeadm-upgrade.yaml"
#define WRITE "write kubeadm-upgrade.yaml /run/seedrack/kubeadm-upgrade.yaml; /var/lib/seedrack/upgrade-begun; "

static void kubeadm_does_its_part(void **state) {
    (void)state;
    static const struct {
        const char *hostname, *record, *calls;
    } rows[] = {
        {"k8s-m1", RECORD("k8s-m1", "kubeadm", ""),
         HELD "rm -rf /etc/kubernetes/tmp; " WRITE "config v1.37.9; " PEER
              "/layer/usr/bin/kubeadm upgrade apply " CONFIG " --yes --kubeconfig /run/seedrack/peer.conf" DNS
              "; /etc/kubernetes/kubelet.conf; rm -rf /etc/kubernetes/tmp; /var/lib/seedrack/images-before; keep; "
              "/run/seedrack/upgraded"},
        {"k8s-m2", RECORD("k8s-m2", "kubeadm", "\"k8s-m1\""),
         HELD "rm -rf /etc/kubernetes/tmp; " WRITE PEER "/layer/usr/bin/kubeadm upgrade node " CONFIG
              " --kubeconfig /run/seedrack/peer.conf" DNS
              "; /etc/kubernetes/kubelet.conf; rm -rf /etc/kubernetes/tmp; /var/lib/seedrack/images-before; keep; "
              "/run/seedrack/upgraded"},
        {"k8s-n1", RECORD("k8s-n1", "kubeadm", "\"k8s-m1\""),
         HELD WRITE "/layer/usr/bin/kubeadm upgrade node " CONFIG
                    "; /var/lib/seedrack/images-before; keep; /run/seedrack/upgraded"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct work work = {.agent = &agent, .kind = "upgrade", .token = 7};
        struct error err = {0};
        machine_at(rows[i].hostname, rows[i].record);
        assert_int_equal(upgrade_with_kubeadm(&work, &err), 0);
        assert_calls(rows[i].calls);
    }
}

static int fake_names(const char *path, struct buf *ret, struct error *err) {
    if (strcmp(path, "/var/lib/seedrack/images-before") != 0)
        return error_errno(err, ENOENT, "%s", path);
    buf_addf(ret, "registry.k8s.io/etcd:3.6.16-0\n%s\n", agent.role->images[0]);
    return 0;
}
static void fake_drop(void) {
    called("drop");
}

static void what_was_kept_of_the_release_before_goes(void **state) {
    (void)state;
    machine_at("k8s-m1", "");
    world.file_read = fake_names;
    world.beside_drop = fake_drop;
    upgrade_is_over(&agent);
    assert_calls("drop; forget registry.k8s.io/etcd:3.6.16-0"); /* the other one is of this release, too */
}

static void what_kubeadm_says_is_told(void **state) {
    (void)state;
    struct work work = {.agent = &agent, .kind = "upgrade", .token = 7};
    struct error err = {0};
    machine_at("k8s-n1", RECORD("k8s-n1", "kubeadm", "\"k8s-m1\""));
    failing_call = "/layer/usr/bin/kubeadm upgrade node " CONFIG;
    assert_int_equal(upgrade_with_kubeadm(&work, &err), -1);
    failing_call = NULL;
    assert_calls(HELD WRITE "/layer/usr/bin/kubeadm upgrade node " CONFIG); /* it boots the old release still */
    assert_string_equal(err.remedy, "read /var/log/seedrack/kubeadm.log; then seedctl rollout resume");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kubeadm_config_gets_the_tags),
        cmocka_unit_test(a_kubeconfig_gets_another_server),
        cmocka_unit_test(an_image_has_a_folder_and_a_tag),
        cmocka_unit_test(a_daemonset_is_rolled_out),
        cmocka_unit_test_teardown(it_holds_the_target_before_its_turn, forget_machine),
        cmocka_unit_test_teardown(kubeadm_does_its_part, forget_machine),
        cmocka_unit_test_teardown(what_was_kept_of_the_release_before_goes, forget_machine),
        cmocka_unit_test_teardown(what_kubeadm_says_is_told, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
