/* SPDX-License-Identifier: Apache-2.0
 * See firewall.h. */
#include "firewall.h"
#include "child.h"

#include "buf.h"
#include "cleanup.h"
#include <stdio.h>
#include <string.h>

#define WAIT_S "10" /* kube-proxy holds the xtables lock for short times */

static int enters(const char *how, const char *chain, unsigned protocol, struct error *err) {
    char number[16];
    snprintf(number, sizeof(number), "%u", protocol);
    const char *const argv[] = {"iptables", "-w", WAIT_S, how, "INPUT", "-p", number, "-j", chain, NULL};
    return child_run(argv, &(struct child_options){0}, NULL, err);
}

/* The text from the first `-A` on, with its last line. */
static const char *appended(const char *rules) {
    const char *at = strstr(rules, "\n-A ");
    return at ? at + 1 : "";
}

bool firewall_has(const char *rules, const char *chain, unsigned protocol) {
    const char *const argv[] = {"iptables", "-w", WAIT_S, "-S", chain, NULL};
    const char *wanted = appended(rules), *commit = strstr(wanted, "COMMIT\n");
    cleanup_buf struct buf found = BUF_INIT(64 * 1024);
    struct error none;
    if (child_run(argv, &(struct child_options){0}, &found, &none) < 0) /* no such chain yet */
        return false;
    const char *has = appended(buf_text(&found));
    size_t length = commit ? (size_t)(commit - wanted) : strlen(wanted);
    return strlen(has) == length && !memcmp(has, wanted, length) && enters("-C", chain, protocol, &none) == 0;
}

int firewall_apply(const char *rules, const char *chain, unsigned protocol, struct error *err) {
    const char *const argv[] = {"iptables-restore", "-w", WAIT_S, "--noflush", NULL};
    struct error none;
    if (child_run(argv, &(struct child_options){.input = rules}, NULL, err) < 0 ||
        (enters("-C", chain, protocol, &none) < 0 && enters("-I", chain, protocol, err) < 0)) {
        error_wrap(err, "firewall chain %s", chain);
        error_code(err, SR_FIREWALL);
        return error_remedy(err, "iptables and the kernel's filter table are needed; see `iptables -S`");
    }
    return 0;
}
