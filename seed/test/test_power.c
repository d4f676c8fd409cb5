/* SPDX-License-Identifier: Apache-2.0
 * What may be done with the power of a machine (seed/site/power.c), what a BMC with Redfish says and is told
 * (seed/site/redfish.c), and that no machine gets a BMC's secret. */
#include "sites.h"

#include "site/power.h"
#include "site/redfish.h"
#include "site/secrets.h"
#include <errno.h>

#define GOOD "configs/corpus/site/good/"

static void defaults(void **state) {
    (void)state;
    cleanup_site struct site *site = site_from(GOOD "power.json");
    const struct site_power *ipmi = &site->nodes[0].power, *redfish = &site->nodes[1].power;
    assert_int_equal(ipmi->type, POWER_IPMI);
    assert_int_equal(ipmi->port, 623);
    assert_null(ipmi->certificate);
    assert_int_equal(redfish->type, POWER_REDFISH);
    assert_int_equal(redfish->port, 8443);
    assert_null(redfish->system);
    assert_int_equal(site->nodes[2].power.type, POWER_WOL);
    assert_null(site->nodes[2].power.address);
    cleanup_site struct site *others = site_from(GOOD "power-systems-of-one-bmc.json");
    assert_int_equal(others->nodes[0].power.port, 443);
    assert_int_equal(others->nodes[2].power.type, POWER_NONE);
    assert_true(power_is_same(&others->nodes[0].power, &others->nodes[0].power));
    assert_false(power_is_same(&others->nodes[0].power, &others->nodes[1].power));
    assert_false(power_is_same(&others->nodes[2].power, &others->nodes[2].power)); /* two without one */
}

/* Neither secret nor address nor user: nothing of `power` leaves the seed. */
static void no_machine_gets_it(void **state) {
    (void)state;
    cleanup_site struct site *site = site_from(GOOD "power.json");
    assert_true(site_powers_by_secret(site, "bmc"));
    assert_false(site_powers_by_secret(site, "backup-s3"));
    for (size_t i = 0; i < site->n_nodes; i++) {
        cleanup_buf struct buf json = BUF_INIT(1 << 20);
        site_role_text(site, site->nodes[i].hostname, &json);
        assert_true(json.length > 0);
        assert_false(site_uses_secret(site, &site->nodes[i], "bmc"));
        assert_null(strstr(buf_text(&json), "bmc"));
        assert_null(strstr(buf_text(&json), "power"));
        assert_null(strstr(buf_text(&json), "10.1.9.101"));
    }
    cleanup_site struct site *retired = site_from(GOOD "power-of-retired.json");
    assert_true(site_powers_by_secret(retired, "bmc"));
}

static void what_may_be_done(void **state) {
    (void)state;
    static const struct {
        enum power_type type;
        bool member, initialises, force;
        bool may[POWER_ACTS]; /* status, on, off, cycle, pxe-once */
    } rows[] = {
        {POWER_NONE, false, false, true, {false, false, false, false, false}},
        {POWER_WOL, false, false, true, {false, true, false, false, false}},
        {POWER_IPMI, false, false, false, {true, true, true, true, true}},
        {POWER_REDFISH, true, false, false, {true, true, false, false, true}},
        {POWER_IPMI, false, true, false, {true, true, false, false, true}},
        {POWER_IPMI, true, true, true, {true, true, true, true, true}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int act = 0; act < POWER_ACTS; act++) {
            const struct site_power power = {.type = rows[i].type};
            const struct power_facts facts = {"n1", &power, rows[i].member, rows[i].initialises, rows[i].force};
            struct error err = {0};
            assert_int_equal(power_may((enum power_act)act, &facts, &err), rows[i].may[act] ? 0 : -1);
            assert_int_equal(err.errnum != 0, !rows[i].may[act]);
            assert_true(rows[i].may[act] || (strstr(err.message, "n1") && err.remedy[0]));
        }
}

static int member_of(const char *text, const char *name, char path[REDFISH_PATH_SIZE], struct error *err) {
    *err = (struct error){0};
    return redfish_member(text, strlen(text), name, path, err);
}

static void members(void **state) {
    (void)state;
    static const char one[] = "{\"Members\":[{\"@odata.id\":\"/redfish/v1/Systems/1/\"}]}",
                      two[] = "{\"Members\":[{\"@odata.id\":\"/redfish/v1/Systems/A\"},"
                              "{\"@odata.id\":\"/redfish/v1/Systems/B\"}]}";
    static const char *const hostile[] = {"http://evil/",
                                          "/redfish/v1/../../etc",
                                          "/redfish/v1/Systems/a b",
                                          "/redfish/v1/Systems/\\\"\\nurl=x",
                                          "/etc",
                                          ""};
    char path[REDFISH_PATH_SIZE];
    struct error err;
    assert_int_equal(member_of(one, NULL, path, &err), 0);
    assert_string_equal(path, "/redfish/v1/Systems/1");
    assert_int_equal(member_of(two, "B", path, &err), 0);
    assert_string_equal(path, "/redfish/v1/Systems/B");
    assert_int_equal(member_of(two, NULL, path, &err), -1);
    assert_non_null(strstr(err.message, "has 2 members"));
    assert_int_equal(member_of(two, "C", path, &err), -1);
    assert_non_null(strstr(err.message, "no member `C`"));
    assert_int_equal(member_of("{}", NULL, path, &err), -1);
    assert_non_null(strstr(err.message, "has 0 members"));
    assert_int_equal(member_of("<html>", NULL, path, &err), -1);
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        char text[160];
        snprintf(text, sizeof(text), "{\"Members\":[{\"@odata.id\":\"%s\"}]}", hostile[i]);
        assert_int_equal(member_of(text, NULL, path, &err), -1);
        assert_non_null(strstr(err.message, "no path below /redfish/v1/"));
    }
}

