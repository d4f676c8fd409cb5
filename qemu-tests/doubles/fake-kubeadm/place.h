/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm, a test double of kubeadm: its paths and its output. Every line that it prints says that it is a test
 * double. */
#pragma once
#include "error.h"
#include <limits.h>
#include <stdbool.h>

#define DOUBLE "fake-kubeadm (test double)"
#define PKI_SOURCE "/usr/share/fake-kubeadm/pki" /* made by make-pki on the host */
#define RUN "/run/fake-kubeadm"
#define TOKENS                                                                                                         \
    RUN "/tokens" /* one file a token: its name is the token's id, what is in it the description; the secret is not    \
                     kept */
#define ADMIN_CONF "/etc/kubernetes/admin.conf"
#define ROLE_FILE "/var/lib/seedrack/role.json"

struct place {
    const char *root; /* FAKE_KUBEADM_ROOT: before every path, for tests; else "" */
    const char *real; /* FAKE_KUBEADM_REAL, else /usr/bin/kubeadm */
};

/* One call of the program. */
struct call {
    struct place place;
    int argc;
    char **argv; /* argv[0] is the program, argv[1] the command */
    int status;  /* the exit status if the call fails */
};

struct place place_of_environment(void);
/* root + path; cut at PATH_MAX, which the kernel refuses anyway. */
void place_path(const struct place *place, const char *path, char ret[PATH_MAX]);
bool place_has(const struct place *place, const char *path);

/* One line on stderr: stdout is for what the real kubeadm's caller reads. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
