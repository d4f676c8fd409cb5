/* SPDX-License-Identifier: Apache-2.0
 * Site documents: the corpus, defaults, files of addons, and damage that no corpus lists. Role documents of the corpus
 * ride along, for both are read by the same strict reader. */
#include "sites.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#define CORPUS "configs/corpus/"

static struct site_errors errors;

/* Calls `check` for every document in a folder of the corpus. */
static void each(const char *folder, void (*check)(const char *path, const struct buf *text)) {
    char path[600], full[1024];
    snprintf(full, sizeof(full), "%s/" CORPUS "%s", SOURCE_ROOT, folder);
    DIR *dir = opendir(full);
    assert_non_null(dir);
    unsigned count = 0;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        cleanup_buf struct buf text = BUF_INIT(1 << 20);
        snprintf(path, sizeof(path), CORPUS "%s/%s", folder, entry->d_name);
        source_read(path, &text);
        check(path + strlen(CORPUS), &text);
        count++;
    }
    closedir(dir);
    assert_true(count > 0);
}

/* The pointers that configs/corpus/expected lists for a document, or fails. */
static void expected_of(const char *name, char ret_pointers[512]) {
    cleanup_buf struct buf text = BUF_INIT(1 << 16);
    source_read(CORPUS "expected", &text);
    size_t length = strlen(name);
    for (const char *line = buf_text(&text); *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, name, length) || line[length] != ' ')
            continue;
        snprintf(ret_pointers, 512, "%.*s", (int)(strcspn(line, "\n") - length - 1), line + length + 1);
        return;
    }
    fail_msg("%s is not listed in expected", name);
}

static void good_site(const char *path, const struct buf *text) {
    struct site *site = NULL;
    if (site_parse(text->data, text->length, &site, &errors) < 0)
        fail_msg("%s: %s: %s", path, errors.list[0].pointer, errors.list[0].cause);
    assert_true(site->n_masters >= 1);
    site_free(site);
}

static void bad_site(const char *path, const struct buf *text) {
    struct site *site = NULL;
    char pointers[512], *rest = pointers;
    expected_of(path, pointers);
    if (site_parse(buf_text(text), text->length, &site, &errors) == 0)
        fail_msg("%s was accepted", path);
    assert_null(site);
    for (const char *pointer; (pointer = strsep(&rest, " "));) {
        bool found = false;
        for (size_t i = 0; i < errors.n; i++)
            found = found || !strcmp(errors.list[i].pointer, pointer);
        if (!found)
            fail_msg("%s: %s is not named, but %s: %s", path, pointer, errors.list[0].pointer, errors.list[0].cause);
    }
    for (size_t i = 0; i < errors.n; i++) /* what a person sees ends with a remedy */
        assert_true(errors.list[i].cause[0] && errors.list[i].remedy[0]);
}

static void good_role(const char *path, const struct buf *text) {
    struct role *role = NULL;
    struct error err = {0};
    if (role_parse(text->data, text->length, &role, &err) < 0)
        fail_msg("%s: %s", path, err.message);
    role_free(role);
}

static void bad_role(const char *path, const struct buf *text) {
    struct role *role = NULL;
    struct error err = {0};
    char pointer[512];
    expected_of(path, pointer);
    assert_int_equal(role_parse(buf_text(text), text->length, &role, &err), -1);
    assert_null(role);
    size_t n = strlen(pointer);
    if (strncmp(err.message, pointer, n) || err.message[n] != ':')
        fail_msg("%s: %s is not named, but %s", path, pointer, err.message);
    assert_true(err.remedy[0]);
}

static void corpus(void **state) {
    (void)state;
    each("site/good", good_site);
    each("site/shape", bad_site);
    each("site/meaning", bad_site);
    each("site/syntax", bad_site);
    each("role/good", good_role);
    each("role/shape", bad_role);
    each("role/meaning", bad_role);
    each("role/syntax", bad_role);
}

static void defaults(void **state) {
    (void)state;
    cleanup_site struct site *site = site_from(CORPUS "site/good/defaults.json");
    assert_int_equal(site->runtime, RUNTIME_DOCKER);
    assert_int_equal(site->style, STYLE_SEEDRACK);
    assert_string_equal(site->control_plane_endpoint, "10.1.0.5:8443");
    assert_string_equal(site->dns_domain, "cluster.local");
    assert_int_equal(site->virtual_router_id, 51);
    assert_int_equal(site->advert_interval_ms, 500);
    assert_int_equal(site->haproxy_port, 8443);
    assert_int_equal(site->stats_port, 9090);
    assert_string_equal(site->stats_address, "127.0.0.1");
    assert_true(site->cni_bridge);
    assert_int_equal(site->boot_profile, BOOT_METAL);
    assert_false(site->boot_shell);
    assert_null(site->kernel_arguments);
    assert_int_equal(site->n_masters, 3);
    assert_int_equal(site->nodes[0].vrrp_priority, 150);
    assert_int_equal(site->nodes[2].vrrp_priority, 148);
    assert_int_equal(site->nodes[3].vrrp_priority, 0);
    assert_string_equal(site->nodes[0].pod_cidr, "10.244.1.0/24"); /* the first /24 stays free */
    assert_string_equal(site->nodes[3].pod_cidr, "10.244.4.0/24");
}

static void boot(void **state) {
    (void)state;
    cleanup_site struct site *site = site_from(CORPUS "site/good/boot-virtio.json");
    cleanup_site struct site *empty = site_from(CORPUS "site/good/boot-empty.json");
    assert_string_equal(boot_profile_names[site->boot_profile], "virtio");
    assert_true(site->boot_shell);
    assert_int_equal(cJSON_GetArraySize(site->kernel_arguments), 4);
    assert_int_equal(empty->boot_profile, BOOT_METAL);
    assert_false(empty->boot_shell);
}