static void order_of(const char *system, enum power_act act, const char *expected) {
    cleanup_buf struct buf body = BUF_INIT(256);
    struct redfish_system found;
    struct error err = {0};
    assert_int_equal(redfish_system(system, strlen(system), &found, &err), 0);
    assert_int_equal(redfish_order(&found, act, &body, &err), expected ? 0 : -1);
    assert_string_equal(buf_text(&body), expected ? expected : "");
    assert_int_equal(err.errnum, expected ? 0 : EOPNOTSUPP);
}

#define RESET(allowed)                                                                                                 \
    "{\"PowerState\":\"On\",\"Actions\":{\"#ComputerSystem.Reset\":{" allowed                                          \
    "\"target\":\"/redfish/v1/Systems/1/Actions/ComputerSystem.Reset\"}}}"
#define ALLOWED "\"ResetType@Redfish.AllowableValues\":"

static void orders(void **state) {
    (void)state;
    order_of(RESET(""), POWER_ON, "{\"ResetType\":\"On\"}");
    order_of(RESET(""), POWER_OFF, "{\"ResetType\":\"ForceOff\"}");
    order_of(RESET(""), POWER_CYCLE, "{\"ResetType\":\"ForceRestart\"}");
    order_of(RESET(ALLOWED "[\"On\",\"PowerCycle\"],"), POWER_CYCLE, "{\"ResetType\":\"PowerCycle\"}");
    order_of(RESET(ALLOWED "[\"On\",\"GracefulShutdown\",7],"), POWER_OFF, NULL); /* that is not for a seed to do */
    order_of(RESET(ALLOWED "[],"), POWER_ON, NULL);
    order_of("{\"PowerState\":\"Off\"}", POWER_ON, NULL); /* it has no such action */
    order_of("{}", POWER_PXE_ONCE,
             "{\"Boot\":{\"BootSourceOverrideEnabled\":\"Once\",\"BootSourceOverrideTarget\":\"Pxe\"}}");
}

static void systems(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum power_state power;
    } rows[] = {{"{\"PowerState\":\"On\"}", POWER_IS_ON},
                {"{\"PowerState\":\"Off\"}", POWER_IS_OFF},
                {"{\"PowerState\":\"PoweringOff\"}", POWER_IS_UNKNOWN},
                {"{\"PowerState\":null}", POWER_IS_UNKNOWN},
                {"[]", POWER_IS_UNKNOWN}};
    static const char elsewhere[] = "{\"Actions\":{\"#ComputerSystem.Reset\":{\"target\":\"https://evil/\"}}}";
    struct redfish_system system;
    struct error err = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(redfish_system(rows[i].text, strlen(rows[i].text), &system, &err), 0);
        assert_int_equal(system.power, rows[i].power);
    }
    assert_int_equal(redfish_system(elsewhere, strlen(elsewhere), &system, &err), -1);
    assert_int_equal(redfish_system("", 0, &system, &err), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),         cmocka_unit_test(no_machine_gets_it),
        cmocka_unit_test(what_may_be_done), cmocka_unit_test(members),
        cmocka_unit_test(orders),           cmocka_unit_test(systems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
