/* SPDX-License-Identifier: Apache-2.0
 * Steps 3 and 4: who am I, what am I to become. With the seed away a machine goes on with the last good document. */
#include "effects/identity.h"
#include "seed/client.h"
#include "storage/usb.h"
#include "steps.h"
#include "seed/path.h"

#include "file.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ROLE_FILE AGENT_STATE "/role.json"
#define CLAIM_FILE AGENT_STATE "/claim"
#define ETAG_FILE AGENT_STATE "/role.etag"

static void read_word(const char *path, char *ret, size_t size) {
    cleanup_buf struct buf text = BUF_INIT(256);
    struct error ignored;
    if (file_read(path, &text, &ignored) == 0)
        snprintf(ret, size, "%.*s", (int)strcspn(buf_text(&text), "\n"), buf_text(&text));
}

int claim_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    if (!agent->claim[0])
        read_word(CLAIM_FILE, agent->claim, sizeof(agent->claim));
    if (agent->claim[0])
        return 1;
    buf_adds(why, "unclaimed");
    return 0;
}

/* Made on first contact; before the pivot it may lie on the disk already. */
static int own_key(struct agent *agent, struct error *err) {
    char hash[PKI_KEY_SIZE];
    if (!agent->cmdline.ca[0] || identity_hash(AGENT_STATE, hash, err) == 0)
        return 0;
    if (err->errnum != ENOENT)
        return -1;
    if (agent->initramfs && disk_identity(err) < 0)
        log_warning("%s", err->message);
    return identity_hash(AGENT_STATE, hash, err) == 0 ? 0 : identity_make(AGENT_STATE, err);
}

int claim_run(struct agent *agent, struct error *err) {
    struct error ignored;
    if (own_key(agent, err) < 0)
        return error_wrap(err, "claim");
    if (seed_claim(agent, err) < 0) {
        if (err->errnum == EEXIST && agent->cmdline.ca[0] && agent->initramfs)
            disk_identity(&ignored); /* its disk came late: the next attempt has the right key */
        if (agent->cmdline.offline && seed_is_away(err)) {
            log_warning("%s; the claim is made when the seed is needed", err->message);
            return 0;
        }
        return error_wrap(err, "claim");
    }
    return file_write(CLAIM_FILE, agent->claim, strlen(agent->claim), 0600, err);
}

static int use(struct agent *agent, const char *text, size_t length, struct error *err) {
    struct role *role = NULL;
    if (role_parse(text, length, &role, err) < 0) {
        error_wrap(err, "role document");
        error_code(err, SR_ROLE_INVALID);
        return error_remedy(err, "correct the site document: seedctl validate names what is wrong");
    }
    role_free(agent->role);
    agent->role = role;
    return 0;
}

int role_keep(struct agent *agent, const struct buf *text, struct error *err) {
    return file_write(ROLE_FILE, buf_text(text), text->length, 0644, err) < 0
               ? -1
               : file_write(ETAG_FILE, agent->etag, strlen(agent->etag), 0644, err);
}

/* The ETag last: beside an older document it would say that this is the newest. */
int role_take_next(struct error *err) {
    static const char *const files[] = {ROLE_FILE, ETAG_FILE};
    char next[96];
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(next, sizeof(next), "%s" ROLE_NEXT, files[i]);
        if (rename(next, files[i]) < 0 && errno != ENOENT)
            return error_errno(err, errno, "`%s`", next);
    }
    return file_sync_folder(AGENT_STATE, err);
}

static int use_cached(struct agent *agent, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    if (file_read(ROLE_FILE, &text, err) < 0)
        return -1;
    read_word(ETAG_FILE, agent->etag, sizeof(agent->etag));
    return use(agent, buf_text(&text), text.length, err);
}

int role_observe(struct agent *agent, struct error *err) {
    return use_cached(agent, err);
}

int role_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    if (agent->role)
        return 1;
    buf_adds(why, "no role document in hand");
    return 0;
}

/* The stick's role document stands for the last good one until the seed has a newer. */
static void take_from_usb(struct agent *agent) {
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    struct error err = {0};
    if (usb_role(agent, &text, &err) < 0 || use(agent, buf_text(&text), text.length, &err) < 0 ||
        file_write(ROLE_FILE, buf_text(&text), text.length, 0644, &err) < 0)
        log_warning("%s; the role document comes from the seed", err.message);
}

/* Fetches the document, or learns that the cached one is still true. */
static int fetch(struct agent *agent, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    struct error cached = {0};
    bool changed;
    if (!agent->role && use_cached(agent, &cached) < 0) {
        agent->etag[0] = '\0';
        if (cached.errnum != ENOENT)
            log_warning("the cached role document is of no use: %s", cached.message);
    }
    if (!agent->role && agent->initramfs && agent->cmdline.offline)
        take_from_usb(agent);
    if (seed_role(agent, 0, &changed, &text, err) < 0)
        return -1;
    agent->seed_away = false;
    if (!changed)
        return 0;
    if (agent->role && agent->initramfs && agent->cmdline.offline)
        log_warning(
            "the site changed since the stick was made: the seed's role document is taken; make the medium anew");
    if (use(agent, buf_text(&text), text.length, err) < 0)
        return -1;
    if (agent->initramfs || layers_kept(agent))
        return role_keep(agent, &text, err);
    agent->etag[0] = '\0'; /* step 13 asks again, and keeps it when this machine can start with it */
    return 0;
}

int role_run(struct agent *agent, struct error *err) {
    int result = fetch(agent, err);
    if (!agent->path_told &&
        agent->seed_address[0]) { /* a document that does not come through may be too large for the path */
        path_report(agent);
        agent->path_told = result == 0;
    }
    if (result == 0)
        return 0;
    if (err->errnum == EACCES) { /* the seed forgot us: claim anew, once */
        agent->claim[0] = '\0';
        return claim_run(agent, err) < 0 || fetch(agent, err) < 0 ? -1 : 0;
    }
    if (agent->role && (seed_is_away(err) || !agent->claim[0])) {
        agent->seed_away = true;
        log_warning("%s; going on with the cached role document", err->message);
        return 0;
    }
    return -1;
}
