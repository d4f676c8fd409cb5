/* SPDX-License-Identifier: Apache-2.0
 * seedctl restore: opens a backup where the operator's key is, orders the restore, encrypts the backup to the key of
 * the machine that does it, and follows that to its end (docs/restore.md). */
#include "ask.h"
#include "backup_archive.h"
#include "commands.h"
#include "log.h"
#include "order.h"

#include "check.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_S = 25 };

static int confirm(const struct arguments *arguments, const struct backup_archive *archive, struct error *err) {
    printf("archive %s\n  of the cluster %s, made by %s\n", archive->path, archive->seen.ca_hash, archive->hostname);
    printf("Its masters are lost, all of them. %s, with an empty disk, restores it alone; the others join it as new "
           "machines.\nWhat the cluster learned after this backup is lost.\n",
           archive->hostname);
    if (arguments->yes || order_confirm("Begin?"))
        return 1;
    if (!isatty(STDIN_FILENO))
        return error_set(err, EINVAL, "nobody is there to be asked"), error_remedy(err, "say --yes");
    return 0;
}

/* The order, signed with the CA's key. *ret: how it stands. */
static int open_order(struct ask *ask, const struct backup_archive *archive, cJSON **ret, struct error *err) {
    cleanup_json cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "hostname", archive->hostname);
    cJSON_AddStringToObject(body, "sha256", archive->sha256);
    cJSON_AddNumberToObject(body, "epoch", (double)archive->seen.epoch);
    cJSON_AddNumberToObject(body, "token", (double)archive->seen.token);
    cJSON_AddStringToObject(body, "ca_hash", archive->seen.ca_hash);
    cJSON_AddStringToObject(body, "public_key", archive->order.public_key);
    cJSON_AddStringToObject(body, "signature", archive->order.signature);
    return ask_post(ask, "/v1/admin/restore", body, "restore", ret, err);
}

/* Who compares the fingerprint with the machine's console need not believe the seed. */
static int confirm_key(const struct arguments *arguments, const char *hostname, const char *fingerprint,
                       struct error *err) {
    if (arguments->fingerprint && strcmp(arguments->fingerprint, fingerprint) != 0)
        return error_set(err, EPERM, "the key of %s has the fingerprint %s, and --fingerprint says %s", hostname,
                         fingerprint, arguments->fingerprint);
    printf("%s: its key has the fingerprint %s\n", hostname, fingerprint);
    if (arguments->fingerprint || arguments->yes || order_confirm("Does its console show that?"))
        return 0;
    return error_set(err, EPERM, "the key of %s is not confirmed: nothing was sent", hostname);
}

static int check_key(const struct arguments *arguments, const struct backup_archive *archive, const cJSON *order,
                     struct error *err) {
    const char *recipient = json_text(order, "recipient"), *key = json_text(order, "key");
    char text[BACKUP_TEXT_SIZE], fingerprint[20];
    if (check_age_recipient(recipient) || strlen(key) != 64)
        return error_set(err, EPROTO, "the key of %s is none", archive->hostname);
    snprintf(fingerprint, sizeof(fingerprint), "%.4s-%.4s-%.4s-%.4s", key, key + 4, key + 8, key + 12);
    if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(order, "tls"))) {
        if (arguments->fingerprint)
            return error_set(err, EPERM, "--fingerprint: the seed has no TLS, so no key of %s has one",
                             archive->hostname);
        printf("the site has no seed_ca: nothing proves that %s is the key of %s\n", recipient, archive->hostname);
        if (arguments->yes || order_confirm("Encrypt the backup to it?"))
            return 0;
        return error_set(err, EPERM, "the key of %s is not confirmed: nothing was sent", archive->hostname);
    }
    restore_key_text(archive->hostname, recipient, text);
    if (!backup_archive_signed(text, key, json_text(order, "public_key"), json_text(order, "signature")))
        return error_set(err, EPERM, "the key of %s is not signed by the machine that the seed let in",
                         archive->hostname);
    return confirm_key(arguments, archive->hostname, fingerprint, err);
}

