/* SPDX-License-Identifier: Apache-2.0
 * cmdline_parse(): a kernel command line; what was read, written as words again, is read as the same.
 * cmdline_look_up(): the same bytes as a boot medium's table. */
#include "decide/cmdline.h"
#include "fuzz.h"

static void add(struct buf *line, const char *key, const char *value) {
    if (value[0])
        buf_addf(line, " seedrack.%s=%s", key, value);
}

static void check(const struct cmdline *boot) {
    cleanup_buf struct buf line = BUF_INIT(4096);
    struct cmdline again;
    struct error err = {0};
    for (const char *c = boot->seed; *c; c++) /* it goes into URLs and logs */
        demand(*c > 0x20 && *c < 0x7f);
    add(&line, "seed", boot->seed);
    add(&line, "site", boot->site);
    add(&line, "mac", boot->mac);
    add(&line, "address", boot->address);
    add(&line, "gateway", boot->gateway);
    if (boot->vlan)
        buf_addf(&line, " seedrack.vlan=%u", boot->vlan);
    for (size_t i = 0; i < boot->bond.n; i++)
        buf_addf(&line, "%s%s", i ? "," : " seedrack.bond=", boot->bond.cards[i]);
    buf_addf(&line, " seedrack.bond_mode=%s,%s,%s", bond_mode_names[boot->bond.mode], bond_rate_names[boot->bond.fast],
             bond_policy_names[boot->bond.policy]);
    if (boot->slot)
        buf_addf(&line, " seedrack.slot=%c", boot->slot);
    buf_addf(&line, "%s%s", boot->offline ? " seedrack.offline" : "", boot->shell ? " seedrack.shell" : "");
    if (cmdline_parse(buf_text(&line), &again, &err) < 0) {
        fprintf(stderr, "%s: %s\n", buf_text(&line), err.message);
        demand(!"what was read is read again");
    }
    demand(!strcmp(again.seed, boot->seed) && !strcmp(again.site, boot->site) && !strcmp(again.mac, boot->mac));
    demand(!strcmp(again.address, boot->address) && !strcmp(again.gateway, boot->gateway) && again.vlan == boot->vlan);
    demand(again.bond.mode == boot->bond.mode && again.bond.fast == boot->bond.fast &&
           again.bond.policy == boot->bond.policy);
    demand(again.bond.n == boot->bond.n && again.slot == boot->slot && again.offline == boot->offline &&
           again.shell == boot->shell);
}

/* Only bond and VLAN come from the table. */
static void look_up(const char *table) {
    struct cmdline boot = {0};
    struct error err = {0};
    int found = cmdline_look_up(table, "52:54:00:aa:00:01", &boot, &err);
    if (found < 0)
        fuzz_error(&err);
    demand(boot.vlan <= NETWORK_VLAN_MAX && boot.bond.n <= NETWORK_CARDS_MAX && !boot.seed[0] && !boot.mac[0]);
    demand(found == 1 || (!boot.vlan && !boot.bond.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cmdline boot;
    struct error err = {0};
    char *text = fuzz_text(data, size);
    if (cmdline_parse(text, &boot, &err) == 0)
        check(&boot);
    else
        fuzz_error(&err);
    look_up(text);
    free(text);
    return 0;
}
