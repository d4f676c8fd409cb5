/* SPDX-License-Identifier: Apache-2.0
 * What the agent of a master may do in the cluster. */
#include "../../lib/test/testing.h"

#include "decide/rights.h"

#include "json.h"
#include <string.h>

static cJSON *object_of(unsigned n, const char *release, const char *path) {
    cleanup_buf struct buf at = BUF_INIT(256), body = BUF_INIT(8192);
    struct error err = {0};
    cJSON *tree = NULL;
    rights_object(n, release, &at, &body);
    assert_string_equal(buf_text(&at), path);
    assert_int_equal(json_parse(buf_text(&body), body.length, &tree, &err), 0);
    return tree;
}

static bool has(const cJSON *list, const char *word) {
    const cJSON *item;
    cJSON_ArrayForEach(item, list) if (!strcmp(item->valuestring, word)) return true;
    return false;
}

/* As the API server's authorizer decides (RBAC, rules.go: RuleAllows). */
static bool allows(const cJSON *role, const char *verb, const char *group, const char *resource, const char *name) {
    const cJSON *rule;
    cJSON_ArrayForEach(rule, cJSON_GetObjectItem(role, "rules")) {
        const cJSON *names = cJSON_GetObjectItem(rule, "resourceNames");
        if (has(cJSON_GetObjectItem(rule, "verbs"), verb) && has(cJSON_GetObjectItem(rule, "apiGroups"), group) &&
            has(cJSON_GetObjectItem(rule, "resources"), resource) && (!names || has(names, name)))
            return true;
    }
    return false;
}

#define RBAC "/apis/rbac.authorization.k8s.io/v1/"
#define RBAC_GROUP "rbac.authorization.k8s.io"

static void secrets_of_kube_system_alone(void **state) {
    (void)state;
    cleanup_json cJSON *role = object_of(0, "v1.37.2", RBAC "namespaces/kube-system/roles");
    cleanup_json cJSON *everywhere = object_of(3, "v1.37.2", RBAC "clusterroles");
    assert_true(allows(role, "list", "", "secrets", "a"));
    assert_false(allows(role, "get", "", "configmaps", "extension-apiserver-authentication"));
    assert_true(allows(role, "update", "", "configmaps", "kubeadm-config"));
    assert_true(allows(everywhere, "create", "", "pods/eviction", "a"));
    for (const char *const *verb = (const char *const[]){"get", "list", "watch", "create", "delete", NULL}; *verb;
         verb++)
        assert_false(allows(everywhere, *verb, "", "secrets", "a"));
    assert_false(allows(everywhere, "delete", "", "pods", "a"));
}

/* Else it could give itself what it likes. */
static void binds_the_joiners_roles_alone(void **state) {
    (void)state;
    cleanup_json cJSON *role = object_of(0, "v1.20.2", RBAC "namespaces/kube-system/roles");
    cleanup_json cJSON *everywhere = object_of(3, "v1.37.2", RBAC "clusterroles");
    assert_true(allows(role, "bind", RBAC_GROUP, "roles", "kubeadm:kubelet-config-1.20"));
    assert_true(allows(role, "bind", RBAC_GROUP, "roles", "kubeadm:kubeadm-certs"));
    assert_true(allows(everywhere, "bind", RBAC_GROUP, "clusterroles", "system:node-bootstrapper"));
    assert_false(allows(everywhere, "bind", RBAC_GROUP, "clusterroles", "cluster-admin"));
    assert_false(allows(everywhere, "update", RBAC_GROUP, "clusterroles", RIGHTS_NAME));
}

static void bound_to_the_group(void **state) {
    (void)state;
    const char *const paths[] = {RBAC "namespaces/kube-system/rolebindings", RBAC "clusterrolebindings"};
    for (unsigned n = 1; n <= 2; n++) {
        cleanup_json cJSON *binding = object_of(n, "v1.37.2", paths[n - 1]);
        const cJSON *subject = cJSON_GetArrayItem(cJSON_GetObjectItem(binding, "subjects"), 0);
        assert_string_equal(json_text(subject, "name"), RIGHTS_GROUP);
        assert_string_equal(json_text(cJSON_GetObjectItem(binding, "roleRef"), "name"), RIGHTS_NAME);
    }
}

static void an_older_agent_takes_none_away(void **state) {
    (void)state;
    cleanup_json cJSON *now = object_of(3, "v1.37.2", RBAC "clusterroles");
    cJSON *notes = cJSON_GetObjectItem(cJSON_GetObjectItem(now, "metadata"), "annotations");
    assert_true(rights_are_there(now, "v1.37.2"));
    assert_true(rights_are_there(now, "v1.36.3"));
    assert_false(rights_are_there(now, "v1.38.0"));
    cJSON_ReplaceItemInObject(notes, "seedrack.io/rights", cJSON_CreateString("999999"));
    assert_true(rights_are_there(now, "v1.37.2"));
    cJSON_ReplaceItemInObject(notes, "seedrack.io/rights", cJSON_CreateString("1"));
    assert_false(rights_are_there(now, "v1.37.2"));
    cJSON_DeleteItemFromObject(notes, "seedrack.io/rights");
    assert_false(rights_are_there(now, "v1.37.2"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_of_kube_system_alone),
        cmocka_unit_test(binds_the_joiners_roles_alone),
        cmocka_unit_test(bound_to_the_group),
        cmocka_unit_test(an_older_agent_takes_none_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
