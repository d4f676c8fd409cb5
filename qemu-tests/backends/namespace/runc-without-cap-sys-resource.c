/* SPDX-License-Identifier: Apache-2.0
 * Namespace rack only: a host that denies CAP_SYS_RESOURCE lets runc and crun neither lower oom_score_adj, nor grant
 * the capability, nor raise a limit beyond its own. This wrapper takes those three wishes out of an OCI bundle's
 * config.json and then becomes the real program of its name. Asked for its version alone, as seven dockerd do several
 * times a second, it repeats what that one said when the rack was made. Never part of an image. */
#include "cleanup.h"
#include "file.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define REAL "/usr/libexec/seedrack-rack/"

static void drop_capability(cJSON *process) {
    cJSON *set;
    cJSON_ArrayForEach(set, cJSON_GetObjectItemCaseSensitive(process, "capabilities")) {
        for (int i = cJSON_GetArraySize(set) - 1; i >= 0; i--) {
            const cJSON *name = cJSON_GetArrayItem(set, i);
            if (cJSON_IsString(name) && !strcmp(name->valuestring, "CAP_SYS_RESOURCE"))
                cJSON_DeleteItemFromArray(set, i);
        }
    }
}

static void clamp_limits(cJSON *process) {
    cJSON *limit;
    cJSON_ArrayForEach(limit, cJSON_GetObjectItemCaseSensitive(process, "rlimits")) {
        const cJSON *type = cJSON_GetObjectItemCaseSensitive(limit, "type");
        struct rlimit own;
        if (!cJSON_IsString(type) || strcmp(type->valuestring, "RLIMIT_NOFILE") != 0 ||
            getrlimit(RLIMIT_NOFILE, &own) < 0)
            continue;
        for (cJSON *item = limit->child; item; item = item->next)
            if (cJSON_IsNumber(item) && item->valuedouble > (double)own.rlim_max)
                cJSON_SetNumberValue(item, (double)own.rlim_max);
    }
}

static int amend(const char *bundle, struct error *err) {
    char path[4096];
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    cleanup_json cJSON *spec = NULL;
    snprintf(path, sizeof(path), "%s/config.json", bundle);
    if (file_read(path, &text, err) < 0)
        return err->errnum == ENOENT ? 0 : -1;
    spec = cJSON_ParseWithLength(text.data, text.length);
    cJSON *process = cJSON_GetObjectItemCaseSensitive(spec, "process");
    cJSON *score = cJSON_GetObjectItemCaseSensitive(process, "oomScoreAdj");
    if (cJSON_IsNumber(score) && score->valuedouble < 0)
        cJSON_SetNumberValue(score, 0);
    drop_capability(process);
    clamp_limits(process);
    cleanup_free char *changed = spec ? cJSON_PrintUnformatted(spec) : NULL;
    FILE *file = changed ? fopen(path, "we") : NULL;
    if (!file)
        return error_errno(err, errno, "amend `%s`", path);
    fputs(changed, file);
    return fclose(file) == 0 ? 0 : error_errno(err, errno, "amend `%s`", path);
}

static bool say_version(const char *real) {
    struct error err = {0};
    char path[256];
    snprintf(path, sizeof(path), "%s.version", real);
    cleanup_buf struct buf text = BUF_INIT(4096);
    return file_read(path, &text, &err) == 0 && fwrite(text.data, 1, text.length, stdout) == text.length &&
           fflush(stdout) == 0;
}

int main(int argc, char **argv) {
    struct error err = {0};
    char real[200];
    const char *slash = argc ? strrchr(argv[0], '/') : NULL;
    snprintf(real, sizeof(real), REAL "%.100s", !argc ? "runc" : slash ? slash + 1 : argv[0]);
    if (argc == 2 && !strcmp(argv[1], "--version") && say_version(real))
        return 0;
    const char *bundle = NULL;
    for (int i = 1; i + 1 < argc; i++)
        if (!strcmp(argv[i], "--bundle") || !strcmp(argv[i], "-b"))
            bundle = argv[i + 1];
    if (bundle && amend(bundle, &err) < 0) {
        error_report(&err, "runc-without-cap-sys-resource");
        return 1;
    }
    execv(real, argv);
    perror(real);
    return 127;
}
