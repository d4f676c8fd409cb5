/* SPDX-License-Identifier: Apache-2.0
 * What in a cluster would be in the way of work on its machines. */
#include "../../lib/test/testing.h"

#include "decide/preconditions.h"

#include "json.h"
#include <string.h>

static void a_list_of_names_has_an_end(void **state) {
    (void)state;
    char text[PRECONDITION_TEXT_MAX + 1] = "";
    precondition_name(text, "default/web");
    assert_string_equal(text, "default/web");
    precondition_name(text, "default/db");
    assert_string_equal(text, "default/web, default/db");
    for (int i = 0; i < 100; i++)
        precondition_name(text, "default/another-one");
    assert_true(strlen(text) <= PRECONDITION_TEXT_MAX);
    assert_string_equal(text + strlen(text) - strlen(", default/another-one and more"),
                        ", default/another-one and more");
    char longest[300] = "", none[PRECONDITION_TEXT_MAX + 1] = "";
    memset(longest, 'a', sizeof(longest) - 1);
    precondition_name(none, longest);
    assert_string_equal(none, " and more");
}

static bool blocks(const char *text) {
    cleanup_json cJSON *budget = cJSON_Parse(text);
    return precondition_budget_blocks(budget);
}

static void a_budget_that_lets_none_go(void **state) {
    (void)state;
    assert_true(blocks("{\"status\":{\"disruptionsAllowed\":0,\"expectedPods\":2}}"));
    assert_false(blocks("{\"status\":{\"disruptionsAllowed\":1,\"expectedPods\":2}}"));
    assert_false(blocks("{\"status\":{\"disruptionsAllowed\":0,\"expectedPods\":0}}"));
    assert_false(blocks("{}"));
}

static bool fails(const char *text) {
    cleanup_json cJSON *webhook = cJSON_Parse(text);
    const char *namespace, *name;
    return precondition_webhook_fails(webhook, &namespace, &name) && !strcmp(namespace, "ns") && !strcmp(name, "hook");
}
#define SERVICE "\"clientConfig\":{\"service\":{\"namespace\":\"ns\",\"name\":\"hook\"}}"

static void a_webhook_that_refuses(void **state) {
    (void)state;
    assert_true(fails("{\"failurePolicy\":\"Fail\"," SERVICE "}"));
    assert_true(fails("{" SERVICE "}")); /* the default of v1 */
    assert_false(fails("{\"failurePolicy\":\"Ignore\"," SERVICE "}"));
    assert_false(fails("{\"failurePolicy\":\"Fail\",\"clientConfig\":{\"url\":\"https://a.example/\"}}"));
}

static unsigned machines(const char *text) {
    cleanup_json cJSON *slices = cJSON_Parse(text);
    return precondition_machines_of(slices);
}
#define ON(machine, ready) "{\"nodeName\":\"" machine "\",\"conditions\":{\"ready\":" ready "}}"

static void machines_with_ready_pods(void **state) {
    (void)state;
    assert_int_equal(machines("{\"items\":[]}"), 0);
    assert_int_equal(machines("{\"items\":[{\"endpoints\":null},{\"endpoints\":[" ON("a", "true") "]}]}"), 1);
    assert_int_equal(machines("{\"items\":[{\"endpoints\":[" ON("a", "true") "," ON(
                         "a", "true") "]},{\"endpoints\":[" ON("a", "true") "," ON("b", "false") "]}]}"),
                     1);
    assert_int_equal(
        machines("{\"items\":[{\"endpoints\":[" ON("a", "true") "]},{\"endpoints\":[" ON("b", "true") "]}]}"), 2);
}

static void an_api_that_is_gone(void **state) {
    (void)state;
    static const char asked[] =
        "apiserver_requested_deprecated_apis{group=\"flowcontrol.apiserver.k8s.io\",removed_release="
        "\"1.32\",resource=\"flowschemas\",subresource=\"\",version=\"v1beta3\"} 1";
    static const char core[] =
        "apiserver_requested_deprecated_apis{group=\"\",removed_release=\"1.40\",resource=\"endpoints\","
        "subresource=\"\",version=\"v1\"} 1";
    static const char *const others[] = {"",
                                         "apiserver_requested_deprecated_apis{",
                                         "# TYPE apiserver_requested_deprecated_apis gauge",
                                         "apiserver_requested_deprecated_apis{group=\"\",removed_release=\"\",resource="
                                         "\"endpoints\",subresource=\"\",version=\"v1\"} 1",
                                         "apiserver_requested_deprecated_apis{group=\"\",removed_release=\"1.40\","
                                         "resource=\"endpoints\",subresource=\"\",version=\"v1\"} 0",
                                         "apiserver_request_total{version=\"v1\"} 1"};
    char api[PRECONDITION_API_SIZE];
    unsigned minor = 0;
    assert_true(precondition_removed_api(asked, strlen(asked), api, &minor));
    assert_string_equal(api, "flowschemas.v1beta3.flowcontrol.apiserver.k8s.io");
    assert_int_equal(minor, 32);
    assert_true(precondition_removed_api(core, strlen(core), api, &minor));
    assert_string_equal(api, "endpoints.v1");
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (precondition_removed_api(others[i], strlen(others[i]), api, &minor))
            fail_msg("`%s` is taken", others[i]);
    assert_false(precondition_removed_api(asked, 60, api, &minor)); /* cut off */
}

static void an_api_stands_in_the_list_once(void **state) {
    (void)state;
    struct precondition_removed list[PRECONDITION_REMOVED_MAX];
    size_t n = 0;
    for (unsigned i = 0; i < 2 * PRECONDITION_REMOVED_MAX; i++) {
        char line[256]; /* two subresources of each */
        snprintf(
            line, sizeof(line),
            "apiserver_requested_deprecated_apis{group=\"g\",removed_release=\"1.40\",resource=\"r%u\",subresource="
            "\"%s\",version=\"v1\"} 1",
            i / 2 % 10, i % 2 ? "status" : "");
        precondition_add_removed(list, &n, line, strlen(line));
    }
    assert_int_equal(n, 10); /* the seed refuses a name that stands twice */
    assert_string_equal(list[9].api, "r9.v1.g");
    for (unsigned i = 0; i < 2 * PRECONDITION_REMOVED_MAX; i++) {
        char line[256];
        snprintf(
            line, sizeof(line),
            "apiserver_requested_deprecated_apis{group=\"g\",removed_release=\"1.40\",resource=\"s%u\",subresource="
            "\"\",version=\"v1\"} 1",
            i);
        precondition_add_removed(list, &n, line, strlen(line));
    }
    assert_int_equal(n, PRECONDITION_REMOVED_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_of_names_has_an_end), cmocka_unit_test(a_budget_that_lets_none_go),
        cmocka_unit_test(a_webhook_that_refuses),     cmocka_unit_test(machines_with_ready_pods),
        cmocka_unit_test(an_api_that_is_gone),        cmocka_unit_test(an_api_stands_in_the_list_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