static void reference_sites(void **state) {
    (void)state;
    cleanup_site struct site *seven = site_from("configs/seven-nodes/site.json");
    cleanup_site struct site *article = site_from("configs/article/site.json");
    assert_int_equal(seven->n_nodes, 7);
    assert_int_equal(seven->n_masters, 3);
    assert_int_equal(article->nodes[0].vrrp_priority, 100); /* row R10, the article's own values */
    assert_int_equal(article->nodes[1].vrrp_priority, 150);
    assert_string_equal(article->vip_password, "d0cker");
    assert_null(seven->vip_password);
    assert_null(seven->stats_auth);
}

static void found_by_mac_in_any_case(void **state) {
    (void)state;
    cleanup_site struct site *site = site_from(CORPUS "site/good/upper-case-mac.json");
    assert_string_equal(site->nodes[0].mac, "52:54:00:ab:cd:ef");
    assert_ptr_equal(site_find_mac(site, "52:54:00:ab:CD:ef"), &site->nodes[0]);
    assert_null(site_find_mac(site, "52:54:00:ab:cd:e0"));
    assert_null(site_find_mac(site, ""));
}

static int read_stub(const char *path, struct buf *ret, struct error *err) {
    if (strcmp(path, "folder/addons/calico.yaml") != 0)
        return error_errno(err, ENOENT, "open `%s`", path);
    buf_adds(ret, "kind: List\n");
    return 0;
}

static const char with_file[] = "{\"site\": \"s\", \"release\": \"v1.20.2\", \"cluster\": {\"name\": \"c\"}, "
                                "\"network\": {\"seed\": \"http://10.1.0.1:80\"},"
                                " \"vip\": {\"address\": \"10.1.0.5\"}, \"addons\": [{\"name\": \"calico\", "
                                "\"manifest\": {\"file\": \"addons/calico.yaml\"}}],"
                                " \"nodes\": [{\"hostname\": \"m\", \"role\": \"master\", \"mac\": "
                                "\"52:54:00:00:00:01\", \"address\": \"10.1.0.11/24\"}]}";

static void addon_files_are_read_by_the_program(void **state) {
    (void)state;
    cleanup_site struct site *site = NULL;
    struct error err = {0};
    cleanup_buf struct buf json = BUF_INIT(1 << 20);
    struct release *release = release_from("v1.20.2");
    assert_int_equal(site_parse(with_file, strlen(with_file), &site, &errors), 0);
    assert_int_equal(compose_role(site, release, &site->nodes[0], NULL, &json, &err), -1); /* not read yet */
    assert_int_equal(site_resolve(site, "elsewhere", read_stub, &err), -1);
    assert_non_null(strstr(err.message, "/addons/0/manifest/file"));
    assert_int_equal(site_resolve(site, "folder", read_stub, &err), 0);
    assert_string_equal(site->addons[0].manifest, "kind: List\n");
    assert_int_equal(compose_role(site, release, &site->nodes[0], NULL, &json, &err), 0);
    assert_non_null(strstr(buf_text(&json), "kind: List\\n"));
    release_free(release);
}

/* A document cut off at any byte is an error with a pointer, never a crash and never half a site. */
static void every_truncation(void **state) {
    (void)state;
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    source_read("configs/article/site.json", &text);
    while (text.length > 0 && text.data[text.length - 1] != '}')
        text.length--;
    for (size_t length = 0; length < text.length; length++) {
        struct site *site = NULL;
        char *exact = malloc(length ? length : 1); /* ASan sees one byte too far */
        assert_non_null(exact);
        memcpy(exact, text.data, length);
        assert_int_equal(site_parse(exact, length, &site, &errors), -1);
        assert_true(errors.n >= 1 && errors.list[0].pointer[0] == '/');
        free(exact);
    }
}

/* Every value replaced by every type: mistyped documents are refused or harmless. */
static void every_mistyping(void **state) {
    (void)state;
    static const char *const values[] = {"null", "true",  "[]",     "{}",           "0", "-1", "1e99",
                                         "\"\"", "\"x\"", "[null]", "{\"a\": null}"};
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    source_read(CORPUS "site/good/labels-and-taints.json", &text);
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] != ':' || text.data[i + 1] != ' ')
            continue;
        for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
            cleanup_buf struct buf changed = BUF_INIT(1 << 20);
            cJSON *tree = NULL;
            struct site *site = NULL;
            struct error err;
            buf_add(&changed, text.data, i + 2);
            buf_adds(&changed, values[v]);
            const char *after = text.data + i + 2; /* skip one whole value */
            cJSON_Delete(cJSON_ParseWithOpts(after, &after, false));
            buf_adds(&changed, after);
            if (json_parse(buf_text(&changed), changed.length, &tree, &err) == 0 &&
                site_parse(buf_text(&changed), changed.length, &site, &errors) == 0)
                site_free(site);
            else
                assert_true(!tree || errors.list[0].pointer[0] == '/');
            cJSON_Delete(tree);
        }
    }
}

static void too_large(void **state) {
    (void)state;
    struct site *site = NULL;
    size_t length = (1 << 20) + 1;
    char *text = malloc(length);
    assert_non_null(text);
    memset(text, ' ', length);
    assert_int_equal(site_parse(text, length, &site, &errors), -1);
    assert_string_equal(errors.list[0].pointer, "/");
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corpus),
        cmocka_unit_test(defaults),
        cmocka_unit_test(boot),
        cmocka_unit_test(reference_sites),
        cmocka_unit_test(found_by_mac_in_any_case),
        cmocka_unit_test(addon_files_are_read_by_the_program),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(every_mistyping),
        cmocka_unit_test(too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
