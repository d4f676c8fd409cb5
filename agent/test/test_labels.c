/* SPDX-License-Identifier: Apache-2.0
 * Labels and taints of a Node: what the site gives, what it gives no more, and what others gave.
 */
#include "test/testing.h"

#include "decide/node_marks.h"
#include "json.h"
#include <string.h>

#define NODE(labels, taints, annotations)                                                                              \
    "{\"metadata\":{\"name\":\"k8s-n1\",\"resourceVersion\":\"77\",\"labels\":{" labels                                \
    "},\"annotations\":{" annotations "}},\"spec\":{\"taints\":[" taints "]}}"
#define OURS(labels, taints) "\"seedrack/labels\":\"" labels "\",\"seedrack/taints\":\"" taints "\""
#define TAINT(key, value, effect) "{\"key\":\"" key "\"," value "\"effect\":\"" effect "\"}"
#define PATCH(labels, annotations, spec)                                                                               \
    "{\"metadata\":{\"labels\":{" labels "},\"annotations\":{" annotations "},\"resourceVersion\":\"77\"}" spec "}"

static void the_sites_word_is_the_last_and_nobody_elses_goes(void **state) {
    (void)state;
    static const struct {
        const char *node, *labels, *taints, *patch; /* patch NULL: nothing to do */
    } rows[] = {
        /* of a cluster that is older than this: it is written down who gave them */
        {NODE("\"disk\":\"ssd\",\"kubernetes.io/os\":\"linux\"", "", ""), "{\"disk\":\"ssd\"}", "null",
         PATCH("", OURS("disk", ""), "")},
        {NODE("\"disk\":\"ssd\"", "", OURS("disk", "")), "{\"disk\":\"ssd\"}", "null", NULL},
        {NODE("\"disk\":\"ssd\"", "", OURS("disk", "")), "{\"disk\":\"nvme\",\"rack\":\"\"}", "null",
         PATCH("\"disk\":\"nvme\",\"rack\":\"\"", "\"seedrack/labels\":\"disk rack\"", "")},
        {NODE("\"disk\":\"ssd\",\"disks\":\"2\"", "", OURS("disk", "")), "{}", "null",
         PATCH("\"disk\":null", "\"seedrack/labels\":\"\"", "")},
        {NODE("", TAINT("gpu", "\"value\":\"a=b\",", "NoSchedule"), ""), "{}", "[\"gpu=a=b:NoSchedule\"]",
         PATCH("", OURS("", "gpu=a=b:NoSchedule"), "")},
        {NODE("", TAINT("theirs", "", "NoExecute"), OURS("", "")), "{}", "[\"gpu=a100:NoSchedule\",\"own:NoExecute\"]",
         PATCH("", "\"seedrack/taints\":\"gpu=a100:NoSchedule own:NoExecute\"",
               ",\"spec\":{\"taints\":[" TAINT("theirs", "", "NoExecute") "," TAINT(
                   "gpu", "\"value\":\"a100\",", "NoSchedule") "," TAINT("own", "", "NoExecute") "]}")},
        {NODE("", TAINT("theirs", "", "NoExecute") "," TAINT("gpu", "\"value\":\"a100\",", "NoSchedule"),
              OURS("", "gpu=a100:NoSchedule")),
         "{}", "[]",
         PATCH("", "\"seedrack/taints\":\"\"", ",\"spec\":{\"taints\":[" TAINT("theirs", "", "NoExecute") "]}")},
        /* somebody gave it another value; and one without a value is the same with `=` */
        {NODE("", TAINT("gpu", "\"value\":\"b\",", "NoSchedule"), OURS("", "")), "{}", "[\"gpu=a:NoSchedule\"]",
         PATCH("", "\"seedrack/taints\":\"gpu=a:NoSchedule\"",
               ",\"spec\":{\"taints\":[" TAINT("gpu", "\"value\":\"a\",", "NoSchedule") "]}")},
        {NODE("", TAINT("gpu", "", "NoSchedule"), OURS("", "gpu:NoSchedule")), "{}", "[\"gpu=:NoSchedule\"]", NULL},
        {NODE("", "", OURS("", "")), "{}", "[\"gpu=:NoSchedule\"]",
         PATCH("", "\"seedrack/taints\":\"gpu:NoSchedule\"",
               ",\"spec\":{\"taints\":[" TAINT("gpu", "", "NoSchedule") "]}")},
        /* kubeadm's stays where the site says nothing */
        {NODE("", TAINT("node-role.kubernetes.io/control-plane", "", "NoSchedule"), OURS("", "")), "{}", "null", NULL},
        {"{\"metadata\":7,\"spec\":[]}", "{\"a\":5}", "[7]",
         "{\"metadata\":{\"labels\":{},\"annotations\":{" OURS("a", "") "},\"resourceVersion\":\"\"}}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_json cJSON *node = cJSON_Parse(rows[i].node), *labels = cJSON_Parse(rows[i].labels),
                           *taints = cJSON_Parse(rows[i].taints);
        assert_true(node && labels && taints);
        cleanup_json cJSON *patch = node_marks_patch(node, labels, taints);
        char *text = patch ? cJSON_PrintUnformatted(patch) : NULL;
        if (!rows[i].patch != !text || (text && strcmp(text, rows[i].patch) != 0))
            fail_msg("row %zu: %s, wanted %s", i, text ? text : "nothing", rows[i].patch ? rows[i].patch : "nothing");
        cJSON_free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_sites_word_is_the_last_and_nobody_elses_goes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
