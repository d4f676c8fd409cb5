/* SPDX-License-Identifier: Apache-2.0
 * decide/links.c against a kernel in memory: each change is made there, until nothing is left to do. */
#include "worlds.h"

#include "decide/boot_words.h"
#include "decide/links.h"
#include <stdlib.h>

#define OWN "52:54:00:84:00:11"
#define SECOND "52:54:00:84:01:11"
#define THIRD "52:54:00:84:02:11"

static struct link links[16];
static struct address addresses[16];
static struct links_seen kernel = {.links = links, .addresses = addresses};
static struct role *role;
static int next_index;

static struct link *add_link(const char *name, const char *mac, enum link_kind kind) {
    struct link *link = &links[kernel.n_links++];
    *link = (struct link){.ifindex = ++next_index, .kind = kind, .mtu = 1500, .physical = true, .up = true};
    snprintf(link->name, sizeof(link->name), "%s", name);
    snprintf(link->mac, sizeof(link->mac), "%s", mac);
    snprintf(link->card, sizeof(link->card), "%s", mac);
    return link;
}

static struct link *at(int ifindex) {
    for (size_t i = 0; i < kernel.n_links; i++)
        if (links[i].ifindex == ifindex)
            return &links[i];
    return NULL;
}

static struct link *named(const char *name) {
    for (size_t i = 0; i < kernel.n_links; i++)
        if (!strcmp(links[i].name, name))
            return &links[i];
    return NULL;
}

/* Three cards; the first has the machine's address, as the initramfs and step 8 left it. */
static int start(void **state) {
    (void)state;
    kernel.n_links = kernel.n_addresses = 0;
    next_index = 0;
    role = role_at("configs/seven-nodes/site.json", "k8s-m1");
    add_link("eth0", OWN, LINK_CARD);
    add_link("eth1", SECOND, LINK_CARD);
    add_link("eth2", THIRD, LINK_CARD);
    addresses[kernel.n_addresses++] =
        (struct address){.ifindex = 1, .at = net_prefix_of(role->address.in, role->address.prefixlen), .ours = true};
    return 0;
}

static int end(void **state) {
    (void)state;
    role_free(role);
    return 0;
}

static void wants(const char *network) {
    struct error err = {0};
    if (role_network_parse(role, network, strlen(network), &role->network, &err) < 0)
        fail_msg("%s: %s", network, err.message);
}

static void drop_address(size_t i) {
    addresses[i] = addresses[--kernel.n_addresses];
}

/* The kernel removes with a link its addresses and the VLANs on it, and a bond's members are free. */
static void drop_link(int ifindex) {
    for (size_t i = kernel.n_addresses; i-- > 0;)
        if (addresses[i].ifindex == ifindex)
            drop_address(i);
    for (size_t i = 0; i < kernel.n_links; i++) {
        if (links[i].bond == ifindex) {
            links[i].bond = 0;
            links[i].physical = true;
            memcpy(links[i].mac, links[i].card, sizeof(links[i].mac));
        }
        if (links[i].kind == LINK_VLAN && links[i].parent == ifindex) {
            drop_link(links[i].ifindex);
            i = (size_t)-1;
        }
    }
    for (size_t i = 0; i < kernel.n_links; i++)
        if (links[i].ifindex == ifindex)
            links[i] = links[--kernel.n_links];
}

static void add_member(struct link *bond, struct link *card) {
    if (!bond->mac[0])
        memcpy(bond->mac, card->card, sizeof(bond->mac));
    memcpy(card->mac, bond->mac, sizeof(card->mac));
    card->bond = bond->ifindex;
    card->physical = false;
}

static void make(const struct links_change *change) {
    struct link *link = at(change->ifindex);
    switch (change->action) {
    case LINKS_MAKE_BOND:
        link = add_link(change->name, "", LINK_BOND);
        link->ours = true;
        link->how = *change->bond;
        link->up = false;
        break;
    case LINKS_MAKE_VLAN: {
        struct link *vlan = add_link(change->name, link->mac, LINK_VLAN);
        vlan->parent = change->ifindex;
        vlan->vlan = change->vlan;
        vlan->ours = true;
        break;
    }
    case LINKS_REMOVE:
        drop_link(change->ifindex);
        break;
    case LINKS_ADD_MEMBER:
        add_member(at(change->other), link);
        break;
    case LINKS_FREE_MEMBER:
        link->bond = 0;
        break;
    case LINKS_TUNE_BOND:
        link->how.policy = change->bond->policy;
        break;
    case LINKS_MARK:
        link->ours = true;
        break;
    case LINKS_RAISE:
        link->up = true;
        break;
    case LINKS_SET_MTU:
        link->mtu = change->mtu;
        link->ours = true;
        break;
    case LINKS_OWN_ARP:
        link->own_arp = true;
        break;
    case LINKS_GIVE_BACK:
        link->mtu = change->mtu;
        link->ours = link->own_arp = false;
        break;
    case LINKS_ADD_ADDRESS:
        addresses[kernel.n_addresses++] =
            (struct address){.ifindex = change->ifindex, .at = change->address, .ours = true};
        break;
    case LINKS_REMOVE_ADDRESS:
        for (size_t i = kernel.n_addresses; i-- > 0;)
            if (addresses[i].ifindex == change->ifindex && net_prefix_same_address(&addresses[i].at, &change->address))
                drop_address(i);
        break;
    default:
        fail_msg("%s %s", links_action_name(change->action), change->name);
    }
}

