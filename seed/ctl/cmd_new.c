/* SPDX-License-Identifier: Apache-2.0
 * seedctl new: a first site document, with what this machine knows. It says what is left to the operator. */
#include "check.h"
#include "commands.h"
#include "effects/ca_hash.h"
#include "file.h"
#include "generation.h"
#include "log.h"
#include "mac_list.h"
#include "pki.h"
#include "release_offline.h"
#include "segment.h"
#include "site/draft.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MASTERS = 3, SEED_PORT = 8080 /* of seed-server --listen */, URL_SIZE = 300, NAME_SIZE = 64 };

/* What the texts of a draft point to. */
struct found {
    struct draft draft;
    char seed[URL_SIZE], name[NAME_SIZE], release[RELEASE_OFFLINE_NAME_SIZE], seed_ca[CA_HASH_SIZE];
    char macs[SITE_NODES_MAX][NET_MAC_SIZE];
};

/* A number of machines; `fallback` where the option is not given. False: it was refused. */
static bool read_number(const struct arguments *arguments, const char *name, const char *text, unsigned fallback,
                        unsigned *ret) {
    char *end = NULL;
    unsigned long n = text && isdigit((unsigned char)text[0]) ? strtoul(text, &end, 10) : 0;
    *ret = text ? (unsigned)n : fallback;
    if (!text || (end && !*end && n <= SITE_NODES_MAX))
        return true;
    command_refuse(arguments, "--%s `%.64s` is not valid; expected a number up to %d", name, text, SITE_NODES_MAX);
    return false;
}

static bool read_subnet(const struct arguments *arguments, const char *name, const char *text, const char *fallback,
                        struct cidr *ret) {
    const char *expected = text ? check_subnet(text) : NULL;
    if (!expected)
        return net_cidr_parse(text ? text : fallback, ret);
    command_refuse(arguments, "--%s `%.64s` is not valid; expected %s", name, text, expected);
    return false;
}

static bool read_address(const struct arguments *arguments, const char *name, const char *text, struct in_addr *ret) {
    const char *expected = text ? check_address(text) : NULL;
    if (!expected)
        return !text || net_address_parse(text, ret);
    command_refuse(arguments, "--%s `%.64s` is not valid; expected %s", name, text, expected);
    return false;
}

/* An address or name, with or without a port, becomes the URL. */
static bool read_seed(const struct arguments *arguments, struct found *ret) {
    const char *text = arguments->seed;
    char host[URL_SIZE] = "", port[16] = "";
    if (!strchr(text, ':'))
        snprintf(port, sizeof(port), ":%d", SEED_PORT);
    bool fits =
        snprintf(ret->seed, sizeof(ret->seed), "%s%s%s", strstr(text, "://") ? "" : "http://", text, port) < URL_SIZE;
    const char *expected = check_url(ret->seed);
    if (fits && !expected) {
        const char *at = ret->seed + strlen("http://");
        snprintf(host, sizeof(host), "%.*s", (int)strcspn(at, ":"), at);
        if (!net_address_parse(host, &ret->draft.seed_address) || net_address_unicast(ret->draft.seed_address))
            return true;
        expected = check_address(host);
    }
    command_refuse(arguments, "--seed `%.200s` is not valid; expected the seed's address, or %s", text,
                   expected ? expected : "a shorter URL");
    return false;
}

static bool read_texts(const struct arguments *arguments, struct found *ret) {
    const char *name = arguments->name ? check_label(arguments->name) : NULL;
    const char *release = arguments->release ? check_release(arguments->release) : NULL;
    if (name)
        command_refuse(arguments, "--name `%.64s` is not valid; expected %s", arguments->name, name);
    else if (release)
        command_refuse(arguments, "--release `%.64s` is not valid; expected %s", arguments->release, release);
    return !name && !release && read_seed(arguments, ret);
}

/* By the command line alone. False: it was refused, exit status 2. */
static bool read_arguments(const struct arguments *arguments, struct found *ret) {
    struct draft *draft = &ret->draft;
    return read_texts(arguments, ret) && read_address(arguments, "vip", arguments->vip, &draft->vip) &&
           read_address(arguments, "first", arguments->first, &draft->first) &&
           read_subnet(arguments, "pod-subnet", arguments->pod_subnet, "10.244.0.0/16", &draft->pod_subnet) &&
           read_subnet(arguments, "service-subnet", arguments->service_subnet, "10.96.0.0/12",
                       &draft->service_subnet) &&
           read_number(arguments, "masters", arguments->masters, MASTERS, &draft->masters) &&
           read_number(arguments, "workers", arguments->workers, 0, &draft->workers);
}

/* Masters come first; as many workers as there are further MACs, unless --workers says another number. */
static int find_macs(const struct arguments *arguments, struct found *ret, struct error *err) {
    struct draft *draft = &ret->draft;
    if (!arguments->mac)
        return 0;
    if (mac_list_read(arguments->mac, ret->macs, SITE_NODES_MAX, &draft->n_macs, err) < 0)
        return -1;
    draft->macs = (const char(*)[NET_MAC_SIZE])ret->macs;
    if (!arguments->workers && draft->n_macs > draft->masters)
        draft->workers = (unsigned)draft->n_macs - draft->masters;
    return 0;
}

