/* SPDX-License-Identifier: Apache-2.0
 * Nodes and pods as the API server shows them: who is well, which pod must leave, and what a budget says.
 */
#include "test/testing.h"

#include "decide/node.h"
#include "decide/pod.h"
#include "json.h"
#include <string.h>

#define NODE(name, ready, spec, annotations)                                                                           \
    "{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"77\",\"annotations\":{" annotations                    \
    "}},\"spec\":{" spec "},\"status\":{\"nodeInfo\":{\"bootID\":\"b-1\"},\"conditions\":[{\"type\":\"DiskPressure\"," \
    "\"status\":\"False\"},{\"type\":\"Ready\",\"status\":\"" ready "\"}]}}"
#define CORDONED "\"unschedulable\":true"

static void a_node_says_how_it_is(void **state) {
    (void)state;
    static const struct {
        const char *text, *name;
        bool ready, cordoned, ours;
    } rows[] = {
        {NODE("k8s-n1", "True", "", ""), "k8s-n1", true, false, false},
        {NODE("k8s-n1", "Unknown", CORDONED, ""), "k8s-n1", false, true, false},
        {NODE("k8s-n1", "True", CORDONED, "\"seedrack/cordoned\":\"7\""), "k8s-n1", true, true, true},
        {NODE("../x", "True", "\"unschedulable\":\"true\"", ""), "", true, false, false},
        {"{\"status\":[],\"metadata\":7}", "", false, false, false},
        {"[]", "", false, false, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_json cJSON *tree = cJSON_Parse(rows[i].text);
        struct node_view view = node_view(tree);
        assert_string_equal(view.name, rows[i].name);
        assert_int_equal(view.ready, rows[i].ready);
        assert_int_equal(view.cordoned, rows[i].cordoned);
        assert_int_equal(view.ours, rows[i].ours);
        assert_string_equal(view.boot, i < 4 ? "b-1" : "");
    }
}

static void one_that_is_not_well_is_named(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {NODE("k8s-n2", "True", "", ""), NULL},
        {NODE("k8s-n2", "False", "", ""), "node `k8s-n2` is not Ready: no other is taken down beside it"},
        {NODE("k8s-n2", "True", CORDONED, ""), "node `k8s-n2` is cordoned: no other is taken down beside it"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        cleanup_json cJSON *tree = cJSON_Parse(rows[i].text);
        struct node_view view = node_view(tree);
        assert_int_equal(node_check_well(&view, &err), rows[i].message ? -1 : 0);
        if (rows[i].message) {
            assert_string_equal(err.message, rows[i].message);
            assert_true(err.remedy[0] != '\0');
        }
    }
}

static void a_cordon_is_of_the_version_that_was_seen(void **state) {
    (void)state;
    const struct node_view view = {.name = "k8s-n1", .version = "77"};
    static const char *const patches[] = {
        "{\"metadata\":{\"annotations\":{\"seedrack/cordoned\":\"7\"},\"resourceVersion\":\"77\"},"
        "\"spec\":{\"unschedulable\":true}}",
        "{\"metadata\":{\"annotations\":{\"seedrack/cordoned\":null},\"resourceVersion\":\"77\"},"
        "\"spec\":{\"unschedulable\":null}}"};
    for (size_t i = 0; i < 2; i++) {
        cleanup_json cJSON *patch = node_patch(&view, i ? 0 : 7);
        char *text = cJSON_PrintUnformatted(patch);
        assert_string_equal(text, patches[i]);
        cJSON_free(text);
    }
}

#define POD(metadata, spec, phase)                                                                                     \
    "{\"metadata\":{\"name\":\"web-1\",\"namespace\":\"default\"" metadata "},\"spec\":{" spec                         \
    "},\"status\":{\"phase\":\"" phase "\"}}"
#define OWNED(kind) ",\"ownerReferences\":[{\"kind\":\"" kind "\",\"controller\":true}]"
#define TOLERATES(rest) "\"tolerations\":[{\"key\":\"a\",\"operator\":\"Exists\"},{" rest "}]"

static void some_pods_stay(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum pod_fate fate;
    } rows[] = {
        {POD(OWNED("ReplicaSet"), "", "Running"), POD_LEAVES},
        {POD(OWNED("StatefulSet"), "", "Pending"), POD_LEAVES},
        {POD(OWNED("Job"), "", "Succeeded"), POD_STAYS},
        {POD(OWNED("DaemonSet"), "", "Running"), POD_STAYS},
        {POD(OWNED("Node") ",\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"}", "", "Running"), POD_STAYS},
        {POD("", "", "Running"), POD_ALONE},
        {POD(",\"ownerReferences\":[{\"kind\":\"Widget\",\"controller\":false}]", "", "Running"), POD_ALONE},
        {POD("", "", "Failed"), POD_STAYS},
        {POD(OWNED("ReplicaSet"), TOLERATES("\"key\":\"node.kubernetes.io/unschedulable\",\"effect\":\"NoSchedule\""),
             "Running"),
         POD_STAYS},
        {POD(OWNED("ReplicaSet"), TOLERATES("\"operator\":\"Exists\""), "Running"), POD_STAYS},
        {POD(OWNED("ReplicaSet"), TOLERATES("\"operator\":\"Exists\",\"effect\":\"NoExecute\""), "Running"),
         POD_LEAVES},
        {POD(OWNED("ReplicaSet"), TOLERATES("\"key\":\"node.kubernetes.io/not-ready\",\"operator\":\"Exists\""),
             "Running"),
         POD_LEAVES},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_json cJSON *pod = cJSON_Parse(rows[i].text);
        assert_non_null(pod);
        struct pod_view view = pod_view(pod);
        if (view.fate != rows[i].fate)
            fail_msg("%s: %d", rows[i].text, view.fate);
        assert_string_equal(view.name, "web-1");
        assert_false(view.leaving);
    }
    cleanup_json cJSON *ends = cJSON_Parse(POD(",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"", "", "Running"));
    assert_true(pod_view(ends).leaving);
    cleanup_json cJSON *hostile = cJSON_Parse("{\"metadata\":{\"name\":\"../../nodes\",\"namespace\":\"a/b\"}}");
    assert_string_equal(pod_view(hostile).name, "");
    assert_string_equal(pod_view(hostile).namespace, "");
}

static void what_goes_with_the_machine_is_named(void **state) {
    (void)state;
#define VOLUMES                                                                                                        \
    "\"volumes\":[{\"name\":\"cache\",\"emptyDir\":{}},{\"name\":\"shm\",\"emptyDir\":{\"medium\":\"Memory\"}},"       \
    "{\"name\":\"a\",\"hostPath\":{\"path\":\"/srv\"}},{\"name\":\"b\",\"hostPath\":{\"path\":\"/run/x.sock\"}},"      \
    "{\"name\":\"c\",\"hostPath\":{\"path\":\"/library\"}},{\"name\":\"d\",\"secret\":{}}]"
    static const struct {
        const char *text, *data;
    } rows[] = {
        {POD(OWNED("ReplicaSet"), VOLUMES, "Running"), "emptyDir cache, hostPath /srv, hostPath /library"},
        {POD(OWNED("DaemonSet"), VOLUMES, "Running"), "hostPath /srv, hostPath /library"},
        {POD(OWNED("Node"), VOLUMES, "Running"), ""},
        {POD(OWNED("Job"), VOLUMES, "Succeeded"), ""},
        {POD("", "", "Running"), ""},
        {POD("", "\"volumes\":[{\"emptyDir\":5},{\"hostPath\":[]},7]", "Running"), "emptyDir "},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_json cJSON *pod = cJSON_Parse(rows[i].text);
        assert_non_null(pod);
        assert_string_equal(pod_view(pod).data, rows[i].data);
    }
}

static void a_volume_on_one_disk_is_local(void **state) {
    (void)state;
#define VOLUME(terms) "{\"spec\":{\"nodeAffinity\":{\"required\":{\"nodeSelectorTerms\":[" terms "]}}}}"
#define TERM(key, values) "{\"matchExpressions\":[{\"key\":\"" key "\",\"operator\":\"In\",\"values\":[" values "]}]}"
    static const struct {
        const char *text;
        bool local;
    } rows[] = {
        {VOLUME(TERM("kubernetes.io/hostname", "\"k8s-n1\"")), true},
        {VOLUME(TERM("kubernetes.io/hostname", "\"k8s-n2\"")), false},
        {VOLUME(TERM("kubernetes.io/hostname", "\"k8s-n1\",\"k8s-n2\"")), false},
        {VOLUME(TERM("kubernetes.io/hostname", "\"k8s-n1\"") "," TERM("zone", "\"a\"")), false},
        {VOLUME(TERM("topology.topolvm.io/node", "\"k8s-n1\"")), true},
        {VOLUME("{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"k8s-n1\"]}]}"), true},
        {VOLUME(TERM("zone", "\"west\"")), false},
        {"{\"spec\":{\"nfs\":{}}}", false},
        {"[]", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_json cJSON *volume = cJSON_Parse(rows[i].text);
        assert_non_null(volume);
        assert_int_equal(volume_is_local(volume, "k8s-n1"), rows[i].local);
    }
}

static void a_refused_eviction_says_why(void **state) {
    (void)state;
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"{\"message\":\"Cannot evict pod as it would violate the pod's disruption budget.\",\"details\":{\"causes\":[{"
         "\"reason\":\"DisruptionBudget\",\"message\":\"The disruption budget web needs 2 healthy pods and has 2 "
         "currently\"}]}}",
         "The disruption budget web needs 2 healthy pods and has 2 currently"},
        {"{\"message\":\"This pod has more than one PodDisruptionBudget\"}",
         "This pod has more than one PodDisruptionBudget"},
        {"[]", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_json cJSON *tree = cJSON_Parse(rows[i].text);
        cleanup_buf struct buf why = BUF_INIT(256);
        pod_refusal(tree, &why);
        assert_string_equal(buf_text(&why), rows[i].why);
    }
}

/* As kubelet v1.37 writes them, one row a plugin and state. */
static void its_volumes_are_counted(void **state) {
    (void)state;
#define ROW(plugin, state, n)                                                                                          \
    "volume_manager_total_volumes{plugin_name=\"" plugin "\",state=\"" state "_state_of_world\"} " n "\n"
    static const struct {
        const char *metrics;
        bool settled;
    } rows[] = {{"", false},
                {"# TYPE volume_manager_total_volumes gauge\n", false},
                {ROW("h", "desired", "12") ROW("h", "actual", "12") "x 1\n", true},
                {"x 1\n" ROW("h", "actual", "12") ROW("h", "desired", "12") ROW("c", "desired", "1"), false},
                {ROW("h", "desired", "12") ROW("h", "actual", "13"), false},
                {ROW("h", "desired", "0") ROW("h", "actual", "0"), false},
                {"volume_manager_total_volumes{state=", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(node_has_its_volumes(rows[i].metrics), rows[i].settled);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_volumes_are_counted),
        cmocka_unit_test(a_node_says_how_it_is),
        cmocka_unit_test(one_that_is_not_well_is_named),
        cmocka_unit_test(a_cordon_is_of_the_version_that_was_seen),
        cmocka_unit_test(some_pods_stay),
        cmocka_unit_test(what_goes_with_the_machine_is_named),
        cmocka_unit_test(a_volume_on_one_disk_is_local),
        cmocka_unit_test(a_refused_eviction_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
