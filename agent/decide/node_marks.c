/* SPDX-License-Identifier: Apache-2.0
 * See node_marks.h. A merge patch replaces a list as a whole. */
#include "node_marks.h"

#include "buf.h"
#include "json.h"
#include <stdio.h>
#include <string.h>

enum { MARKS_MAX = 64 * 1024, WORD_MAX = 640 };

static const cJSON *member(const cJSON *tree, const char *one, const char *two) {
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(tree, one), two);
}

/* Whether the word stands in a text of words with a blank between them. */
static bool has_word(const char *text, const char *word) {
    size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at += length)
        if ((at == text || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

static void add_word(struct buf *ret, const char *word) {
    buf_addf(ret, "%s%s", ret->length ? " " : "", word);
}

/* Sets what is wanted, and removes (null) what we had set and is not wanted any more. */
static void patch_labels(const cJSON *node, const cJSON *wanted, const char *ours, cJSON *ret) {
    const cJSON *has = member(node, "metadata", "labels"), *label;
    cJSON_ArrayForEach(label, wanted) {
        if (cJSON_IsString(label) && (!cJSON_HasObjectItem(has, label->string) ||
                                      strcmp(json_text(has, label->string), label->valuestring) != 0))
            cJSON_AddStringToObject(ret, label->string, label->valuestring);
    }
    cJSON_ArrayForEach(label, has) {
        if (has_word(ours, label->string) && !cJSON_HasObjectItem(wanted, label->string))
            cJSON_AddNullToObject(ret, label->string);
    }
}

/* "key=value:Effect", or "key:Effect". */
static void taint_text(const cJSON *taint, char ret[static WORD_MAX]) {
    const char *value = json_text(taint, "value");
    snprintf(ret, WORD_MAX, "%s%s%s:%s", json_text(taint, "key"), value[0] ? "=" : "", value,
             json_text(taint, "effect"));
}

static cJSON *taint_object(const char *text) {
    char key[WORD_MAX];
    cJSON *taint = cJSON_CreateObject();
    const char *colon = strrchr(text, ':');
    size_t length = strcspn(text, "=:");
    snprintf(key, sizeof(key), "%.*s", (int)length, text);
    cJSON_AddStringToObject(taint, "key", key);
    if (text[length] == '=' && colon > text + length + 1) {
        snprintf(key, sizeof(key), "%.*s", (int)(colon - text - (ptrdiff_t)length - 1), text + length + 1);
        cJSON_AddStringToObject(taint, "value", key);
    }
    cJSON_AddStringToObject(taint, "effect", colon ? colon + 1 : "");
    return taint;
}

/* As taint_text() writes it: one without a value has no `=`. */
static void plain_text(const char *text, char ret[static WORD_MAX]) {
    size_t key = strcspn(text, "=:");
    bool no_value = text[key] == '=' && text[key + 1] == ':';
    snprintf(ret, WORD_MAX, "%.*s%s", (int)key, text, text + key + no_value);
}

static bool is_listed(const cJSON *list, const char *text) {
    const cJSON *item;
    char plain[WORD_MAX];
    cJSON_ArrayForEach(item, list) {
        plain_text(cJSON_IsString(item) ? item->valuestring : "", plain);
        if (!strcmp(plain, text))
            return true;
    }
    return false;
}

/* Key and effect of a Node's taints are unique: one with another value makes room. */
static bool is_replaced(const cJSON *taint, const cJSON *wanted) {
    const char *key = json_text(taint, "key"), *effect = json_text(taint, "effect");
    const cJSON *item;
    cJSON_ArrayForEach(item, wanted) {
        const char *text = cJSON_IsString(item) ? item->valuestring : "", *colon = strrchr(text, ':');
        size_t length = strcspn(text, "=:");
        if (colon && strlen(key) == length && !strncmp(text, key, length) && !strcmp(colon + 1, effect))
            return true;
    }
    return false;
}

/* Those of others, and those that are wanted. *ret_changed: it is another list than before. */
static cJSON *patch_taints(const cJSON *node, const cJSON *wanted, const char *ours, bool *ret_changed) {
    const cJSON *has = member(node, "spec", "taints"), *item;
    cJSON *next = cJSON_CreateArray();
    char text[WORD_MAX];
    cleanup_buf struct buf present = BUF_INIT(MARKS_MAX);
    buf_adds(&present, "");
    *ret_changed = false;
    cJSON_ArrayForEach(item, has) {
        taint_text(item, text);
        bool goes = !is_listed(wanted, text) && (has_word(ours, text) || is_replaced(item, wanted));
        *ret_changed |= goes;
        if (!goes)
            cJSON_AddItemToArray(next, cJSON_Duplicate(item, true));
        add_word(&present, text);
    }
    cJSON_ArrayForEach(item, wanted) {
        if (!cJSON_IsString(item))
            continue;
        plain_text(item->valuestring, text);
        if (has_word(buf_text(&present), text))
            continue;
        *ret_changed = true;
        cJSON_AddItemToArray(next, taint_object(item->valuestring));
    }
    return next;
}

static void annotate(const cJSON *node, const char *name, const struct buf *wanted, cJSON *ret) {
    const cJSON *has = cJSON_GetObjectItemCaseSensitive(member(node, "metadata", "annotations"), name);
    if (!cJSON_IsString(has) || strcmp(has->valuestring, buf_text(wanted)) != 0)
        cJSON_AddStringToObject(ret, name, buf_text(wanted));
}

cJSON *node_marks_patch(const cJSON *node, const cJSON *labels, const cJSON *taints) {
    const cJSON *annotations = member(node, "metadata", "annotations"), *item;
    cJSON *patch = cJSON_CreateObject(), *metadata = cJSON_AddObjectToObject(patch, "metadata");
    cJSON *new_labels = cJSON_AddObjectToObject(metadata, "labels");
    cJSON *new_annotations = cJSON_AddObjectToObject(metadata, "annotations");
    cleanup_buf struct buf keys = BUF_INIT(MARKS_MAX), texts = BUF_INIT(MARKS_MAX);
    bool changed = false;
    char text[WORD_MAX];
    buf_adds(&keys, "");
    buf_adds(&texts, "");
    cJSON_ArrayForEach(item, labels) add_word(&keys, item->string);
    cJSON_ArrayForEach(item, taints) {
        if (!cJSON_IsString(item))
            continue;
        plain_text(item->valuestring, text);
        add_word(&texts, text);
    }
    patch_labels(node, labels, json_text(annotations, NODE_LABELS_BY_US), new_labels);
    cJSON *new_taints = patch_taints(node, taints, json_text(annotations, NODE_TAINTS_BY_US), &changed);
    annotate(node, NODE_LABELS_BY_US, &keys, new_annotations);
    annotate(node, NODE_TAINTS_BY_US, &texts, new_annotations);
    if (!changed)
        cJSON_Delete(new_taints);
    else
        cJSON_AddItemToObject(cJSON_AddObjectToObject(patch, "spec"), "taints", new_taints);
    if (!changed && !new_labels->child && !new_annotations->child) {
        cJSON_Delete(patch);
        return NULL;
    }
    cJSON_AddStringToObject(metadata, "resourceVersion",
                            json_text(cJSON_GetObjectItemCaseSensitive(node, "metadata"), "resourceVersion"));
    return patch;
}