/* Step 8's other half: the machine's own address, where it is not. */
static void own_address(void) {
    struct address own = {.ifindex = links_own(role, links, kernel.n_links)->ifindex,
                          .at = net_prefix_of(role->address.in, role->address.prefixlen),
                          .ours = true};
    for (size_t i = 0; i < kernel.n_addresses; i++)
        if (addresses[i].ifindex == own.ifindex && net_prefix_same_address(&addresses[i].at, &own.at))
            return;
    addresses[kernel.n_addresses++] = own;
}

/* How many changes it took. */
static unsigned settle(void) {
    struct links_change change;
    unsigned n = 0;
    for (int round = 0; round < 2; round++, own_address())
        for (links_next(role, &kernel, &change); change.action != LINKS_AS_WANTED; n++) {
            assert_true(n < 64);
            make(&change);
            links_next(role, &kernel, &change);
        }
    links_next(role, &kernel, &change);
    assert_int_equal(change.action, LINKS_AS_WANTED);
    return n;
}

static bool holds(const char *link, const char *address) {
    struct prefix prefix;
    assert_true(net_prefix_parse(address, &prefix));
    for (size_t i = 0; i < kernel.n_addresses; i++)
        if (named(link) && addresses[i].ifindex == named(link)->ifindex &&
            net_prefix_same_address(&addresses[i].at, &prefix) && addresses[i].at.prefixlen == prefix.prefixlen)
            return true;
    return false;
}

static void a_document_without_networks_changes_nothing(void **state) {
    (void)state;
    assert_int_equal(settle(), 0);
    assert_true(holds("eth0", "172.22.132.11/24"));
}

/* What the initramfs made by hand-written words of the command line is the machine's link, and stays. */
static void what_the_initramfs_made_stays(void **state) {
    (void)state;
    struct link *vlan = add_link("eth0.5", OWN, LINK_VLAN);
    vlan->parent = 1;
    vlan->vlan = 5;
    addresses[0].ifindex = vlan->ifindex;
    assert_int_equal(settle(), 0);
    assert_string_equal(links_own(role, links, kernel.n_links)->name, "eth0.5");
}

static void further_links_come_and_go(void **state) {
    (void)state;
    wants("{\"addresses\":[\"fd00:84::11/64\",\"10.9.9.11/24\"],\"links\":[{\"name\":\"s\",\"mac\":\"" SECOND "\","
          "\"mtu\":9000,\"addresses\":[\"10.20.0.11/24\"]},{\"on\":\"s\",\"vlan\":30,\"mtu\":9000,\"addresses\":["
          "\"10.21.0.11/24\"]},{\"on\":\"uplink\",\"vlan\":40,\"addresses\":[\"10.22.0.11/24\"]}]}");
    settle();
    assert_true(holds("eth0", "172.22.132.11/24") && holds("eth0", "fd00:84::11/64") && holds("eth0", "10.9.9.11/24"));
    assert_true(holds("eth1", "10.20.0.11/24") && holds("eth1.30", "10.21.0.11/24") &&
                holds("eth0.40", "10.22.0.11/24"));
    assert_int_equal(named("eth1")->mtu, 9000);
    assert_int_equal(named("eth1.30")->mtu, 9000);
    assert_true(named("eth1")->own_arp && named("eth1.30")->own_arp && !named("eth0")->own_arp);
    assert_string_equal(links_own(role, links, kernel.n_links)->name, "eth0");
    assert_int_equal(settle(), 0);
    wants("{}");
    settle();
    assert_true(kernel.n_links == 3 && kernel.n_addresses == 1);
    assert_true(named("eth1")->mtu == 1500 && !named("eth1")->own_arp && !named("eth1")->ours);
}