static int bring(struct ask *ask, const struct arguments *arguments, const struct backup_archive *archive,
                 const cJSON *order, struct error *err) {
    const char *tmp = getenv("TMPDIR");
    char file[PATH_MAX], path[160], sha256[BACKUP_SHA256_SIZE];
    if (check_key(arguments, archive, order, err) < 0)
        return -1;
    snprintf(file, sizeof(file), "%s/seedctl-restore.XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
    int fd = mkstemp(file); /* of mode 0600; what goes into it is encrypted */
    if (fd < 0)
        return error_errno(err, errno, "`%s`", file);
    close(fd);
    int result = backup_archive_encrypt(archive, json_text(order, "recipient"), file, sha256, err);
    snprintf(path, sizeof(path), "/v1/admin/restore?sha256=%s", sha256);
    if (result == 0)
        result = ask_put(ask, path, file, "restore", err);
    unlink(file);
    return result;
}

static void tell(const struct backup_archive *archive, const cJSON *order) {
    const char *step = json_text(order, "step");
    if (!step[0])
        printf("waits for %s: power it on, with an empty disk\n", archive->hostname);
    else
        printf("%s: %s\n", archive->hostname, step);
    fflush(stdout);
}

static bool wants_archive(const cJSON *order) {
    return json_text(order, "recipient")[0] && !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(order, "arrived")) &&
           !strcmp(json_text(order, "step"), "archive");
}

/* 0: restored. 1: it halted, or was ended before its end. */
static int follow(struct ask *ask, const struct arguments *arguments, const struct backup_archive *archive,
                  cJSON **order, struct error *err) {
    double before = json_number(*order, "restored", 0);
    bool laid = false; /* the order is past its step lay */
    char told[32] = "-", path[96];
    for (;;) {
        const char *state = json_text(*order, "state"), *step = json_text(*order, "step");
        if (!strcmp(state, "CLOSED")) {
            bool done = laid || json_number(*order, "restored", 0) > before;
            puts(done ? "restored; power on the other masters, with empty disks: they join"
                      : "the order was ended before its end");
            return !done;
        }
        if (!strcmp(state, "HALTED")) {
            printf("%s: ", json_text(*order, "code"));
            print_plain(json_text(*order, "message"));
            printf("; seedctl explain %s; then seedctl rollout resume\n", json_text(*order, "code"));
            return 1;
        }
        laid |= cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(*order, "laid"));
        if (strcmp(step, told) != 0)
            tell(archive, *order);
        snprintf(told, sizeof(told), "%s", step);
        if (wants_archive(*order) && bring(ask, arguments, archive, *order, err) < 0)
            return -1;
        snprintf(path, sizeof(path), "/v1/admin/restore?seen=%.40s&wait=%d", json_text(*order, "seen"), WAIT_S);
        cJSON_Delete(*order);
        *order = NULL;
        if (ask_json(ask, path, WAIT_S + 10, order, err) < 0)
            return error_remedy(err, "seedctl restore again goes on with it");
    }
}

int seedctl_restore(const struct arguments *arguments) {
    cleanup_json cJSON *order = NULL;
    struct backup_archive archive;
    struct error err = {0};
    struct ask ask;
    if (arguments->hash && strlen(arguments->hash) != BACKUP_SHA256_SIZE - 1)
        return command_refuse(arguments, "--hash wants 64 hex digits");
    if (ask_start(&ask, arguments) < 0)
        return 1;
    int result = backup_archive_open(arguments->operands[0], arguments->key, arguments->hash, &archive, &err);
    if (result == 0 && (result = confirm(arguments, &archive, &err)) > 0)
        result = open_order(&ask, &archive, &order, &err) < 0 ? -1 : follow(&ask, arguments, &archive, &order, &err);
    ask_end(&ask);
    if (result < 0)
        error_report(&err, "seedctl");
    return result != 0;
}
