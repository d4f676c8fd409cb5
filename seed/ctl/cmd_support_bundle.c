/* SPDX-License-Identifier: Apache-2.0
 * seedctl support-bundle: one file with what somebody needs to help, without secrets. What is not available is left
 * out, and the README in the file says so. */
#include "report/archive.h"
#include "ask.h"
#include "commands.h"
#include "redact.h"
#include "report/sanitize.h"

#include "cleanup.h"
#include "file.h"
#include "log.h"
#include "version.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { PART_MAX = 8 << 20, TAR_MAX = 48 << 20, AUDIT_MAX = 4 << 20 };
#define FOLDER "seedrack-support/"

struct bundle {
    struct ask ask;
    const char *site, *state;
    struct buf tar, readme;
};

static void bundle_add(struct bundle *bundle, const char *name, const struct buf *text, const char *about) {
    char path[100];
    snprintf(path, sizeof(path), FOLDER "%s", name);
    archive_add(&bundle->tar, path, buf_text(text), text->length);
    buf_addf(&bundle->readme, "%-14s %s\n", name, about);
}

static void bundle_leave_out(struct bundle *bundle, const char *name, const char *why) {
    buf_addf(&bundle->readme, "%-14s is not here: %s\n", name, why);
    fprintf(stderr, "seedctl: support-bundle: %s is left out: %s\n", name, why);
}

static void add_tree(struct buf *ret, cJSON *tree, bool pretty) {
    sanitize(tree);
    char *text = pretty ? cJSON_Print(tree) : cJSON_PrintUnformatted(tree);
    buf_adds(ret, text ? text : "{}");
    buf_adds(ret, "\n");
    cJSON_free(text);
}

static void add_document(struct bundle *bundle, const char *name, const char *path, const char *about) {
    cleanup_json cJSON *tree = NULL;
    cleanup_buf struct buf text = BUF_INIT(PART_MAX);
    struct error err = {0};
    if (ask_json(&bundle->ask, path, 10, &tree, &err) < 0) {
        bundle_leave_out(bundle, name, err.message);
        return;
    }
    add_tree(&text, tree, true);
    bundle_add(bundle, name, &text, about);
}

static bool add_event(void *context, const cJSON *event) {
    cleanup_json cJSON *copy = cJSON_Duplicate(event, true);
    add_tree(context, copy, false);
    return true;
}

static void add_events(struct bundle *bundle) {
    cleanup_buf struct buf text = BUF_INIT(PART_MAX);
    struct error err = {0};
    int64_t since = 0;
    if (ask_events(&bundle->ask, &since, 0, add_event, &text, &err) < 0)
        bundle_leave_out(bundle, "events.jsonl", err.message);
    else
        bundle_add(bundle, "events.jsonl", &text,
                   "what the machines said, one a line, as far as the seed has it in memory");
}

static void add_metrics(struct bundle *bundle) {
    cleanup_buf struct buf text = BUF_INIT(PART_MAX), clean = BUF_INIT(PART_MAX);
    struct error err = {0};
    if (ask_get(&bundle->ask, "/metrics", 10, &text, &err) < 0) {
        bundle_leave_out(bundle, "metrics.txt", err.message);
        return;
    }
    redact(buf_text(&text), text.length, true, &clean);
    bundle_add(bundle, "metrics.txt", &clean, "the seed's counters");
}

static void add_site(struct bundle *bundle) {
    cleanup_buf struct buf file = BUF_INIT(JSON_MAXIMUM), text = BUF_INIT(PART_MAX);
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    if (!bundle->site) {
        bundle_leave_out(bundle, "site.json", "no --site");
    } else if (file_read(bundle->site, &file, &err) < 0 || json_parse(buf_text(&file), file.length, &tree, &err) < 0) {
        bundle_leave_out(bundle, "site.json", err.message); /* secrets can be found only in JSON */
    } else {
        add_tree(&text, tree, true);
        bundle_add(bundle, "site.json", &text, "the site document; passwords and manifests are taken out");
    }
}

