/* SPDX-License-Identifier: Apache-2.0
 * seedctl explain: what a code means and what to do, offline. --page is docs/codes.md. */
#include "codes.h"
#include "commands.h"

#include "json.h"
#include <stdio.h>
#include <string.h>

static void print_code(const struct code_about *about) {
    printf("%s: %s\n\ncauses: %s\nremedy: %s\n", about->name, about->title, about->causes, about->remedy);
}

static int explain_code(const char *name) {
    const char *names[CODES] = {NULL};
    enum code code = code_find(name);
    for (unsigned i = SR_NONE + 1; i < CODES; i++)
        names[i - 1] = code_name((enum code)i);
    if (code) {
        print_code(code_about(code));
        return 0;
    }
    const char *near = json_nearest(name, names);
    fprintf(stderr, "seedctl: explain: %s: no such code%s%s%s; seedctl explain --list has all of them, those of a newer agent are in its own docs/codes.md\n",
            name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return 1;
}

static int print_list(void) {
    for (unsigned i = SR_NONE + 1; i < CODES; i++)
        printf("%-22s %s\n", code_name((enum code)i), code_about((enum code)i)->title);
    return 0;
}

static int print_page(void) {
    puts("# Codes\n\n"
         "Every failure and every wait has a code that stays the same whatever the message says: on the machine's consoles and in its log in\n"
         "brackets, at the seed as `code` of the event (`seedctl status --json`, `seedctl logs`). `seedctl explain CODE` prints a section of this\n"
         "page. Made from lib/codes.def by `seedctl explain --page`; do not edit.");
    for (unsigned i = SR_NONE + 1; i < CODES; i++) {
        const struct code_about *about = code_about((enum code)i);
        printf("\n## %s\n\n%c%s.\n\n* Causes: %s\n* Remedy: %s\n", about->name, about->title[0] >= 'a' && about->title[0] <= 'z' ? about->title[0] - 32 : about->title[0],
               about->title + 1, about->causes, about->remedy);
    }
    return 0;
}

static int usage(FILE *to, int status) {
    fputs("usage: seedctl explain CODE | --list | --page\n\n"
          "CODE is what stands in brackets on a machine's console and in its log, such as SR-DHCP-NONE: what it means, what causes it, what to do.\n",
          to);
    return status;
}

int cmd_explain(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "--help"))
        return usage(stdout, 0);
    if (argc == 2 && !strcmp(argv[1], "--list"))
        return print_list();
    if (argc == 2 && !strcmp(argv[1], "--page"))
        return print_page();
    return argc == 2 && !strncmp(argv[1], "SR-", 3) ? explain_code(argv[1]) : usage(stderr, 2);
}
