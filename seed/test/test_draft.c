/* SPDX-License-Identifier: Apache-2.0
 * The first site document: against a golden file, what the reader of sites makes of it, what contradicts itself, and
 * what is left to do. */
#include "sites.h"

#include "site/draft.h"
#include <stdlib.h>

#define GOLDEN "seed/test/golden/draft/site.json"
#define PIN "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char macs[][NET_MAC_SIZE] = {"52:54:00:84:00:11", "52:54:00:84:00:12", "52:54:00:84:00:13",
                                          "52:54:00:84:00:21", "52:54:00:84:00:22"};

static struct in_addr address(const char *text) {
    struct in_addr in = {0};
    assert_true(net_address_parse(text, &in));
    return in;
}

static struct cidr cidr(const char *text) {
    struct cidr ret = {0};
    assert_true(net_cidr_parse(text, &ret));
    return ret;
}

/* Three masters and two workers; the counting meets the gateway, a nameserver and another address of the seed's. */
static struct draft whole(void) {
    return (struct draft){.name = "rack7",
                          .release = "v1.37.2",
                          .seed = "http://172.22.132.1:8080",
                          .seed_ca = PIN,
                          .seed_address = address("172.22.132.1"),
                          .generation = 2,
                          .segment = cidr("172.22.132.1/24"),
                          .gateway = address("172.22.132.12"),
                          .nameservers = {address("172.22.132.14"), address("9.9.9.9")},
                          .n_nameservers = 2,
                          .taken = {address("172.22.132.1"), address("172.22.132.15")},
                          .n_taken = 2,
                          .vip = address("172.22.132.10"),
                          .pod_subnet = cidr("10.244.0.0/16"),
                          .service_subnet = cidr("10.96.0.0/12"),
                          .masters = 3,
                          .workers = 2,
                          .macs = macs,
                          .n_macs = 5};
}

static void render(const struct draft *draft, struct buf *ret) {
    struct error err = {0};
    if (draft_render(draft, ret, &err) < 0)
        fail_msg("%s; %s", err.message, err.remedy);
}

static struct site *site_of(const struct draft *draft, struct site_errors *errors) {
    cleanup_buf struct buf text = BUF_INIT(DRAFT_DOCUMENT_MAX);
    struct site *site = NULL;
    render(draft, &text);
    return site_parse(buf_text(&text), text.length, &site, errors) < 0 ? NULL : site;
}

static void the_document(void **state) {
    (void)state;
    cleanup_buf struct buf text = BUF_INIT(DRAFT_DOCUMENT_MAX), wanted = BUF_INIT(DRAFT_DOCUMENT_MAX);
    struct draft draft = whole();
    render(&draft, &text);
    source_read(GOLDEN, &wanted);
    if (strcmp(buf_text(&text), buf_text(&wanted)) != 0)
        fail_msg("%s differs:\n%s", GOLDEN, buf_text(&text));
}

