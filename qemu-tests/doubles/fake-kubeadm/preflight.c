/* SPDX-License-Identifier: Apache-2.0
 * See preflight.h. */
#include "preflight.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MASTERS = PREFLIGHT_INIT | PREFLIGHT_JOIN_MASTER, PREFLIGHT_EXIT = 2 /* kubeadm's PreFlightExitCode */ };

static const struct check {
    const char *path;
    bool folder; /* may be there, empty */
    unsigned of;
} checks[] = {
    {"/etc/kubernetes/manifests/kube-apiserver.yaml", false, MASTERS},
    {"/etc/kubernetes/manifests/kube-controller-manager.yaml", false, MASTERS},
    {"/etc/kubernetes/manifests/kube-scheduler.yaml", false, MASTERS},
    {"/etc/kubernetes/manifests/etcd.yaml", false, MASTERS},
    {"/var/lib/etcd", true, MASTERS},
    {"/etc/kubernetes/manifests", true, PREFLIGHT_JOIN},
    {"/etc/kubernetes/kubelet.conf", false, PREFLIGHT_JOIN},
    {"/etc/kubernetes/bootstrap-kubelet.conf", false, PREFLIGHT_JOIN},
    {"/etc/kubernetes/pki/ca.crt", false, PREFLIGHT_JOIN_WORKER},
};

/* FileAvailable--etc-kubernetes-kubelet.conf */
static void name_of(const struct check *check, char ret[128]) {
    snprintf(ret, 128, "%sAvailable-%s", check->folder ? "Dir" : "File", check->path);
    for (char *c = ret; *c; c++)
        if (*c == '/')
            *c = '-';
}

static bool holds(const struct place *place, const struct check *check) {
    char path[PATH_MAX];
    if (!check->folder)
        return !place_has(place, check->path);
    place_path(place, check->path, path);
    DIR *folder = opendir(path);
    const struct dirent *entry;
    bool empty = true;
    while (folder && (entry = readdir(folder)))
        empty &= !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
    if (folder)
        closedir(folder);
    return empty;
}

static bool in_list(const char *list, const char *name) {
    for (size_t length; *list; list += length + (list[length] == ',')) {
        length = strcspn(list, ",");
        if ((length == 3 && !strncasecmp(list, "all", 3)) ||
            (length == strlen(name) && !strncasecmp(list, name, length)))
            return true;
    }
    return false;
}

static bool ignored(const struct call *call, const char *name) {
    static const char flag[] = "--ignore-preflight-errors";
    for (int i = 1; i < call->argc; i++) {
        if (strncmp(call->argv[i], flag, sizeof(flag) - 1) != 0)
            continue;
        const char *rest = call->argv[i] + sizeof(flag) - 1;
        if (in_list(*rest == '=' ? rest + 1 : i + 1 < call->argc ? call->argv[i + 1] : "", name))
            return true;
    }
    return false;
}

int preflight_run(struct call *call, unsigned of, struct error *err) {
    const struct check *failed = NULL;
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        char name[128];
        name_of(&checks[i], name);
        if (!(checks[i].of & of) || holds(&call->place, &checks[i]))
            continue;
        const char *problem = checks[i].folder ? "is not empty" : "already exists";
        say("[%s %s]: %s %s", ignored(call, name) ? "WARNING" : "ERROR", name, checks[i].path, problem);
        if (!failed && !ignored(call, name))
            failed = &checks[i];
    }
    if (!failed)
        return 0;
    call->status = PREFLIGHT_EXIT;
    return error_set(err, EEXIST, "error execution phase preflight: %s %s", failed->path,
                     failed->folder ? "is not empty" : "already exists");
}
