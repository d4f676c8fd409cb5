/* SPDX-License-Identifier: Apache-2.0
 * What cppcheck must know of cJSON to read our loops; included by nothing else. */
#define cJSON_ArrayForEach(item, list) for (item = (list); item; item = item->next)
