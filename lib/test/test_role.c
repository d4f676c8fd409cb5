/* SPDX-License-Identifier: Apache-2.0
 * Every role document of the corpus: taken when it is good, else refused with a line that names where.
 * scripts/check-corpus compares that with the schema. */
#include "testing.h"
#include "role.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <stdbool.h>
#include <string.h>

static unsigned each(const char *folder, void (*check)(const char *path, struct buf *text)) {
    char full[1024], path[600];
    unsigned count = 0;
    snprintf(full, sizeof(full), "%s/configs/corpus/role/%s", SOURCE_ROOT, folder);
    DIR *dir = opendir(full);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        cleanup_buf struct buf text = BUF_INIT(1 << 21);
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "configs/corpus/role/%s/%s", folder, entry->d_name);
        source_read(path, &text);
        check(path, &text);
        count++;
    }
    closedir(dir);
    return count;
}

static void is_taken(const char *path, struct buf *text) {
    cleanup_role struct role *role = NULL;
    struct error err = {0};
    if (role_parse(buf_text(text), text->length, &role, &err) < 0)
        fail_msg("%s: %s", path, err.message);
    assert_non_null(role->hostname);
    assert_null(role_image(role, "no such image"));
    if (role->n_images)
        assert_string_equal(role_image(role, role->images[0]), role->images[0]);
}

static void is_refused(const char *path, struct buf *text) {
    cleanup_role struct role *role = NULL;
    struct error err = {0};
    if (role_parse(buf_text(text), text->length, &role, &err) == 0)
        fail_msg("%s: accepted", path);
    assert_null(role);
    if (err.message[0] != '/' || !err.remedy[0])
        fail_msg("%s: `%s; %s` names no place or no remedy", path, err.message, err.remedy);
}

static void good_documents_are_taken(void **state) {
    (void)state;
    assert_true(each("good", is_taken) >= 9);
}

static void bad_documents_are_refused(void **state) {
    (void)state;
    assert_true(each("shape", is_refused) + each("meaning", is_refused) + each("syntax", is_refused) >= 25);
}

/* A document that was cut off anywhere is no document. */
static void halves_are_refused(void **state) {
    (void)state;
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    source_read("configs/corpus/role/good/boot.json", &text);
    while (text.length > 0 && text.data[text.length - 1] != '}')
        text.length--;
    for (size_t length = 0; length < text.length; length += 7) {
        cleanup_role struct role *role = NULL;
        struct error err = {0};
        assert_int_equal(role_parse(text.data, length, &role, &err), -1);
        assert_true(err.message[0]);
    }
}

static void parse(cJSON *tree) {
    char *text = cJSON_PrintUnformatted(tree);
    cleanup_role struct role *role = NULL;
    struct error err = {0};
    if (role_parse(text, strlen(text), &role, &err) < 0 && (err.message[0] != '/' || !err.remedy[0]))
        fail_msg("`%s; %s` names no place or no remedy", err.message, err.remedy);
    cJSON_free(text);
}

/* Every value of a whole document becomes one of each type in its turn: taken or refused by name, nothing else. */
static void mutate(cJSON *tree, cJSON *at) {
    static const char *const others[] = {"null",  "true", "-1",   "5.5", "1e99", "\"\"",
                                         "\"x\"", "[]",   "[[]]", "[7]", "{}",   "{\"x\": \"y\"}"};
    for (cJSON *child = at->child; child; child = child->next) {
        cJSON kept = *child;
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
            cJSON *other = cJSON_Parse(others[i]);
            child->type = other->type, child->child = other->child, child->valuestring = other->valuestring,
            child->valueint = other->valueint, child->valuedouble = other->valuedouble;
            parse(tree);
            cJSON_Delete(other);
            child->type = kept.type, child->child = kept.child, child->valuestring = kept.valuestring,
            child->valueint = kept.valueint, child->valuedouble = kept.valuedouble;
        }
        mutate(tree, child);
    }
}

static void any_value_may_be_of_any_type(void **state) {
    static const char *const documents[] = {"boot.json",           "own-kubelet.json", "own-taints.json",
                                            "article-master.json", "disk.json",        "kubeadm-options.json"};
    (void)state;
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        char path[128];
        cleanup_buf struct buf text = BUF_INIT(1 << 20);
        snprintf(path, sizeof(path), "configs/corpus/role/good/%s", documents[i]);
        source_read(path, &text);
        cJSON *tree = cJSON_ParseWithLength(text.data, text.length);
        assert_non_null(tree);
        mutate(tree, tree);
        cJSON_Delete(tree);
    }
}

/* One key more than a list may have, and settings that kubelet does not have, or has as another type. */
static void settings(void **state) {
    static const struct {
        const char *key, *value;
        bool good;
    } kubelet[] = {{"maxPods", "110", true},        {"maxPods", "110.5", false},   {"maxPods", "1e12", false},
                   {"maxPods", "-1e12", false},     {"maxPods", "\"110\"", false}, {"maxPod", "110", false},
                   {"nothingLikeThat", "1", false}, {"failSwapOn", "true", true},  {"failSwapOn", "1", false}};
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    (void)state;
    source_read("configs/corpus/role/good/worker.json", &text);
    for (size_t i = 0; i < sizeof(kubelet) / sizeof(kubelet[0]); i++) {
        cleanup_role struct role *role = NULL;
        struct error err = {0};
        cJSON *tree = cJSON_ParseWithLength(text.data, text.length), *node = cJSON_GetObjectItem(tree, "node");
        cJSON_DeleteItemFromObject(node, "kubelet");
        cJSON_AddItemToObject(cJSON_AddObjectToObject(node, "kubelet"), kubelet[i].key, cJSON_Parse(kubelet[i].value));
        char *changed = cJSON_PrintUnformatted(tree);
        if ((role_parse(changed, strlen(changed), &role, &err) == 0) != kubelet[i].good)
            fail_msg("%s: %s: %s", kubelet[i].key, kubelet[i].value, err.message);
        cJSON_free(changed);
        cJSON_Delete(tree);
    }
    cJSON *tree = cJSON_ParseWithLength(text.data, text.length), *node = cJSON_GetObjectItem(tree, "node");
    cJSON_DeleteItemFromObject(node, "labels");
    cJSON *labels = cJSON_AddObjectToObject(node, "labels");
    for (int i = 0; i <= ROLE_PAIRS_MAX; i++) {
        char key[16];
        snprintf(key, sizeof(key), "l%d", i);
        cJSON_AddStringToObject(labels, key, "v");
    }
    parse(tree);
    cJSON_Delete(tree);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_documents_are_taken),
        cmocka_unit_test(bad_documents_are_refused),
        cmocka_unit_test(halves_are_refused),
        cmocka_unit_test(any_value_may_be_of_any_type),
        cmocka_unit_test(settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