static void the_own_link_becomes_a_bond_and_a_vlan_and_again_a_card(void **state) {
    (void)state;
    wants("{\"vlan\":20,\"mtu\":9000,\"bond\":{\"mode\":\"802.3ad\",\"cards\":[\"" SECOND "\",\"" OWN "\"]}}");
    settle();
    assert_string_equal(links_own(role, links, kernel.n_links)->name, "bond0.20");
    assert_true(holds("bond0.20", "172.22.132.11/24") && kernel.n_addresses == 1);
    assert_string_equal(named("bond0")->mac, OWN); /* whatever the order of its cards */
    assert_true(named("eth0")->bond == named("bond0")->ifindex && named("eth1")->bond == named("bond0")->ifindex);
    assert_true(named("bond0")->mtu == 9000 && named("bond0.20")->mtu == 9000 && named("bond0")->up);
    assert_int_equal(named("bond0")->how.mode, BOND_LACP);
    wants("{\"vlan\":21,\"bond\":{\"cards\":[\"" OWN "\",\"" THIRD "\"]}}"); /* another mode needs another bond */
    settle();
    assert_true(holds("bond0.21", "172.22.132.11/24") && !named("bond0.20") && kernel.n_addresses == 1);
    assert_int_equal(named("bond0")->how.mode, BOND_ACTIVE_BACKUP);
    assert_true(!named("eth1")->bond && named("eth2")->bond);
    wants("{}");
    settle();
    assert_true(holds("eth0", "172.22.132.11/24") && kernel.n_links == 3 && kernel.n_addresses == 1);
}

/* Bond and VLAN of the command line, as the site made it: adopted, and taken back when the document drops them. */
static void what_the_site_let_the_initramfs_make_is_adopted(void **state) {
    (void)state;
    struct link *bond = add_link("bond0", OWN, LINK_BOND);
    add_member(bond, named("eth0"));
    addresses[0].ifindex = bond->ifindex;
    wants("{\"bond\":{\"cards\":[\"" OWN "\",\"" SECOND "\"]}}");
    settle();
    assert_true(named("eth1")->bond == named("bond0")->ifindex && named("bond0")->ours);
    wants("{}");
    settle();
    assert_true(!named("bond0") && holds("eth0", "172.22.132.11/24"));
}

/* A machine that goes back to what the initramfs made: it is the machine's again, and stays without a word about it. */
static void what_the_initramfs_made_is_released(void **state) {
    (void)state;
    struct links_change change;
    unsigned n = 0;
    wants("{\"vlan\":5,\"mtu\":9000,\"bond\":{\"mode\":\"802.3ad\",\"cards\":[\"" OWN "\"]}}");
    settle();
    wants("{\"vlan\":5,\"bond\":{\"cards\":[\"" OWN "\"]}}");
    settle();
    for (links_release(role, &kernel, &change); change.action != LINKS_AS_WANTED; n++) {
        assert_true(n < 2);
        make(&change);
        links_release(role, &kernel, &change);
    }
    wants("{}");
    settle();
    assert_string_equal(links_own(role, links, kernel.n_links)->name, "bond0.5");
    assert_true(holds("bond0.5", "172.22.132.11/24") && named("bond0")->how.mode == BOND_ACTIVE_BACKUP);
    assert_true(named("bond0.5")->mtu == 1500 && named("bond0")->mtu == 1500);
}

static void a_missing_card_stops_only_its_own_link(void **state) {
    (void)state;
    wants("{\"links\":[{\"mac\":\"52:54:00:84:09:99\",\"addresses\":[\"10.20.0.11/24\"]},{\"bond\":{\"cards\":["
          "\"52:54:00:84:09:98\",\"" THIRD "\"]},\"addresses\":[\"10.21.0.11/24\"]}]}");
    settle();
    assert_string_equal(links_missing(role, &kernel)->mac, "52:54:00:84:09:99");
    assert_true(holds("bond1", "10.21.0.11/24")); /* of the one that is there */
    wants("{\"bond\":{\"cards\":[\"" OWN "\",\"52:54:00:84:09:98\"]}}");
    settle();
    assert_true(holds("bond0", "172.22.132.11/24"));
}

static void a_card_that_takes_less_keeps_its_mtu(void **state) {
    (void)state;
    named("eth1")->mtu = named("eth1")->max_mtu = 1450;
    wants("{\"links\":[{\"mac\":\"" SECOND "\",\"addresses\":[\"10.20.0.11/24\"]}]}");
    settle();
    assert_int_equal(named("eth1")->mtu, 1450);
    wants("{}");
    settle();
    assert_int_equal(named("eth1")->mtu, 1450);
}

static void long_names_do_not_become_one(void **state) {
    (void)state;
    snprintf(named("eth1")->name, sizeof(links[0].name), "enp129s0f0np0");
    snprintf(named("eth2")->name, sizeof(links[0].name), "enp129s0f0np1");
    wants("{\"links\":[{\"mac\":\"" SECOND "\",\"vlan\":30},{\"mac\":\"" THIRD "\",\"vlan\":30}]}");
    settle();
    assert_true(named("v2.30") && named("v3.30"));
}