/* Without the lines in each node the site would be the same: the draft counts as the reader of sites does. */
static void each_node_says_what_its_place_would(void **state) {
    (void)state;
    struct site_errors errors = {.n = 0};
    struct draft draft = whole();
    draft.n_macs = 0;
    draft.masters = SITE_NODES_MAX / 2;
    draft.workers = SITE_NODES_MAX / 2;
    draft.segment = cidr("172.22.132.1/20");
    draft.pod_subnet = cidr("10.16.0.0/12");
    cleanup_buf struct buf text = BUF_INIT(DRAFT_DOCUMENT_MAX);
    render(&draft, &text);
    cJSON *tree = cJSON_Parse(buf_text(&text)), *node;
    unsigned i = 0;
    char mac[32];
    cJSON_ArrayForEach(node, cJSON_GetObjectItem(tree, "nodes")) {
        snprintf(mac, sizeof(mac), "52:54:00:00:%02x:%02x", i >> 8 & 0xff, i & 0xff);
        i++;
        cJSON_SetValuestring(cJSON_GetObjectItem(node, "mac"), mac);
    }
    cleanup_site struct site *site = NULL, *bare = NULL;
    char *printed = cJSON_PrintUnformatted(tree);
    assert_int_equal(site_parse(printed, strlen(printed), &site, &errors), 0);
    free(printed);
    cJSON_ArrayForEach(node, cJSON_GetObjectItem(tree, "nodes")) {
        cJSON_DeleteItemFromObject(node, "pod_cidr");
        cJSON_DeleteItemFromObject(node, "vrrp_priority");
    }
    printed = cJSON_PrintUnformatted(tree);
    assert_int_equal(site_parse(printed, strlen(printed), &bare, &errors), 0);
    free(printed);
    cJSON_Delete(tree);
    assert_int_equal(site->n_nodes, SITE_NODES_MAX);
    for (i = 0; i < site->n_nodes; i++) {
        assert_string_equal(site->nodes[i].pod_cidr, bare->nodes[i].pod_cidr);
        assert_int_equal(site->nodes[i].vrrp_priority, bare->nodes[i].vrrp_priority);
    }
}

/* Each MAC that is not known is one error, which names the machine, and nothing else is wrong. */
static void a_mac_that_is_not_known_is_refused(void **state) {
    (void)state;
    struct site_errors errors = {.n = 0};
    struct draft draft = whole();
    draft.n_macs = 2;
    assert_null(site_of(&draft, &errors));
    assert_int_equal(errors.n, 3);
    assert_string_equal(errors.list[0].pointer, "/nodes/2/mac");
    assert_non_null(strstr(errors.list[0].cause, "MAC of m3"));
    assert_non_null(strstr(errors.list[2].cause, "MAC of w2"));
}

static void refused(const struct draft *draft, const char *message, const char *remedy) {
    cleanup_buf struct buf text = BUF_INIT(DRAFT_DOCUMENT_MAX);
    struct error err = {0};
    assert_int_equal(draft_render(draft, &text, &err), -1);
    if (strncmp(err.message, message, strlen(message)) != 0 || !strstr(err.remedy, remedy))
        fail_msg("`%s; %s` is not `%s`, `%s`", err.message, err.remedy, message, remedy);
    assert_int_equal(text.length, 0);
}

#define REFUSED(change, message, remedy)                                                                               \
    do {                                                                                                               \
        struct draft draft = whole();                                                                                  \
        change;                                                                                                        \
        refused(&draft, message, remedy);                                                                              \
    } while (0)

static void what_contradicts_itself(void **state) {
    (void)state;
    REFUSED(draft.vip = address("172.22.133.10"), "/vip/address: 172.22.133.10 is outside of 172.22.132.0/24", "--vip");
    REFUSED(draft.vip = address("172.22.132.255"), "/vip/address: 172.22.132.255 is the first or last", "--vip");
    REFUSED(draft.vip = address("172.22.132.1"), "/vip/address: 172.22.132.1 is the seed's", "--vip");
    REFUSED(draft.vip = address("172.22.132.12"), "/vip/address: 172.22.132.12 is the gateway's", "--vip");
    REFUSED(draft.vip = address("172.22.132.14"), "/vip/address: 172.22.132.14 is a nameserver's", "--vip");
    REFUSED(draft.vip = address("172.22.132.15"), "/vip/address: 172.22.132.15 is an address of this", "--vip");
    REFUSED(draft.vip = address("172.22.132.251"), "/nodes: 172.22.132.0/24 has 3 free addresses from 172.22.132.252",
            "--first");
    REFUSED(draft.first = address("172.22.131.9"), "/nodes: 172.22.131.9 is outside of 172.22.132.0/24", "--first");
    REFUSED(draft.segment.prefixlen = 31, "/nodes: the seed's link is in 172.22.132.0/31", "prefix length");
    REFUSED(draft.segment.prefixlen = 4, "/nodes: the seed's link is in 160.0.0.0/4", "prefix length");
    REFUSED(draft.pod_subnet = cidr("172.22.0.0/16"), "/cluster/pod_subnet: 172.22.0.0/16 overlaps", "--pod-subnet");
    REFUSED(draft.service_subnet = cidr("172.22.132.128/25"), "/cluster/service_subnet: 172.22.132.128/25 overlaps",
            "--service-subnet");
    REFUSED(draft.pod_subnet = cidr("10.96.0.0/16"), "/cluster/service_subnet: overlaps", "apart");
    REFUSED(draft.pod_subnet = cidr("10.0.0.0/22"), "/cluster/pod_subnet: 10.0.0.0/22 is too small", "--pod-subnet");
    REFUSED(draft.nameservers[1] = address("10.96.0.10"), "/network/nameservers/1: 10.96.0.10 is in the pod", "apart");
    REFUSED(draft.masters = 0, "/nodes: 0 masters", "at least one");
    REFUSED(draft.workers = SITE_NODES_MAX - 2, "/nodes: 3 masters and 510 workers", "512");
    REFUSED(draft.workers = 1, "/nodes: 5 MAC addresses for 4 machines", "--mac");
    REFUSED(draft.seed = "http://seed:8080"; draft.seed_address.s_addr = 0;
            draft.n_nameservers = 0, "/network/seed: `seed` is a name", "nameservers");
}

