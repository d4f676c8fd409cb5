/* SPDX-License-Identifier: Apache-2.0
 * Step 4: the role document, which says what this machine becomes. While the seed is away the machine uses the last
 * good one. */
#include "rows.h"
#include "world/world.h"

#include "log.h"
#include <errno.h>
#include <string.h>

static int role_use(struct agent *agent, const struct buf *text, struct error *err) {
    struct role *role = NULL;
    if (role_parse(buf_text(text), text->length, &role, err) < 0) {
        error_wrap(err, "role document");
        error_code(err, SR_ROLE_INVALID);
        return error_remedy(err, "correct the site document: seedctl validate names what is wrong");
    }
    role_free(agent->role);
    agent->role = role;
    return 0;
}

int role_observe(struct agent *agent, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(ROLE_DOCUMENT_MAX);
    return agent->world->role_store_load(&text, agent->etag, sizeof(agent->etag), err) < 0
               ? -1
               : role_use(agent, &text, err);
}

int role_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    if (agent->role)
        return 1;
    buf_adds(why, "no role document in hand");
    return 0;
}

/* Takes the USB medium's role document as the last good one, until the seed has a newer one. */
static void take_from_usb(struct agent *agent) {
    cleanup_buf struct buf text = BUF_INIT(ROLE_DOCUMENT_MAX);
    struct error err = {0};
    if (agent->world->usb_role(agent->seed.mac, &text, &err) < 0 || role_use(agent, &text, &err) < 0 ||
        agent->world->file_write(ROLE_FILE, buf_text(&text), text.length, 0644, &err) < 0)
        log_warning("%s; the role document comes from the seed", err.message);
}

static void take_kept(struct agent *agent) {
    struct error err = {0};
    if (role_observe(agent, &err) == 0)
        return;
    agent->etag[0] = '\0';
    if (err.errnum != ENOENT)
        log_warning("the cached role document is of no use: %s", err.message);
}

/* Fetches the document, unless the seed says that the cached one is current. */
static int role_fetch(struct agent *agent, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(ROLE_DOCUMENT_MAX);
    char etag[ROLE_ETAG_SIZE]; /* agent->etag is that of the document in hand, which a rejected one does not replace */
    bool from_usb = agent->initramfs && agent->cmdline.offline, changed;
    if (!agent->role)
        take_kept(agent);
    if (!agent->role && from_usb)
        take_from_usb(agent);
    memcpy(etag, agent->etag, sizeof(etag));
    if (agent->world->role_document_fetch(&agent->seed, etag, 0, &changed, &text, err) < 0)
        return -1;
    agent->seed.away = false;
    if (!changed)
        return 0;
    if (agent->role && from_usb)
        log_warning("the site changed since the medium was made: the seed's role document is taken; make the medium "
                    "again");
    if (role_use(agent, &text, err) < 0)
        return -1;
    memcpy(agent->etag, etag, sizeof(etag));
    if (agent->initramfs || agent->world->layers_kept(agent->role, agent->initramfs))
        return agent->world->role_store_keep(&text, agent->etag, err);
    agent->etag[0] = '\0'; /* step 13 asks again, and keeps the document when this machine can start with it */
    return 0;
}

int role_run(struct agent *agent, struct error *err) {
    int result = role_fetch(agent, err);
    if (!agent->path_told &&
        agent->seed.address[0]) { /* a document that does not arrive may be too large for the path */
        agent->world->path_report(agent);
        agent->path_told = result == 0;
    }
    if (result == 0)
        return 0;
    /* The seed forgot the claim and refuses a new one. Step 3 may have another key: that of a disk that came late. */
    if (err->errnum == EACCES)
        return claim_run(agent, err) < 0 || role_fetch(agent, err) < 0 ? -1 : 0;
    if (!agent->role || !seed_is_away(err))
        return -1;
    agent->seed.away = true;
    log_warning("%s; going on with the cached role document", err->message);
    return 0;
}
