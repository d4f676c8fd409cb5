/* SPDX-License-Identifier: Apache-2.0
 * The command lines of seedctl: options in any order, and what is refused and how; for every command of the table. */
#include "../../../lib/test/testing.h"

#include "ctl/command.h"
#include "ctl/commands.h"
#include "ctl/usage.h"
#include "buf.h"
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 48, TEXT_MAX = 8192 };

static const struct command sample = {
    .name = "sample",
    .operands = "HOSTNAME [SERIAL]",
    .help = "a command",
    .asks_seed = true,
    .options = {{.name = "follow", .letter = 'f', .help = "on", .offset = offsetof(struct arguments, follow)},
                {.name = "mode",
                 .letter = 'm',
                 .value = "dhcp|proxy",
                 .required = true,
                 .help = "which",
                 .offset = offsetof(struct arguments, mode)},
                {.name = "list", .instead = true, .help = "all", .offset = offsetof(struct arguments, list)}}};

static struct arguments got;
static struct error err;

/* Parses a line whose words have one space between them. */
static int parse(const struct command *command, const char *line) {
    static char text[1024];
    char *argv[WORDS_MAX + 1] = {"seedctl"};
    int argc = 1;
    snprintf(text, sizeof(text), "%s", line);
    for (char *at = text; *at && argc < WORDS_MAX;) {
        argv[argc++] = at;
        at += strcspn(at, " ");
        if (*at)
            *at++ = '\0';
    }
    err = (struct error){0};
    return command_parse(command, argc, argv, &got, &err);
}

static void assert_refused(const struct command *command, const char *line, const char *message, const char *remedy) {
    struct arguments before = got;
    if (parse(command, line) == 0)
        fail_msg("`%s` is taken", line);
    assert_string_equal(err.message, message);
    assert_string_equal(err.remedy, remedy);
    assert_memory_equal(&before, &got, sizeof(got));
}

static void assert_sample(const char *line) {
    if (parse(&sample, line) < 0)
        fail_msg("`%s`: %s", line, err.message);
    assert_ptr_equal(got.command, &sample);
    assert_true(got.follow);
    assert_string_equal(got.mode, "proxy");
    assert_string_equal(got.admin_socket, "s");
    assert_int_equal(got.n_operands, 2);
    assert_string_equal(got.operands[0], "n1");
    assert_string_equal(got.operands[1], "S1");
}

static void options_stand_anywhere(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_sample("-f --mode proxy --admin-socket s n1 S1");
        assert_sample("n1 S1 --admin-socket=s -m proxy --follow");
        assert_sample("n1 -fmproxy S1 --admin s");
        assert_sample("--mode=proxy --admin-socket s -f -- n1 S1");
        setenv("POSIXLY_CORRECT", "1", 1);
    }
    unsetenv("POSIXLY_CORRECT");
    assert_int_equal(parse(&sample, "--mode dhcp -- -n1"), 0);
    assert_string_equal(got.operands[0], "-n1");
    assert_int_equal(parse(&sample, "--list --mode dhcp"), 0);
    assert_int_equal(parse(&sample, "--help"), 0);
    assert_true(got.help);
    assert_int_equal(parse(&sample, "a -h b c d"), 0);
    assert_true(got.help);
}

static void what_is_wrong_is_named(void **state) {
    (void)state;
    const char *see = "see seedctl sample --help";
    assert_int_equal(parse(&sample, "--mode dhcp n1"), 0);
    assert_refused(&sample, "n1 --mdoe dhcp", "`--mdoe`: no such option", "did you mean --mode?");
    assert_refused(&sample, "n1 --zzzzzz", "`--zzzzzz`: no such option", see);
    assert_refused(&sample, "n1 -fz", "`-z`: no such option", see);
    assert_refused(&sample, "n1 --follow=1 --mode dhcp", "`--follow=1`: --follow takes no value", see);
    assert_refused(&sample, "n1 --mode", "--mode needs a value: dhcp|proxy", see);
    assert_refused(&sample, "n1 -m", "--mode needs a value: dhcp|proxy", see);
    assert_refused(&sample, "n1 --mode d", "--mode `d` is not valid; expected dhcp|proxy", see);
    assert_refused(&sample, "n1 --mode dhcp|proxy", "--mode `dhcp|proxy` is not valid; expected dhcp|proxy", see);
    assert_refused(&sample, "n1", "--mode is missing", see);
    assert_refused(&sample, "--mode dhcp", "HOSTNAME is missing", see);
    assert_refused(&sample, "--mode dhcp --mode dhcp n1", "--mode is given twice", see);
    assert_refused(&sample, "--mode dhcp -f -f n1", "--follow is given twice", see);
    assert_refused(&sample, "--mode dhcp a b c", "`c` is one argument too many", see);
    assert_refused(&sample, "--mode dhcp --list a", "`a` is one argument too many beside --list", see);
    assert_refused(&sample, "--mode dhcp a --seed u --admin-socket s", "--seed and --admin-socket: only one of them",
                   see);
    assert_refused(commands_find("explain"), "--page --list", "--list and --page: only one of them",
                   "see seedctl explain --help");
    assert_refused(commands_find("rollout"), "go", "`go` is not valid; expected start|status|pause|resume|abort|force",
                   "see seedctl rollout --help");
    assert_refused(commands_find("completion"), "tcsh", "`tcsh` is not valid; expected bash|zsh|fish",
                   "see seedctl completion --help");
}