static void no_room(void **state) {
    (void)state;
    struct draft draft = whole();
    cleanup_buf struct buf small = BUF_INIT(100);
    struct error err = {0};
    assert_int_equal(draft_render(&draft, &small, &err), -1);
}

static void left(const struct draft *draft, const char *wanted) {
    cleanup_buf struct buf text = BUF_INIT(DRAFT_LEFT_MAX), pointers = BUF_INIT(DRAFT_LEFT_MAX);
    draft_left(draft, &text);
    assert_false(buf_failed(&text));
    for (const char *line = buf_text(&text); *line; line += strcspn(line, "\n") + 1) {
        assert_non_null(strchr(line, ';'));
        buf_addf(&pointers, "%.*s\n", (int)strcspn(line, ":"), line);
    }
    assert_string_equal(buf_text(&pointers), wanted);
}

static void what_is_left(void **state) {
    (void)state;
    struct draft draft = whole();
    left(&draft, "/vip, /nodes\n");
    draft.n_macs = 4;
    draft.n_nameservers = 0;
    left(&draft, "/nodes/4/mac\n/vip, /nodes\n/network/nameservers\n");
    draft.gateway.s_addr = 0;
    draft.seed_ca = NULL;
    draft.release_assumed = true;
    draft.masters = 4;
    draft.n_macs = 0;
    left(&draft, "/nodes/0/mac to /nodes/5/mac\n/vip, /nodes\n/network/gateway, /network/nameservers\n"
                 "/network/seed_ca\n/release\n/nodes\n");
}

/* VRRP has no router 0, and an address may end in it. */
static void the_router_id_is_the_last_number_of_the_vip(void **state) {
    (void)state;
    static const struct {
        const char *vip;
        unsigned id;
    } cases[] = {{"172.22.132.10", 10}, {"172.22.132.254", 254}, {"172.22.133.0", 255}, {"172.22.132.255", 255}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct site_errors errors = {.n = 0};
        struct draft draft = whole();
        draft.segment = cidr("172.22.132.1/20");
        draft.vip = address(cases[i].vip);
        cleanup_site struct site *site = site_of(&draft, &errors);
        assert_non_null(site);
        assert_int_equal(site->virtual_router_id, cases[i].id);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document),
        cmocka_unit_test(each_node_says_what_its_place_would),
        cmocka_unit_test(a_mac_that_is_not_known_is_refused),
        cmocka_unit_test(what_contradicts_itself),
        cmocka_unit_test(no_room),
        cmocka_unit_test(what_is_left),
        cmocka_unit_test(the_router_id_is_the_last_number_of_the_vip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
