/* SPDX-License-Identifier: Apache-2.0
 * See facts.h. */
#include "facts.h"

#include "effects/swap.h"
#include "file.h"
#include "json.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

/* One printable line of a file, "" when it cannot be read. */
static void line_of(const char *path, char *ret, size_t size) {
    cleanup_buf struct buf text = BUF_INIT(4096);
    struct error ignored;
    ret[0] = '\0';
    if (file_read(path, &text, &ignored) < 0)
        return;
    size_t length = strcspn(buf_text(&text), "\n");
    snprintf(ret, size, "%.*s", (int)length, buf_text(&text));
    for (char *c = ret; *c; c++)
        if (!isgraph((unsigned char)*c))
            *c = '-';
}

int facts_observe(struct facts *ret, struct error *err) {
    struct facts facts = {0};
    struct sysinfo info;
    struct utsname uts;
    line_of("/sys/class/dmi/id/product_uuid", facts.uuid, sizeof(facts.uuid));
    line_of("/sys/class/dmi/id/product_serial", facts.serial, sizeof(facts.serial));
    if (uname(&uts) == 0)
        snprintf(facts.kernel, sizeof(facts.kernel), "%s", uts.release);
    if (sysinfo(&info) == 0)
        facts.memory_mib = info.totalram / 1024 * info.mem_unit / 1024;
    facts.cpus = (unsigned)get_nprocs();
    if (link_list(facts.links, &facts.n_links, err) < 0 || swap_count(&facts.active_swaps, &facts.fstab_swaps, err) < 0)
        return error_wrap(err, "observe this machine");
    *ret = facts;
    return 0;
}

static void add_disk(cJSON *array, const struct disk *disk) {
    cleanup_buf struct buf what = BUF_INIT(1024);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", disk->name);
    cJSON_AddStringToObject(object, "serial", disk->serial);
    cJSON_AddStringToObject(object, "wwn", disk->wwn);
    cJSON_AddStringToObject(object, "model", disk->model);
    cJSON_AddStringToObject(object, "place", disk->place);
    cJSON_AddNumberToObject(object, "size", (double)disk->size);
    cJSON_AddBoolToObject(object, "removable", disk->removable);
    cJSON_AddBoolToObject(object, "read_only", disk->read_only);
    disks_describe(disk, &what);
    cJSON_AddStringToObject(object, "summary", disk->problem[0] ? disk->problem : buf_text(&what));
    cJSON_AddItemToArray(array, object);
}

int facts_print(const struct facts *facts, const struct disk *disks, size_t n_disks, struct buf *ret,
                struct error *err) {
    cleanup_json cJSON *tree = cJSON_CreateObject();
    cJSON_AddStringToObject(tree, "uuid", facts->uuid);
    cJSON_AddStringToObject(tree, "serial", facts->serial);
    cJSON_AddStringToObject(tree, "kernel", facts->kernel);
    cJSON_AddNumberToObject(tree, "cpus", facts->cpus);
    cJSON_AddNumberToObject(tree, "memory_mib", (double)facts->memory_mib);
    cJSON_AddNumberToObject(tree, "active_swaps", facts->active_swaps);
    cJSON_AddNumberToObject(tree, "fstab_swaps", facts->fstab_swaps);
    cJSON *links = cJSON_AddArrayToObject(tree, "links");
    for (size_t i = 0; i < facts->n_links; i++) {
        cJSON *link = cJSON_CreateObject();
        cJSON_AddStringToObject(link, "name", facts->links[i].name);
        cJSON_AddStringToObject(link, "mac", facts->links[i].mac);
        cJSON_AddBoolToObject(link, "carrier", facts->links[i].carrier);
        cJSON_AddBoolToObject(link, "physical", facts->links[i].physical);
        cJSON_AddItemToArray(links, link);
    }
    cJSON *list = cJSON_AddArrayToObject(tree, "disks");
    for (size_t i = 0; i < n_disks; i++)
        add_disk(list, &disks[i]);
    char *text = cJSON_Print(tree);
    if (!text)
        return error_set(err, -1, "facts: out of memory");
    buf_addf(ret, "%s\n", text);
    cJSON_free(text);
    return buf_failed(ret) ? error_set(err, -1, "facts: too long") : 0;
}
