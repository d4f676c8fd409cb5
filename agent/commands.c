/* SPDX-License-Identifier: Apache-2.0
 * See commands.h. */
#include "commands.h"
#include "agent.h"
#include "decide/paths.h"
#include "effects/block.h"
#include "effects/http.h"
#include "effects/journal_file.h"
#include "effects/pace.h"
#include "seed/facts.h"
#include "storage/fetch.h"
#include "seed/passwords.h"
#include "steps.h"
#include "steps/rows.h"
#include "world/world.h"

#include "file.h"
#include "log.h"
#include "version.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail_with(const struct error *err) {
    error_report(err, "seed-agent");
    return 1;
}

static int misuse(const char *text) {
    fprintf(stderr, "seed-agent: %s; see seed-agent --help\n", text);
    return 2;
}

/* The seed's address, as DHCP told an earlier process. */
static void read_discovered(struct agent *agent) {
    cleanup_buf struct buf text = BUF_INIT(sizeof(agent->seed.url));
    struct error none;
    if (file_read(AGENT_STATE "/seed", &text, &none) == 0 && text.length < sizeof(agent->seed.url))
        snprintf(agent->seed.url, sizeof(agent->seed.url), "%s", buf_text(&text));
}

/* --cmdline FILE, or the kernel's own. */
static int prepare_agent(int argc, char **argv, struct agent *ret, struct error *err) {
    const char *path = "/proc/cmdline";
    cleanup_buf struct buf text = BUF_INIT(65536);
    struct cmdline cmdline;
    if (argc == 3 && !strcmp(argv[1], "--cmdline"))
        path = argv[2];
    if (file_read(path, &text, err) < 0 || cmdline_parse(buf_text(&text), &cmdline, err) < 0)
        return error_code(err, SR_CMDLINE);
    ret->cmdline = cmdline;
    ret->initramfs = access("/etc/initrd-release", F_OK) == 0; /* os-release(5) */
    snprintf(ret->seed.mac, sizeof(ret->seed.mac), "%s", cmdline.mac);
    snprintf(ret->seed.url, sizeof(ret->seed.url), "%s", cmdline.seed);
    snprintf(ret->seed.pin, sizeof(ret->seed.pin), "%s", cmdline.ca);
    ret->seed.generation = cmdline.generation;
    ret->seed.initramfs = ret->initramfs;
    if (!ret->seed.url[0])
        read_discovered(ret);
    if (!ret->seed.url[0] && !ret->initramfs) {
        error_fail(err, SR_CMDLINE, EDESTADDRREQ, "kernel command line: seedrack.seed: missing");
        return error_remedy(err, "boot with seedrack.seed=http://ADDRESS:8080");
    }
    signal(SIGPIPE, SIG_IGN);
    return http_init(err);
}

static bool arguments_ok(int argc, char **argv) {
    return argc == 1 || (argc == 3 && !strcmp(argv[1], "--cmdline"));
}

/* Only a person can decide about a damaged journal. Nothing starts until somebody repaired or removed it; then the
 * machine goes on by itself. */
static void await_journal(struct agent *agent) {
    enum { PAUSE_S = 10 };
    struct error err = {0};
    while (journal_load(AGENT_JOURNAL, &agent->journal, &err) < 0) {
        error_code(&err, SR_JOURNAL);
        log_error("%s; %s [%s]", err.message, err.remedy, code_name(err.code));
        events_show(agent, &(struct event){.step = "journal", .state = "failed", .code = err.code}, &err);
        sleep(PAUSE_S);
    }
}

int cmd_run(int argc, char **argv) {
    struct agent agent = {.world = &world_real};
    struct error err = {0};
    if (!arguments_ok(argc, argv))
        return misuse("run takes only --cmdline FILE");
    log_set("seed-agent", LOG_INFO);
    agent.console = console_start();
    if (file_mkdirs(AGENT_STATE, 0700, &err) < 0 || file_mkdirs(AGENT_RUN, 0700, &err) < 0 ||
        prepare_agent(argc, argv, &agent, &err) < 0) {
        events_show(&agent, &(struct event){.step = "start", .state = "failed", .code = err.code}, &err);
        console_stop(&agent.console);
        return fail_with(&err);
    }
    pace_note();
    await_journal(&agent);
    int result = steps_run(&agent, &err);
    console_stop(&agent.console);
    return result < 0 ? fail_with(&err) : 0;
}