/* The end of the file, from the start of a line. */
static int read_end(const char *path, struct buf *ret, struct error *err) {
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    cleanup_free char *bytes = malloc(AUDIT_MAX);
    struct stat st;
    if (fd < 0 || !bytes || fstat(fd, &st) < 0)
        return error_errno(err, errno, "`%s`", path);
    off_t from = st.st_size > AUDIT_MAX ? st.st_size - AUDIT_MAX : 0;
    ssize_t n = pread(fd, bytes, AUDIT_MAX, from);
    if (n < 0)
        return error_errno(err, errno, "`%s`", path);
    const char *line = from ? memchr(bytes, '\n', (size_t)n) : bytes;
    if (line)
        buf_add(ret, line + (from > 0), (size_t)(bytes + n - line) - (from > 0));
    return 0;
}

static void add_audit(struct bundle *bundle) {
    cleanup_buf struct buf file = BUF_INIT(AUDIT_MAX + 1), text = BUF_INIT(PART_MAX);
    struct error err = {0};
    char path[4096];
    snprintf(path, sizeof(path), "%s/audit.log", bundle->state ? bundle->state : "");
    if (!bundle->state || read_end(path, &file, &err) < 0) {
        bundle_leave_out(bundle, "audit.jsonl", bundle->state ? err.message : "no --state");
        return;
    }
    for (const char *line = buf_text(&file); *line;) {
        size_t length = strcspn(line, "\n");
        cleanup_json cJSON *entry = NULL;
        if (json_parse(line, length, &entry, &err) == 0)
            add_tree(&text, entry, false);
        else
            buf_adds(&text, "[a line that is no JSON]\n");
        line += length + (line[length] == '\n');
    }
    bundle_add(bundle, "audit.jsonl", &text,
               "the audit log; keys are taken out, so that its hashes hold for the original alone");
}

static void add_versions(struct bundle *bundle) {
    cleanup_buf struct buf text = BUF_INIT(4096);
    struct utsname uts = {0};
    uname(&uts);
    buf_addf(&text, "seedctl %s\n%s %s %s %s\n", version_text(), uts.sysname, uts.release, uts.version, uts.machine);
    bundle_add(
        bundle, "versions.txt", &text,
        "of seedctl and of the kernel that it ran on; the seed's and the layers' are in metrics.txt and site.json");
}

static int bundle_write(struct bundle *bundle, const char *path, struct error *err) {
    cleanup_buf struct buf file = BUF_INIT(TAR_MAX + (1 << 20));
    archive_add(&bundle->tar, FOLDER "README", buf_text(&bundle->readme), bundle->readme.length);
    archive_gzip(&bundle->tar, &file);
    if (buf_failed(&bundle->readme) || buf_failed(&bundle->tar) || buf_failed(&file))
        return error_errno(err, EFBIG, "`%s`", path);
    return file_write(path, file.data, file.length, 0600, err);
}

static int bundle_make(struct bundle *bundle, const char *path, struct error *err) {
    buf_adds(&bundle->readme, "What the operator of a Seedrack site hands to somebody who helps. Passwords, keys, "
                              "tokens and manifests are taken out;\n"
                              "host names, addresses, MAC addresses and serial numbers are not.\n\n");
    add_versions(bundle);
    add_site(bundle);
    add_document(bundle, "nodes.json", "/v1/nodes", "the bootstrap record, and how far each machine is");
    add_document(bundle, "healthz.json", "/healthz", "the seed's health");
    add_events(bundle);
    add_metrics(bundle);
    add_audit(bundle);
    return bundle_write(bundle, path, err);
}

/* Works without a seed, too: then the bundle has nothing of it. */
int seedctl_support_bundle(const struct arguments *arguments) {
    struct bundle bundle = {
        .site = arguments->site, .state = arguments->state, .tar = BUF_INIT(TAR_MAX), .readme = BUF_INIT(65536)};
    const char *path = arguments->operands[0];
    struct error err = {0};
    ask_start(&bundle.ask, arguments);
    int result = bundle_make(&bundle, path, &err);
    if (result < 0)
        error_report(&err, "seedctl: support-bundle");
    else
        printf("%s: look at it before you pass it on\n", path);
    buf_free(&bundle.tar);
    buf_free(&bundle.readme);
    ask_end(&bundle.ask);
    return result < 0 ? 1 : 0;
}
