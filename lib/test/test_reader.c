/* SPDX-License-Identifier: Apache-2.0
 * The strict reader: pointers, suggestions, ranges; and the texts that check.h lets through. */
#include "testing.h"

#include "check.h"
#include "json.h"
#include "kubelet.h"
#include "reader.h"
#include <stdlib.h>
#include <string.h>

struct fixture {
    cJSON *tree;
    struct problem list[4];
    struct reader reader;
    struct cursor root;
};

static void open_text(struct fixture *f, const char *text) {
    struct error err = {0};
    memset(f, 0, sizeof(*f));
    f->reader = (struct reader){.list = f->list, .capacity = 4};
    if (json_parse(text, strlen(text), &f->tree, &err) < 0)
        fail_msg("%s", err.message);
    f->root = cursor_root(&f->reader, f->tree);
}

static void close_text(struct fixture *f) {
    cJSON_Delete(f->tree);
}

static void unknown_keys_name_the_nearest(void **state) {
    (void)state;
    static const char *const keys[] = {"hostname", "address", NULL};
    struct fixture f;
    open_text(&f, "{\"hostnme\": 1, \"x/y~z\": 2, \"address\": 3}");
    assert_true(cursor_object(&f.root, keys));
    assert_int_equal(f.reader.n, 2);
    assert_string_equal(f.list[0].pointer, "/hostnme");
    assert_string_equal(f.list[0].cause, "unknown key");
    assert_string_equal(f.list[0].remedy, "did you mean `hostname`?");
    assert_string_equal(f.list[1].pointer, "/x~1y~0z"); /* RFC 6901 */
    close_text(&f);
}

static void problems_stay_one_line_and_bounded(void **state) {
    (void)state;
    struct fixture f;
    char *text = malloc(2000);
    memset(text, 'a', 1999);
    text[1999] = '\0';
    open_text(&f, "[\"a; b\\n\\u001bc\"]");
    for (int i = 0; i < 10; i++)
        reader_fail(&f.reader, "", "`%.80s` is bad; do better: %s", f.tree->child->valuestring, text);
    assert_int_equal(f.reader.n, 4);
    assert_string_equal(f.list[0].pointer, "/");
    assert_string_equal(f.list[0].cause, "`a; b??c` is bad"); /* a value never splits cause from remedy */
    assert_int_equal(strlen(f.list[0].remedy), sizeof(f.list[0].remedy) - 1);
    assert_int_equal(strncmp(f.list[0].remedy, "do better: aaaa", 15), 0);
    free(text);
    close_text(&f);
}

static void numbers_are_whole_and_in_range(void **state) {
    (void)state;
    struct fixture f;
    open_text(&f, "{\"a\": 5, \"b\": 5.5, \"c\": 300, \"d\": \"5\", \"e\": 1e300}");
    assert_int_equal(cursor_number(&f.root, "a", 1, 255, READER_REQUIRED), 5);
    assert_int_equal(cursor_number(&f.root, "absent", 1, 255, 51), 51);
    assert_int_equal(f.reader.n, 0);
    cursor_number(&f.root, "b", 1, 255, 51);
    cursor_number(&f.root, "c", 1, 255, 51);
    cursor_number(&f.root, "d", 1, 255, 51);
    cursor_number(&f.root, "e", 1, 255, 51);
    assert_int_equal(f.reader.n, 4);
    assert_string_equal(f.list[1].cause, "300 is out of range");
    close_text(&f);
}

static void texts_and_choices(void **state) {
    (void)state;
    static const char *const names[] = {"docker", "containerd", NULL};
    struct fixture f;
    open_text(&f, "{\"a\": \"containerd\", \"b\": \"crio\", \"c\": null}");
    assert_int_equal(cursor_choice(&f.root, "a", names, 0), 1);
    assert_int_equal(cursor_choice(&f.root, "absent", names, 1), 1);
    assert_int_equal(f.reader.n, 0);
    assert_int_equal(cursor_choice(&f.root, "b", names, 1), 1);
    assert_null(cursor_string(&f.root, "c", NULL, "fallback"));
    assert_null(cursor_string(&f.root, "absent", NULL, reader_required));
    assert_string_equal(cursor_string(&f.root, "absent", NULL, "fallback"), "fallback");
    assert_int_equal(f.reader.n, 3);
    assert_string_equal(f.list[0].remedy, "give one of `docker`, `containerd`");
    assert_string_equal(f.list[1].cause, "null, not a string");
    assert_string_equal(f.list[2].remedy, "add the key `absent`");
    close_text(&f);
}

