/* SPDX-License-Identifier: Apache-2.0
 * See daemonset.h. */
#include "daemonset.h"
#include "api_call.h"
#include "decide/daemonset.h"

#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

int daemonset_check(const struct role *role, const char *name, struct error *err) {
    cleanup_json cJSON *list = NULL;
    char path[200];
    snprintf(path, sizeof(path), "/apis/apps/v1/namespaces/kube-system/daemonsets?fieldSelector=metadata.name%%3D%.63s",
             name);
    if (api_get(role, path, &list, err) < 0)
        return -1;
    const cJSON *object = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(list, "items"), 0);
    return !object || daemonset_is_rolled_out(object) ? 0
                                                      : error_set(err, EAGAIN, "DaemonSet %s is not rolled out", name);
}