int cmd_plan(int argc, char **argv) {
    struct agent agent = {.world = &world_real};
    struct error err = {0}, no_role;
    cleanup_buf struct buf text = BUF_INIT(65536);
    cleanup_buf struct buf why = BUF_INIT(1024);
    if (!arguments_ok(argc, argv))
        return misuse("plan takes only --cmdline FILE");
    log_set("seed-agent", LOG_ERROR);
    agent.seed.looks_only = true;
    if (prepare_agent(argc, argv, &agent, &err) < 0 || journal_load(AGENT_JOURNAL, &agent.journal, &err) < 0)
        return fail_with(&err);
    if (claim_done(&agent, &why, &err) == 1 && role_observe(&agent, &no_role) < 0)
        fprintf(stderr, "seed-agent: %s\n", no_role.message);
    if (steps_plan(&agent, &text, &err) < 0)
        return fail_with(&err);
    fputs(buf_text(&text), stdout);
    return 0;
}

int cmd_facts(int argc, char **argv) {
    (void)argv;
    struct facts facts;
    cleanup_block_list struct block_list list = {0};
    struct error err = {0};
    cleanup_buf struct buf text = BUF_INIT(4 << 20); /* some thousand disks */
    if (argc != 1)
        return misuse("facts takes no arguments");
    if (facts_observe(&facts, &err) < 0 || block_scan(&list, &err) < 0 ||
        facts_print(&facts, list.disks, list.n, &text, &err) < 0)
        return fail_with(&err);
    fputs(buf_text(&text), stdout);
    return 0;
}

int cmd_render(int argc, char **argv) {
    struct error err = {0};
    cleanup_role struct role *role = NULL;
    cleanup_buf struct buf text = BUF_INIT(1 << 20), output = BUF_INIT(1 << 20);
    const char *passwords = argc == 6 && !strcmp(argv[3], "--passwords") ? argv[4] : NULL, *what = argv[argc - 1];
    if ((argc != 4 && !passwords) || strcmp(argv[1], "--role") != 0)
        return misuse("render needs --role FILE [--passwords FILE] WHAT");
    const struct render *entry = render_find(what);
    if (!entry) {
        fprintf(stderr, "seed-agent: render: `%s`: no such document; there are:", what);
        for (const struct render *known = renders; known->name; known++)
            fprintf(stderr, " %s", known->name);
        fputc('\n', stderr);
        return 2;
    }
    if (file_read(argv[2], &text, &err) < 0 || role_parse(buf_text(&text), text.length, &role, &err) < 0)
        return error_wrap(&err, "%s", argv[2]), fail_with(&err);
    struct render_facts facts = {.interface = role->interface};
    if (passwords && passwords_read(passwords, &facts.passwords, &err) < 0)
        return fail_with(&err);
    if (entry->render(role, &facts, &output, &err) < 0)
        return error_wrap(&err, "render %s", what), fail_with(&err);
    fputs(buf_text(&output), stdout);
    return 0;
}

int cmd_fetch(int argc, char **argv) {
    static const char *const names[] = {"--seed", "--sha256", "--size", "--folder"};
    const char *values[4] = {NULL};
    struct error err = {0};
    char *end = NULL;
    for (int i = 1; i + 1 < argc; i += 2)
        for (size_t k = 0; k < 4; k++)
            if (!strcmp(argv[i], names[k]))
                values[k] = argv[i + 1];
    struct role_layer layer = {
        .name = "fetched", .sha256 = values[1], .size = values[2] ? strtoull(values[2], &end, 10) : 0};
    if (argc != 9 || !values[0] || !values[1] || !values[3] || strlen(values[1]) != 64 || layer.size == 0 || *end)
        return misuse("fetch needs --seed URL --sha256 HEX --size BYTES --folder FOLDER");
    struct fetch fetch = {.layer = &layer, .seed = values[0], .folder = values[3]};
    log_set("seed-agent", LOG_INFO);
    return http_init(&err) < 0 || fetch_layer(&fetch, &err) < 0 ? fail_with(&err) : 0;
}

int cmd_words(int argc, char **argv) {
    (void)argv;
    if (argc != 1)
        return misuse("words takes no arguments");
    for (size_t i = 0; cmdline_word(i); i++)
        puts(cmdline_word(i));
    return 0;
}

int cmd_version(int argc, char **argv) {
    (void)argc;
    (void)argv;
    printf("seed-agent %s\n", version_text());
    return 0;
}