static void the_last_word_may_stand_for_many(void **state) {
    (void)state;
    const struct command *rollout = commands_find("rollout");
    struct arguments arguments;
    char *words[] = {"seedctl", "start", "k8s-m1", "status", "k8s-n1"};
    assert_int_equal(command_parse(rollout, 5, words, &arguments, &err), 0);
    assert_int_equal(arguments.n_operands, 4);
    assert_string_equal(arguments.operands[3], "k8s-n1");
}

static void as_many_as_there_is_room_for(void **state) {
    (void)state;
    const struct command *plan = commands_find("plan");
    assert_refused(plan, "", "SITE... is missing", "see seedctl plan --help");
    assert_int_equal(parse(plan, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"), 0);
    assert_int_equal(got.n_operands, OPERANDS_MAX);
    assert_refused(plan, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "`17` is one argument too many",
                   "see seedctl plan --help");
}

/* Tested by themselves. `new` has a --seed of its own. */
static bool is_shared(const struct command *command, const struct command_option *option) {
    return !strcmp(option->name, "help") || (!strcmp(option->name, "seed") && command->asks_seed);
}

/* What a command needs at least, and a value for each option that it has; `turn` puts the options at another place. */
static void line_of(const struct command *command, int turn, char *ret, size_t size) {
    const struct command_option *option;
    char options[512] = "", operands[512] = "";
    size_t at = 0;
    int length;
    for (size_t i = 0; (option = command_option(command, i)); i++) {
        if (is_shared(command, option) || option->instead)
            continue;
        int n = option->value ? (int)strcspn(option->value, "|") : 0;
        at += (size_t)snprintf(options + at, sizeof(options) - at, "--%s %.*s%s", option->name, n,
                               option->value ? option->value : "", n ? " " : "");
    }
    at = 0;
    for (size_t n = 0; n < 3; n++) {
        const char *word = command_operand(command, n, &length);
        at += (size_t)snprintf(operands + at, sizeof(operands) - at, "%.*s%s", length ? (int)strcspn(word, "| ") : 0,
                               word, length ? " " : "");
    }
    snprintf(ret, size, "%s%s", turn ? operands : options, turn ? options : operands);
}

static void every_command_takes_its_options_before_and_after(void **state) {
    (void)state;
    for (size_t i = 0; i < n_commands; i++) {
        struct arguments first;
        char line[1024];
        for (int turn = 0; turn < 2; turn++) {
            line_of(&commands[i], turn, line, sizeof(line));
            if (parse(&commands[i], line) < 0)
                fail_msg("%s %s: %s", commands[i].name, line, err.message);
            assert_true(turn == 0 || first.n_operands == got.n_operands);
            const struct command_option *option;
            for (size_t j = 0; (option = command_option(&commands[i], j)); j++)
                if (!is_shared(&commands[i], option) && !option->instead)
                    assert_true(option->value ? *(const char **)((char *)&got + option->offset) != NULL
                                              : *(bool *)((char *)&got + option->offset));
            first = got;
        }
        assert_true(parse(&commands[i], "--no-such-thing-at-all") < 0);
        assert_int_equal(parse(&commands[i], "--help"), 0);
        assert_true(got.help);
    }
}

/* No two options of a command share a name, a letter or a place, and there is room for those that are shared. */
static void the_table_is_sound(void **state) {
    (void)state;
    for (size_t i = 0; i < n_commands; i++) {
        const struct command_option *one, *other;
        size_t n = 0;
        assert_ptr_equal(commands_find(commands[i].name), &commands[i]);
        for (; (one = command_option(&commands[i], n)); n++)
            for (size_t k = n + 1; (other = command_option(&commands[i], k)); k++) {
                assert_string_not_equal(one->name, other->name);
                assert_true(!one->letter || one->letter != other->letter);
                assert_int_not_equal(one->offset, other->offset);
            }
        assert_in_range(n, 1, OPTIONS_MAX);
        assert_true(!commands[i].notes || commands[i].notes[strlen(commands[i].notes) - 1] == '\n');
    }
}

static void help_has_every_option(void **state) {
    (void)state;
    for (size_t i = 0; i < n_commands; i++) {
        const struct command_option *option;
        char text[TEXT_MAX] = "", line[64];
        FILE *to = fmemopen(text, sizeof(text), "w");
        usage_print(&commands[i], to);
        fclose(to);
        for (size_t j = 0; (option = command_option(&commands[i], j)); j++) {
            snprintf(line, sizeof(line), "--%s%s%s", option->name, option->value ? " " : "",
                     option->value ? option->value : "");
            if (!strstr(text, line) || !strstr(text, option->help))
                fail_msg("%s: no %s in `%s`", commands[i].name, line, text);
        }
        assert_true(!strstr(text, "SEEDRACK_SEED") == !commands[i].asks_seed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_anywhere),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(the_last_word_may_stand_for_many),
        cmocka_unit_test(as_many_as_there_is_room_for),
        cmocka_unit_test(every_command_takes_its_options_before_and_after),
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(help_has_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