/* The first label of the host name, in lower case. */
static int find_name(const struct arguments *arguments, struct found *ret, struct error *err) {
    char host[256] = "";
    ret->draft.name = arguments->name ? arguments->name : ret->name;
    if (arguments->name)
        return 0;
    gethostname(host, sizeof(host) - 1);
    host[strcspn(host, ".")] = '\0';
    for (char *c = host; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (snprintf(ret->name, sizeof(ret->name), "%s", host) < NAME_SIZE && !check_label(ret->name))
        return 0;
    error_set(err, -1, "/site: this machine's host name `%s` is not valid; expected %s", host, check_label(host));
    return error_remedy(err, "name the site with --name");
}

static void find_release(const struct arguments *arguments, struct found *ret) {
    ret->draft.release = arguments->release ? arguments->release : ret->release;
    if (arguments->release || release_offline_newest(ret->release))
        return;
    snprintf(ret->release, sizeof(ret->release), NEW_RELEASE);
    ret->draft.release_assumed = true;
}

/* The folder of seedctl init: --pki, else `pki` beside the document, else that of /etc/seedrack. */
static void find_pki(const struct arguments *arguments, char ret[PATH_MAX]) {
    const char *file = arguments->n_operands ? arguments->operands[0] : "", *slash = strrchr(file, '/');
    int folder = slash ? (int)(slash - file + 1) : 0;
    char certificate[PATH_MAX + 16];
    snprintf(ret, PATH_MAX, "%.*s" PKI_FOLDER, folder, file);
    snprintf(certificate, sizeof(certificate), "%s/ca.crt", ret);
    if (arguments->pki)
        snprintf(ret, PATH_MAX, "%s", arguments->pki);
    else if (!arguments->n_operands || access(certificate, F_OK) < 0)
        snprintf(ret, PATH_MAX, "/etc/seedrack/" PKI_FOLDER);
}

/* The lowest generation of the two certificates is what `seedctl init` prints, too. */
static unsigned generation_of_folder(const char *folder) {
    static const char *const leaves[][2] = {{"seed", PKI_SEED_NAME}, {"operator", PKI_OPERATOR_NAME}};
    unsigned lowest = 0;
    for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
        char path[PATH_MAX + 16];
        snprintf(path, sizeof(path), "%s/%s.crt", folder, leaves[i][0]);
        unsigned generation = generation_of_file(path, leaves[i][1]);
        if (generation && (!lowest || generation < lowest))
            lowest = generation;
    }
    return lowest ? lowest : 1;
}

static int find_authority(const struct arguments *arguments, struct found *ret, struct error *err) {
    char folder[PATH_MAX], path[PATH_MAX + 16];
    find_pki(arguments, folder);
    snprintf(path, sizeof(path), "%s/ca.crt", folder);
    if (access(path, R_OK) < 0 && errno == ENOENT && !arguments->pki)
        return 0;
    if (access(path, R_OK) < 0) {
        error_errno(err, errno, "/network/seed_ca: read `%s`", path);
        return error_remedy(err, errno == EACCES ? "run this as root" : "give the folder of seedctl init with --pki");
    }
    if (ca_hash_of_file(path, ret->seed_ca, err) < 0)
        return error_wrap(err, "/network/seed_ca");
    ret->draft.seed_ca = ret->seed_ca;
    ret->draft.generation = generation_of_folder(folder);
    return 0;
}

_Static_assert((int)SEGMENT_OWN_MAX == (int)DRAFT_TAKEN_MAX, "find_segment() copies one into the other");
_Static_assert((int)SEGMENT_NAMESERVERS_MAX == (int)ROLE_NAMESERVERS_MAX, "the same");

/* By the seed's address. Where only its name is known, the VIP says which link is meant. */
static int find_segment(struct draft *ret, struct error *err) {
    struct segment segment;
    if (ret->seed_address.s_addr && segment_of_own(ret->seed_address, &segment, err) < 0) {
        error_wrap(err, "/network/seed");
        return error_remedy(err, "run this on the seed's machine, or correct --seed");
    }
    if (!ret->seed_address.s_addr && segment_around(ret->vip, &segment, err) < 0) {
        error_wrap(err, "/vip/address");
        return error_remedy(err, "run this on the seed's machine, or choose an address of its segment with --vip");
    }
    ret->segment = segment.link;
    ret->gateway = segment.gateway;
    memcpy(ret->nameservers, segment.nameservers, sizeof(segment.nameservers));
    ret->n_nameservers = segment.n_nameservers;
    memcpy(ret->taken, segment.own, sizeof(segment.own));
    ret->n_taken = segment.n_own;
    return 0;
}

static int write_document(const struct arguments *arguments, const struct buf *text, struct error *err) {
    if (arguments->n_operands == 0)
        return fputs(buf_text(text), stdout) < 0 || fflush(stdout) != 0 ? error_errno(err, errno, "write") : 0;
    const char *path = arguments->operands[0];
    if (file_create(path, buf_text(text), text->length, 0644, err) == 0)
        return 0;
    if (err->errnum != EEXIST)
        return -1;
    error_set(err, EEXIST, "`%s` is there already, and a site is never replaced", path);
    return error_remedy(err, "name another file, or move it away");
}

static void report_left(const struct draft *draft) {
    cleanup_buf struct buf left = BUF_INIT(DRAFT_LEFT_MAX);
    draft_left(draft, &left);
    fputs(buf_text(&left), stderr);
}

int seedctl_new(const struct arguments *arguments) {
    struct error err = {0};
    struct found found = {.draft = {.generation = 1}};
    cleanup_buf struct buf text = BUF_INIT(DRAFT_DOCUMENT_MAX);
    if (!read_arguments(arguments, &found))
        return 2;
    found.draft.seed = found.seed;
    find_release(arguments, &found);
    if (find_macs(arguments, &found, &err) < 0 || find_name(arguments, &found, &err) < 0 ||
        find_authority(arguments, &found, &err) < 0 || find_segment(&found.draft, &err) < 0 ||
        draft_render(&found.draft, &text, &err) < 0 || write_document(arguments, &text, &err) < 0) {
        error_report(&err, "seedctl: new");
        return 1;
    }
    report_left(&found.draft);
    return 0;
}
