/* SPDX-License-Identifier: Apache-2.0
 * See commands.h. Configuration and flags are judged by the real kubeadm, the rest takes a fixed time and leaves files.
 */
#include "commands.h"
#include "daemon.h"
#include "install.h"
#include "preflight.h"
#include "real.h"
#include "token.h"

#include "file.h"
#include "role.h"
#include "effects/ca_hash.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    WORK_S = 2 /* stands for the minutes of the real one; long enough to pull the plug in it */,
    CONFIG_MAXIMUM = 1 << 18
};

static int config_of(const struct call *call, const char **ret, struct error *err) {
    const char *config = NULL;
    for (int i = 1; i < call->argc; i++) {
        if (!strncmp(call->argv[i], "--config=", 9))
            config = call->argv[i] + 9;
        else if (!strcmp(call->argv[i], "--config") && i + 1 < call->argc)
            config = call->argv[i + 1];
    }
    if (config) {
        *ret = config;
        return 0;
    }
    error_set(err, EINVAL, "the test double needs --config FILE");
    return error_remedy(err, "see kubeadm --help");
}

static int read_role(const struct place *place, struct role **ret, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    char path[PATH_MAX];
    place_path(place, ROLE_FILE, path);
    return file_read(path, &text, err) < 0 ? -1 : role_parse(buf_text(&text), text.length, ret, err);
}

static void work(const char *what) {
    say("%s: %d s stand for its work; neither kubelet nor a static pod is started", what, WORK_S);
    nanosleep(&(struct timespec){.tv_sec = WORK_S}, NULL);
}

/* Certificates, then the work, then what says that it ended well. */
static int become_member(struct call *call, const char *what, bool master, struct error *err) {
    cleanup_role struct role *role = NULL;
    const struct place *place = &call->place;
    if (read_role(place, &role, err) < 0 || daemon_stop(place, err) < 0 || install_pki(place, master, err) < 0)
        return -1;
    work(what);
    if ((master && daemon_start(place, err) < 0) || install_rest(place, role->hostname, master, err) < 0)
        return -1;
    if (master)
        say("`fake-kubeadm serve` answers for etcd and the API server on ports 2379 and 6443");
    say("%s of `%s` ended well; no cluster was made", what, role->hostname);
    return 0;
}

/* As the real kubeadm does when it reaches no API server. */
static int need_admin_conf(const struct call *call, struct error *err) {
    if (place_has(&call->place, ADMIN_CONF))
        return 0;
    return error_set(err, ENOENT, "failed to load admin kubeconfig: open %s: no such file or directory", ADMIN_CONF);
}

static int upload_certs(struct call *call, const char *config, struct error *err) {
    if (call->argc < 4 || strcmp(call->argv[3], "upload-certs") != 0)
        return error_set(err, EINVAL, "the test double knows no phase of init but upload-certs");
    if (need_admin_conf(call, err) < 0 || real_accepts_init(call, config, err) < 0)
        return -1;
    say("upload-certs: nothing is uploaded, every master has the same certificates in its layer");
    return 0;
}

int command_init(struct call *call, struct error *err) {
    const char *config;
    if (real_accepts_flags(call, err) < 0 || config_of(call, &config, err) < 0)
        return -1;
    if (call->argc > 2 && !strcmp(call->argv[2], "phase"))
        return upload_certs(call, config, err);
    if (real_accepts_init(call, config, err) < 0 || preflight_run(call, PREFLIGHT_INIT, err) < 0)
        return -1;
    return become_member(call, "kubeadm init", true, err);
}

static bool has_line(const char *text, const char *start) {
    for (const char *at = text; (at = strstr(at, start)); at++)
        if (at == text || at[-1] == '\n')
            return true;
    return false;
}

/* The real one compares with the CA that cluster-info shows (cmd/kubeadm/app/discovery/token). */
static int pinned(const struct place *place, const char *config, struct error *err) {
    char path[PATH_MAX], hash[CA_HASH_SIZE];
    place_path(place, PKI_SOURCE "/ca.crt", path);
    if (ca_hash_of_file(path, hash, err) < 0)
        return -1;
    if (strstr(config, hash) || strstr(config, "unsafeSkipCAVerification: true"))
        return 0;
    error_set(err, EPERM, "none of the public keys \"%s\" are pinned", hash);
    return error_wrap(err, "error execution phase preflight: cluster CA found in cluster-info ConfigMap is invalid");
}

int command_join(struct call *call, struct error *err) {
    const char *config;
    cleanup_buf struct buf text = BUF_INIT(CONFIG_MAXIMUM);
    if (real_accepts_flags(call, err) < 0 || config_of(call, &config, err) < 0 ||
        real_accepts_join(call, config, err) < 0 || file_read(config, &text, err) < 0)
        return -1;
    if (!has_line(buf_text(&text), "kind: JoinConfiguration")) /* `config migrate` takes any kind */
        return error_set(err, EINVAL, "no JoinConfiguration found in the supplied config");
    bool master = has_line(buf_text(&text), "controlPlane:");
    int result = preflight_run(call, PREFLIGHT_JOIN | (master ? PREFLIGHT_JOIN_MASTER : PREFLIGHT_JOIN_WORKER), err);
    if (result == 0)
        result = pinned(&call->place, buf_text(&text), err);
    explicit_bzero(text.data, text.length);
    return result < 0 ? -1 : become_member(call, "kubeadm join", master, err);
}

int command_token(struct call *call, struct error *err) {
    const char *description = "";
    char token[TOKEN_SIZE];
    if (call->argc < 3 || strcmp(call->argv[2], "create") != 0)
        return error_set(err, EINVAL, "the test double knows no command of token but create");
    for (int i = 3; i + 1 < call->argc; i++)
        if (!strcmp(call->argv[i], "--description"))
            description = call->argv[i + 1];
    if (real_accepts_flags(call, err) < 0 || need_admin_conf(call, err) < 0 ||
        token_create(&call->place, description, token, err) < 0)
        return -1;
    say("a token that any other test double takes, and no API server");
    puts(token);
    explicit_bzero(token, sizeof(token));
    return 0;
}

int command_reset(struct call *call, struct error *err) {
    if (real_accepts_flags(call, err) < 0 || daemon_stop(&call->place, err) < 0 ||
        install_remove(&call->place, err) < 0)
        return -1;
    say("reset: kubeadm's files are removed; no container is looked at");
    return 0;
}
