/* SPDX-License-Identifier: Apache-2.0
 * See releases.h. */
#include "releases.h"

#include "cleanup.h"
#include "file.h"
#include "json.h"
#include "release_files.h"
#include <errno.h>
#include <string.h>

static const struct releases_entry *find_entry(const struct releases *releases, const char *name) {
    for (size_t i = 0; i < releases->n; i++)
        if (!strcmp(releases->list[i].release->name, name))
            return &releases->list[i];
    return NULL;
}

static int take(struct releases *releases, struct release *release, bool added, struct error *err) {
    const char *name = release->name;
    const struct releases_entry *same = find_entry(releases, name);
    if (!same && releases->n < RELEASES_MAX) {
        releases->list[releases->n++] = (struct releases_entry){.release = release, .added = added};
        return 0;
    }
    error_set(err, EINVAL, same ? "`%s` is given twice" : "`%s`: a seed has at most %d releases", name, RELEASES_MAX);
    release_free(release);
    return -1;
}

static int read_release(struct releases *releases, const char *pins_path, const char *layers_path, struct error *err) {
    cleanup_buf struct buf pins = BUF_INIT(JSON_MAXIMUM), layers = BUF_INIT(JSON_MAXIMUM);
    struct release *release;
    if (file_read(pins_path, &pins, err) < 0 || file_read(layers_path, &layers, err) < 0)
        return -1;
    if (release_parse(buf_text(&pins), pins.length, buf_text(&layers), layers.length, &release, err) < 0 ||
        take(releases, release, false, err) < 0)
        return error_wrap(err, "release `%s` with layers `%s`", pins_path, layers_path);
    return 0;
}

int releases_parse(const struct buf *text, struct release **ret, struct error *err) {
    cleanup_json cJSON *tree = NULL;
    if (json_parse(buf_text(text), text->length, &tree, err) < 0)
        return -1;
    char *pins = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(tree, "release"));
    char *layers = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(tree, "layers"));
    int result = pins && layers ? release_parse(pins, strlen(pins), layers, strlen(layers), ret, err)
                                : error_set(err, EINVAL, "fields `release` and `layers` are objects");
    cJSON_free(pins);
    cJSON_free(layers);
    return result;
}

/* One that is given by the command line, too, is that one: so the operator may add what a unit file names. */
static int read_added(void *context, const struct buf *text, struct error *err) {
    struct releases *releases = context;
    struct release *release;
    if (releases_parse(text, &release, err) < 0)
        return -1;
    if (!find_entry(releases, release->name))
        return take(releases, release, true, err);
    release_free(release);
    return 0;
}

int releases_open(struct releases *releases, const struct options *options, struct error *err) {
    *releases = (struct releases){0};
    for (size_t i = 0; i < options->n_releases; i++)
        if (read_release(releases, options->releases[i], options->layers[i], err) < 0)
            return -1;
    return release_files_each(options->state, read_added, releases, err);
}

void releases_close(struct releases *releases) {
    for (size_t i = 0; i < releases->n; i++)
        release_free(releases->list[i].release);
    releases->n = 0;
}

const struct release *releases_find(const struct releases *releases, const char *name, struct error *err) {
    cleanup_buf struct buf names = BUF_INIT(512);
    const struct releases_entry *found = find_entry(releases, name);
    if (found)
        return found->release;
    for (size_t i = 0; i < releases->n; i++)
        buf_addf(&names, "%s`%s`", i ? ", " : "", releases->list[i].release->name);
    error_set(err, EINVAL, "/release: `%s`, and this seed has %s", name, releases->n ? buf_text(&names) : "none");
    error_remedy(err, "seedctl release add FILE; or start the seed with --release and --layers of `%s`, too", name);
    return NULL;
}

static bool same_release(const struct release *a, const struct release *b) {
    if (a->n_layers != b->n_layers || !cJSON_Compare(a->pins, b->pins, true))
        return false;
    for (size_t i = 0; i < a->n_layers; i++)
        if (strcmp(a->layers[i].sha256, b->layers[i].sha256) != 0)
            return false;
    return true;
}

int releases_check_new(const struct releases *releases, const struct release *release, struct error *err) {
    const struct releases_entry *same = find_entry(releases, release->name);
    if (same && same_release(same->release, release))
        return 0;
    if (!same && releases->n < RELEASES_MAX)
        return 0;
    error_set(err, EEXIST,
              same ? "release `%s`: the seed has another one under that name"
                   : "release `%s`: a seed has at most %d releases",
              release->name, RELEASES_MAX);
    return error_remedy(err, "seedctl release list shows what it has; seedctl release remove NAME takes one out");
}

void releases_take(struct releases *releases, struct release *release) {
    struct error none;
    if (find_entry(releases, release->name))
        release_free(release); /* the same once more */
    else
        take(releases, release, true, &none);
}

int releases_check_removable(const struct releases *releases, const char *name, struct error *err) {
    const struct releases_entry *found = find_entry(releases, name);
    if (!found)
        return releases_find(releases, name, err) ? 0 : -1;
    if (found->added)
        return 0;
    error_set(err, EBUSY, "release `%s` is given by the command line of seed-server", name);
    return error_remedy(err, "take its --release and --layers away, and restart the seed");
}

void releases_drop(struct releases *releases, const char *name) {
    struct releases_entry *found = (struct releases_entry *)find_entry(releases, name),
                          *end = releases->list + releases->n;
    if (!found)
        return;
    release_free(found->release);
    memmove(found, found + 1, (size_t)(end - found - 1) * sizeof(*found));
    releases->n--;
}
