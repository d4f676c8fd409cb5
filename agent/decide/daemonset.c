/* SPDX-License-Identifier: Apache-2.0
 * See daemonset.h. */
#include "daemonset.h"

#include "json.h"

bool daemonset_is_rolled_out(const cJSON *object) {
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(object, "status");
    double generation = json_number(cJSON_GetObjectItemCaseSensitive(object, "metadata"), "generation", -1);
    double wanted = json_number(status, "desiredNumberScheduled", -1);
    return wanted >= 0 && json_number(status, "observedGeneration", 0) >= generation &&
           json_number(status, "updatedNumberScheduled", 0) >= wanted &&
           json_number(status, "numberAvailable", 0) >= wanted;
}
