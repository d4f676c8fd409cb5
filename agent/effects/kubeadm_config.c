/* SPDX-License-Identifier: Apache-2.0
 * See kubeadm_config.h. */
#include "kubeadm_config.h"
#include "api_call.h"
#include "decide/cluster_configuration.h"
#include "decide/image.h"

#include "buf.h"
#include "json.h"
#include <errno.h>
#include <string.h>

#define CONFIG_MAP "/api/v1/namespaces/kube-system/configmaps/kubeadm-config"

int kubeadm_config_follow(const struct role *role, const struct role *target, struct error *err) {
    cleanup_json cJSON *object = NULL;
    cleanup_buf struct buf text = BUF_INIT(256 * 1024);
    const char *etcd = image_tag(target, "/etcd:");
    if (!etcd)
        return error_set(err, ENOENT, "release `%s` has no image of etcd", target->release);
    if (api_get(role, CONFIG_MAP, &object, err) < 0)
        return -1;
    cJSON *data = cJSON_GetObjectItemCaseSensitive(object, "data");
    const char *old = json_text(data, "ClusterConfiguration");
    if (cluster_configuration_tags(old, etcd, image_tag(target, "/coredns:"), &text, err) < 0)
        return -1;
    if (!strcmp(old, buf_text(&text)))
        return 0;
    cJSON *item = cJSON_CreateString(buf_text(&text));
    if (!item || !cJSON_ReplaceItemInObjectCaseSensitive(data, "ClusterConfiguration", item))
        return error_errno(err, ENOMEM, "kubeadm-config");
    char *body = cJSON_PrintUnformatted(object); /* with its resourceVersion: nobody else's change is lost */
    int result = body ? api_send(role, "PUT", CONFIG_MAP, body, 0, err) : error_errno(err, ENOMEM, "kubeadm-config");
    cJSON_free(body);
    return result < 0 ? error_wrap(err, "kubeadm-config") : 0;
}
