/* SPDX-License-Identifier: Apache-2.0
 * What a retired machine's disk is without, on real folders in a mount namespace. kubeadm and runit are not there
 * (Makefile: --wrap). */
#include "apart.h"
#include "../../lib/test/testing.h"

#include "decide/paths.h"
#include "effects/child.h"
#include "effects/wipe.h"
#include "file.h"
#include "role.h"
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

int __wrap_service_down(const char *name, struct error *err);
int __wrap_service_down(const char *name, struct error *err) {
    (void)name;
    (void)err;
    return 0;
}
int __wrap_child_run(const char *const argv[], const struct child_options *options, struct buf *ret, struct error *err);
int __wrap_child_run(const char *const argv[], const struct child_options *options, struct buf *ret,
                     struct error *err) {
    (void)options;
    (void)ret;
    (void)err;
    return strcmp(argv[0], "kubeadm") != 0;
}

static const char *const gone[] = {REGISTRIES "/registry.example:5000/hosts.toml",
                                   NETWORK_PROVED,
                                   NETWORK_REFUSED,
                                   ROLE_FILE,
                                   "/etc/kubernetes/pki/ca.key",
                                   "/var/lib/etcd/member/wal/0.wal"};
static const char *const kept[] = {AGENT_STATE "/retired", "/var/lib/other/file"};

static int wipe_in_namespace(void) {
    static const char *const folders[] = {"/etc", "/var/lib", "/var/log", "/run"};
    struct role role = {0};
    struct error err = {0};
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return 77;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (mount("tmpfs", folders[i], "tmpfs", 0, NULL) < 0)
            return 77;
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
        if (file_write(gone[i], "x", 1, 0600, &err) < 0)
            return 1;
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (file_write(kept[i], "x", 1, 0600, &err) < 0)
            return 1;
    if (file_mkdirs("/var/lib/kubelet", 0755, &err) < 0 || wipe_machine(&role, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
        if (access(gone[i], F_OK) == 0) {
            fprintf(stderr, "%s is still there\n", gone[i]);
            return 3;
        }
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (access(kept[i], F_OK) < 0)
            return 4;
    return 0;
}

static void a_wiped_machine_has_no_login_and_no_network(void **state) {
    (void)state;
    assert_apart(wipe_in_namespace);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wiped_machine_has_no_login_and_no_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