static void booleans(void **state) {
    (void)state;
    struct fixture f;
    open_text(&f, "{\"a\": true, \"b\": false, \"c\": \"true\", \"d\": 1, \"e\": null}");
    assert_true(cursor_boolean(&f.root, "a", false));
    assert_false(cursor_boolean(&f.root, "b", true));
    assert_true(cursor_boolean(&f.root, "absent", true));
    assert_int_equal(f.reader.n, 0);
    assert_false(cursor_boolean(&f.root, "c", false));
    cursor_boolean(&f.root, "d", false);
    cursor_boolean(&f.root, "e", false);
    assert_int_equal(f.reader.n, 3);
    assert_string_equal(f.list[0].pointer, "/c");
    assert_string_equal(f.list[0].cause, "a string, neither true nor false");
    close_text(&f);
}

static void accepted(reader_check check, const char *const *texts) {
    for (; *texts; texts++)
        if (check(*texts))
            fail_msg("`%s` was rejected: %s", *texts, check(*texts));
}

static void refused(reader_check check, const char *const *texts) {
    for (; *texts; texts++)
        if (!check(*texts))
            fail_msg("`%s` was accepted", *texts);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void check_texts(void **state) {
    (void)state;
    accepted(check_image, LIST("a:1", "docker.io/library/haproxy:2.6", "host:5000/x/y:v1", "k8s.gcr.io/pause:3.2"));
    refused(check_image, LIST("", "haproxy", "host:5000/x", "a b:1", "a\":1", "-a:1", "x/:1", "x:"));
    accepted(check_url, LIST("http://10.0.0.1:8080", "http://seed.example.com:443"));
    refused(check_url, LIST("https://seed.example.com:443", "http://10.0.0.1", "http://10.0.0.1:0",
                            "http://10.0.0.1:80/", "http://1.2.3.4.5:80", "http://a b:80"));
    accepted(check_release, LIST("v1.20.2", "v1.0.0"));
    refused(check_release, LIST("", "v", "1.20.2", "v1.20", "v1.20.2.1", "v1.020.2", "v1.20.2-rc1", "v1..2"));
    accepted(check_taint, LIST("a:NoSchedule", "a=:NoExecute", "example.com/gpu=yes:PreferNoSchedule"));
    refused(check_taint, LIST("", ":NoSchedule", "a", "a=b", "a=b:Never", "a b:NoSchedule", "a=b=c:NoSchedule"));
    accepted(check_label_key, LIST("a", "example.com/rack", "node.kubernetes.io/x", "topology.kubernetes.io/zone"));
    refused(check_label_key,
            LIST("", "/a", "a/", "a/b/c", "node-role.kubernetes.io/worker", "kubernetes.io/x", "k8s.io/y"));
    accepted(check_repository, LIST("k8s.gcr.io", "registry.example.com:5000/k8s", "10.1.0.1:5000", "library",
                                    "a_b/c--d", "mirror/a.b/c"));
    refused(check_repository,
            LIST("", "/", "a/", "/a", "a//b", "https://a.b", "a.b/c:v1", "a.b:0/c", "a.b:65536", "a_b:5000/c", "a..b",
                 "a__b", "-a", "a-", "a-.b", "A/b", "a b", "a.b:", "a\"", "a@b"));
    accepted(check_hours, LIST("24h", "8760h", "999999h"));
    accepted(check_validity, LIST("24h", "8760h", "15m", "99m", "1439m"));
    refused(check_validity, LIST("", "m", "14m", "015m", "1440m", "99999m", "15m0s", "23h", "0m", "15"));
    refused(check_hours, LIST("", "h", "23h", "9h", "024h", "8760", "8760h0m", "1000000h", "-24h", "2.5h"));
    accepted(check_flag, LIST("v", "event-ttl", "a1-"));
    refused(check_flag, LIST("", "-v", "--v", "event_ttl", "Event", "1a", "a=b", "a b"));
    accepted(check_argument_value, LIST("1", "a=b,c=d", "*,-ttl", "two words", "a;b"));
    refused(check_argument_value, LIST("", "a\"", "a'", "a\\", "a\nb", "\xc3\xa4"));
    accepted(check_path, LIST("calico.yaml", "addons/calico.yaml", "a..b"));
    refused(check_path, LIST("", "/etc/passwd", "..", "../x", "a/../x", "a/..", "a//b", "a/", "a b"));
    accepted(check_interface, LIST("eth0", "bond0.100", "enp3s0f1np1"));
    refused(check_interface, LIST("", ".", "..", "-x", "a/b", "0123456789abcdef", "e th"));
    accepted(check_kubelet_value, LIST("5m0s", "/var/lib/x", "0-3,8", "50%"));
    refused(check_kubelet_value, LIST("", "a b", "$(x)", "`x`", "a\"", "a;b", "a\nb"));
    accepted(check_kernel_argument, LIST("nosmt", "console=ttyS1,115200n8", "memmap=64M$0x100", "a=!#%&*;|<>", "3"));
    refused(check_kernel_argument, LIST("", "a b", "a=\"b\"", "a='b'", "a\\", "a\n", "a\x7f", "a\xc3\xa4", "||", "&&",
                                        "-x", "--", "a=${uuid}", "seedrack.seed=x", "seedrack."));
    accepted(check_kernel, LIST("6.12.57+deb13-cloud-amd64", "6.1.0-56-amd64", "5.10_x"));
    refused(check_kernel, LIST("", "../x", "6.1 x", "6.1/x", "6.1~rc1",
                               "66666666666666666666666666666666666666666666666666666666666666666"));
}

static void kubelet_settings(void **state) {
    (void)state;
    const char *near = NULL;
    assert_string_equal(kubelet_setting_find("imageGCHighThresholdPercent", &near)->flag, "image-gc-high-threshold");
    assert_null(kubelet_setting_find("maxpods", &near));
    assert_string_equal(near, "maxPods");
    assert_null(kubelet_setting_find("staticPodPath", &near)); /* the agent's own */
}

static bool takes_signal(const char *key, const char *value) {
    const char *near;
    cJSON *text = cJSON_CreateString(value);
    bool taken = !kubelet_signal_wants(kubelet_setting_find(key, &near), text);
    cJSON_Delete(text);
    return taken;
}

/* What pkg/kubelet/eviction/helpers.go parses. */
static void eviction_limits(void **state) {
    (void)state;
    static const char *const limits[] = {"5%", "0%", "0.5%", "12.25%", "100%", "200Mi", "1Gi", "1000000", NULL};
    static const char *const none[] = {"",    "%",     "101%", "-5%",   "5 %",           "5%%",    "100.5%",
                                       "0Mi", "1.5Gi", "Mi",   "200MB", "99999999999Ti", "<200Mi", NULL};
    for (const char *const *at = limits; *at; at++)
        if (!takes_signal("evictionHard", *at) || !takes_signal("evictionSoft", *at))
            fail_msg("`%s` was refused", *at);
    for (const char *const *at = none; *at; at++)
        if (takes_signal("evictionHard", *at) || takes_signal("evictionMinimumReclaim", *at))
            fail_msg("`%s` was accepted", *at);
    assert_true(takes_signal("evictionMinimumReclaim", "0.1%"));
    assert_false(takes_signal("evictionMinimumReclaim", "0.0%"));
    assert_true(takes_signal("evictionSoftGracePeriod", "1m30s"));
    assert_false(takes_signal("evictionSoftGracePeriod", "90"));
    const char *near;
    assert_int_equal(kubelet_setting_separator(kubelet_setting_find("evictionSoft", &near)), '<');
    assert_int_equal(kubelet_setting_separator(kubelet_setting_find("evictionSoftGracePeriod", &near)), '=');
    assert_false(kubelet_setting_is_object(kubelet_setting_find("maxPods", &near)));
}

static void errors_are_one_line(void **state) {
    (void)state;
    struct error err = {0};
    error_set(&err, -1, "`%s`", "a\nb\033[2J");
    error_wrap(&err, "%s", "c\rd");
    error_remedy(&err, "%s", "e\tf");
    assert_string_equal(err.message, "c?d: `a?b?[2J`");
    assert_string_equal(err.remedy, "e?f");
}

static void objects_are_bounded(void **state) {
    (void)state;
    cleanup_buf struct buf text = BUF_INIT(16384);
    struct error err = {0};
    cJSON *tree = NULL;
    buf_adds(&text, "{\"a\":{\"first\":0");
    for (int i = 1; i < JSON_KEYS; i++)
        buf_addf(&text, ",\"k%d\":0", i);
    size_t full = text.length;
    buf_adds(&text, "}}");
    assert_int_equal(json_parse(buf_text(&text), text.length, &tree, &err), 0);
    cJSON_Delete(tree);
    text.length = full;
    buf_adds(&text, ",\"one more\":0}}");
    assert_int_equal(json_parse(buf_text(&text), text.length, &tree, &err), -1);
    assert_string_equal(err.message, "/a: more than 256 keys");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_keys_name_the_nearest),
        cmocka_unit_test(problems_stay_one_line_and_bounded),
        cmocka_unit_test(numbers_are_whole_and_in_range),
        cmocka_unit_test(texts_and_choices),
        cmocka_unit_test(booleans),
        cmocka_unit_test(objects_are_bounded),
        cmocka_unit_test(errors_are_one_line),
        cmocka_unit_test(check_texts),
        cmocka_unit_test(kubelet_settings),
        cmocka_unit_test(eviction_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