static void a_bond_without_any_card_is_named(void **state) {
    (void)state;
    struct links_change change;
    wants("{\"bond\":{\"cards\":[\"" OWN "\"]}}");
    snprintf(named("eth0")->card, sizeof(links[0].card), "52:54:00:84:09:97");
    for (links_next(role, &kernel, &change); change.action == LINKS_MAKE_BOND; links_next(role, &kernel, &change))
        make(&change);
    assert_int_equal(change.action, LINKS_NO_CARD);
    assert_string_equal(change.name, OWN);
}

static void gateways_are_on_the_link_with_their_subnet(void **state) {
    (void)state;
    struct prefix far, near;
    wants("{\"links\":[{\"mac\":\"" SECOND "\",\"addresses\":[\"10.20.0.11/24\"]}]}");
    assert_true(net_prefix_parse_host("10.20.0.1", &far) && net_prefix_parse_host("172.22.132.1", &near));
    settle();
    assert_int_equal(links_of_gateway(role, &kernel, &far), named("eth1")->ifindex);
    assert_int_equal(links_of_gateway(role, &kernel, &near), named("eth0")->ifindex);
    snprintf(named("eth1")->card, sizeof(links[0].card), "52:54:00:84:09:97"); /* the card is not there */
    assert_int_equal(links_of_gateway(role, &kernel, &far), 0);
}

static void words_of(const char *cmdline, const char *network, bool stacked, const char *wanted) {
    cleanup_buf struct buf words = BUF_INIT(4096);
    struct error err = {0};
    wants(network);
    assert_int_equal(boot_words_render(cmdline, &role->network, OWN, stacked, true, &words, &err), 0);
    assert_string_equal(buf_text(&words), wanted);
}

static void the_disk_boots_with_the_link_that_the_machine_has(void **state) {
    (void)state;
    static const char old[] = "BOOT_IMAGE=/x initrd=initrd.img seedrack.vlan=5 seedrack.slot=a quiet\n";
    cleanup_buf struct buf words = BUF_INIT(4096);
    struct error err = {0};
    words_of(old, "{}", true, "seedrack.vlan=5 quiet ");
    words_of(old, "{}", false, "quiet ");
    words_of(old, "{\"vlan\":6}", true, "quiet seedrack.vlan=6 ");
    words_of("quiet", "{\"bond\":{\"mode\":\"802.3ad\",\"lacp_rate\":\"fast\",\"cards\":[\"" SECOND "\",\"" OWN "\"]}}",
             false, "quiet seedrack.bond=" OWN "," SECOND " seedrack.bond_mode=802.3ad,fast,layer3+4 ");
    buf_clear(&words); /* for the initramfs of the version before, the network is the LACP one still */
    assert_int_equal(boot_words_render("quiet", &role->network, OWN, false, false, &words, &err), 0);
    assert_string_equal(buf_text(&words), "quiet seedrack.bond=" OWN "," SECOND " ");
    assert_false(boot_words_have_mode(buf_text(&words)));
    wants("{}");
    buf_clear(&words);
    assert_int_equal(
        boot_words_render("seedrack.bond=x seedrack.bond_mode=y quiet", &role->network, OWN, true, false, &words, &err),
        0);
    assert_string_equal(buf_text(&words), "seedrack.bond=x quiet ");
    assert_int_equal(boot_words_render("a='b'", &role->network, OWN, false, true, &words, &err), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_document_without_networks_changes_nothing, start, end),
        cmocka_unit_test_setup_teardown(what_the_initramfs_made_stays, start, end),
        cmocka_unit_test_setup_teardown(further_links_come_and_go, start, end),
        cmocka_unit_test_setup_teardown(the_own_link_becomes_a_bond_and_a_vlan_and_again_a_card, start, end),
        cmocka_unit_test_setup_teardown(what_the_site_let_the_initramfs_make_is_adopted, start, end),
        cmocka_unit_test_setup_teardown(what_the_initramfs_made_is_released, start, end),
        cmocka_unit_test_setup_teardown(a_missing_card_stops_only_its_own_link, start, end),
        cmocka_unit_test_setup_teardown(a_card_that_takes_less_keeps_its_mtu, start, end),
        cmocka_unit_test_setup_teardown(long_names_do_not_become_one, start, end),
        cmocka_unit_test_setup_teardown(a_bond_without_any_card_is_named, start, end),
        cmocka_unit_test_setup_teardown(gateways_are_on_the_link_with_their_subnet, start, end),
        cmocka_unit_test_setup_teardown(the_disk_boots_with_the_link_that_the_machine_has, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
