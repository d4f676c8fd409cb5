/* SPDX-License-Identifier: Apache-2.0
 * seedctl init: makes the site's certificate authority and the certificates of seed and operator. ECDSA P-256 (RFC
 * 5480), X.509 by OpenSSL. Existing files stay, so a second run only adds what is missing. */
#include "buf.h"
#include "commands.h"

#include "error.h"
#include "file.h"
#include "generation.h"
#include "hex.h"
#include "net.h"
#include "pki.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CA_DAYS = 3650,
    LEAF_DAYS = 825,
    SKEW_S = 86400 /* valid from a day ago: a machine's clock may be behind */,
    SERIAL_BITS = 127
};

struct pair {
    EVP_PKEY *key;
    X509 *certificate;
};

static void pair_free(struct pair *pair) {
    EVP_PKEY_free(pair->key);
    X509_free(pair->certificate);
    *pair = (struct pair){0};
}

static int openssl_failed(const char *what, struct error *err) {
    return error_set(err, EIO, "%s: %s", what, ERR_reason_error_string(ERR_peek_last_error()));
}

static bool certificate_extend(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool added = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

static bool certificate_number(X509 *certificate) {
    BIGNUM *serial = BN_new();
    bool set = serial && BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
               BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate));
    BN_free(serial);
    return set;
}

struct profile {
    const char *name; /* of the files, and in the subject */
    int days;
    const char *constraints, *usage, *purpose; /* RFC 5280, 4.2.1; NULL: none */
    const char *server;                        /* the name that it is for, other than its subject; NULL: its subject */
};
static const struct profile authority = {"ca", CA_DAYS, "critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign",
                                         NULL, NULL};
static const struct profile leaves[] = {
    {"seed", LEAF_DAYS, "critical,CA:FALSE", "critical,digitalSignature", "serverAuth", PKI_SEED_NAME},
    {"operator", LEAF_DAYS, "critical,CA:FALSE", "critical,digitalSignature", "clientAuth", NULL},
};

/* Makes a key and its certificate, signed by `issuer` (NULL: self-signed). `names`: its subject alternative names (RFC
 * 5280, 4.2.1.6); NULL: none. */
static int pair_issue(const struct profile *profile, const char *names, const struct pair *issuer, struct pair *ret,
                      struct error *err) {
    struct pair made = {.key = EVP_EC_gen("P-256"), .certificate = X509_new()};
    const struct pair *by = issuer ? issuer : &made;
    X509_NAME *subject = made.certificate ? X509_get_subject_name(made.certificate) : NULL;
    bool ok =
        made.key && subject && X509_set_version(made.certificate, X509_VERSION_3) &&
        certificate_number(made.certificate) && X509_gmtime_adj(X509_getm_notBefore(made.certificate), -SKEW_S) &&
        X509_time_adj_ex(X509_getm_notAfter(made.certificate), profile->days, 0, NULL) &&
        X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, (const unsigned char *)"Seedrack", -1, -1, 0) &&
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)profile->name, -1, -1, 0) &&
        X509_set_issuer_name(made.certificate, X509_get_subject_name(by->certificate)) &&
        X509_set_pubkey(made.certificate, made.key) &&
        certificate_extend(made.certificate, by->certificate, NID_subject_key_identifier, "hash") &&
        certificate_extend(made.certificate, by->certificate, NID_authority_key_identifier, "keyid:always") &&
        certificate_extend(made.certificate, by->certificate, NID_basic_constraints, profile->constraints) &&
        certificate_extend(made.certificate, by->certificate, NID_key_usage, profile->usage) &&
        (!profile->purpose ||
         certificate_extend(made.certificate, by->certificate, NID_ext_key_usage, profile->purpose)) &&
        (!names || certificate_extend(made.certificate, by->certificate, NID_subject_alt_name, names)) &&
        X509_sign(made.certificate, by->key, EVP_sha256());
    if (ok) {
        *ret = made;
        return 0;
    }
    pair_free(&made);
    return openssl_failed("make a certificate", err);
}

static void pair_paths(const char *folder, const char *name, char ret_key[static PATH_MAX],
                       char ret_certificate[static PATH_MAX]) {
    snprintf(ret_key, PATH_MAX, "%s/%s.key", folder, name);
    snprintf(ret_certificate, PATH_MAX, "%s/%s.crt", folder, name);
}

static int write_pem(const char *path, BIO *pem, mode_t mode, struct error *err) {
    char *data;
    long length = BIO_get_mem_data(pem, &data);
    return length > 0 ? file_write(path, data, (size_t)length, mode, err) : openssl_failed("write PEM", err);
}

/* Writes the certificate last: where it exists, the key is complete. */
static int pair_write(const char *folder, const char *name, const struct pair *pair, struct error *err) {
    char key[PATH_MAX], certificate[PATH_MAX];
    BIO *secret = BIO_new(BIO_s_secmem()), *public = BIO_new(BIO_s_mem());
    pair_paths(folder, name, key, certificate);
    int result = secret && public && PEM_write_bio_PrivateKey(secret, pair->key, NULL, NULL, 0, NULL, NULL) &&
                         PEM_write_bio_X509(public, pair->certificate)
                     ? 0
                     : openssl_failed("write PEM", err);
    if (result == 0 && (write_pem(key, secret, 0600, err) < 0 || write_pem(certificate, public, 0644, err) < 0))
        result = -1;
    BIO_free(secret);
    BIO_free(public);
    return result;
}

static int pair_read(const char *folder, const char *name, struct pair *ret, struct error *err) {
    char key[PATH_MAX], certificate[PATH_MAX];
    struct pair pair = {0};
    pair_paths(folder, name, key, certificate);
    BIO *secret = BIO_new_file(key, "r"), *public = BIO_new_file(certificate, "r");
    if (secret && public) {
        pair.key = PEM_read_bio_PrivateKey(secret, NULL, NULL, NULL);
        pair.certificate = PEM_read_bio_X509(public, NULL, NULL, NULL);
    }
    BIO_free(secret);
    BIO_free(public);
    if (pair.key && pair.certificate && X509_check_private_key(pair.certificate, pair.key)) {
        *ret = pair;
        return 0;
    }
    pair_free(&pair);
    error_set(err, EINVAL, "`%s` and `%s` are not a key and its certificate", key, certificate);
    return error_remedy(
        err,
        "restore both from a backup; to start over, move the folder away: machines then need images with the new pin");
}

struct request {
    const char *folder;  /* of the site */
    const char *address; /* an address for the seed's certificate; NULL: only PKI_SEED_NAME */
    bool renew, backup;
};

static bool certificate_exists(const char *folder, const char *name) {
    char key[PATH_MAX], certificate[PATH_MAX];
    pair_paths(folder, name, key, certificate);
    return access(certificate, F_OK) == 0;
}

static int certificate_pin(X509 *certificate, char ret[static PKI_PIN_SIZE], struct error *err) {
    unsigned char *der = NULL, digest[SHA256_DIGEST_LENGTH];
    int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (length <= 0)
        return openssl_failed("encode the public key", err);
    SHA256(der, (size_t)length, digest);
    OPENSSL_free(der);
    size_t prefix = (size_t)snprintf(ret, PKI_PIN_SIZE, PKI_PIN_PREFIX);
    hex_encode(digest, sizeof(digest), ret + prefix);
    return 0;
}

/* Refuses --address when seed.crt exists already: that certificate may be for another address. */
static int check_names(const char *folder, const struct request *request, struct error *err) {
    if (!request->address || request->renew || !certificate_exists(folder, "seed"))
        return 0;
    error_set(err, EEXIST, "--address %s: `%s/seed.crt` is there already, and stays", request->address, folder);
    return error_remedy(err, "add --renew for a new one");
}

/* The highest, or the lowest, generation of the certificates that are there; 0: there is none. */
static unsigned generation_there(const char *folder, bool highest) {
    unsigned found = 0;
    for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
        char path[PATH_MAX], unused[PATH_MAX];
        pair_paths(folder, leaves[i].name, unused, path);
        unsigned generation = generation_of_file(path, leaves[i].server ? leaves[i].server : leaves[i].name);
        if (generation && (!found || (highest ? generation > found : generation < found)))
            found = generation;
    }
    return found;
}

/* A certificate of a generation has the names of all before it, too (lib/pki.h). */
static void add_names(struct buf *ret, const struct profile *leaf, unsigned generation, const char *address) {
    char name[PKI_NAME_SIZE];
    for (unsigned g = 1; g <= generation; g++) {
        pki_name(leaf->server ? leaf->server : leaf->name, g, name);
        buf_addf(ret, "%sDNS:%s", g > 1 ? "," : "", name);
    }
    if (leaf->server && address)
        buf_addf(ret, ",IP:%s", address);
}

/* Makes those that are missing, or all. */
static int issue_leaves(const char *folder, const struct request *request, unsigned generation, const struct pair *ca,
                        struct error *err) {
    for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
        cleanup_buf struct buf names = BUF_INIT(8192);
        struct pair leaf = {0};
        if (!request->renew && certificate_exists(folder, leaves[i].name))
            continue;
        add_names(&names, &leaves[i], generation, request->address);
        int result = pair_issue(&leaves[i], buf_text(&names), ca, &leaf, err);
        if (result == 0)
            result = pair_write(folder, leaves[i].name, &leaf, err);
        pair_free(&leaf);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* By age-keygen(1), which never writes over a key. Its public key stands in a comment of the file. */
static int backup_key(const char *folder, struct error *err) {
    char path[PATH_MAX];
    cleanup_buf struct buf text = BUF_INIT(4096);
    snprintf(path, sizeof(path), "%s/backup.key", folder);
    if (access(path, F_OK) < 0) {
        pid_t pid = fork();
        int status = -1;
        if (pid == 0) {
            umask(0077);
            if (dup2(open("/dev/null", O_WRONLY), STDERR_FILENO) >= 0)
                execlp("age-keygen", "age-keygen", "-o", path, (char *)NULL);
            _exit(127);
        }
        if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0) {
            error_set(err, ENOENT, "age-keygen did not make `%s`", path);
            return error_remedy(err, "install age (Debian: apt install age)");
        }
    }
    if (file_read(path, &text, err) < 0)
        return -1;
    const char *key = strstr(buf_text(&text), "age1");
    int length = key ? (int)strcspn(key, "\n") : 0;
    if (length)
        printf("\"backup\": {\"recipient\": \"%.*s\"}\n", length, key);
    explicit_bzero(text.data, text.length);
    return length ? 0 : error_set(err, EINVAL, "`%s`: no line with its public key", path);
}

static int pki_init(const struct request *request, struct error *err) {
    const char *site_folder = request->folder;
    char folder[PATH_MAX - 64], pin[PKI_PIN_SIZE];
    struct pair ca = {0};
    if (snprintf(folder, sizeof(folder), "%s/" PKI_FOLDER, site_folder) >= (int)sizeof(folder))
        return error_errno(err, ENAMETOOLONG, "`%.64s…`", site_folder);
    if (access(site_folder, F_OK) < 0) {
        error_errno(err, errno, "`%s`", site_folder);
        return error_remedy(err, "give the folder of the site document");
    }
    if (check_names(folder, request, err) < 0 || file_mkdirs(folder, 0700, err) < 0)
        return -1;
    unsigned there = generation_there(folder, true), generation = there + (request->renew || !there);
    if (generation > PKI_GENERATION_MAX) {
        error_set(err, ERANGE, "`%s`: its certificates are of generation %u, the last one", folder, there);
        return error_remedy(err, "move the folder away and run seedctl init: a new authority (docs/tls.md)");
    }
    bool old = certificate_exists(folder, authority.name);
    if (old && request->renew && !there) {
        error_set(err, ENOENT, "`%s`: neither seed.crt nor operator.crt is there, so their generation is not known",
                  folder);
        return error_remedy(err, "put one of them back; or leave --renew out for certificates of generation 1");
    }
    int result = old ? pair_read(folder, authority.name, &ca, err) : pair_issue(&authority, NULL, NULL, &ca, err);
    if (result == 0 && !old)
        result = pair_write(folder, authority.name, &ca, err);
    if (result == 0)
        result = issue_leaves(folder, request, generation, &ca, err);
    if (result == 0)
        result = certificate_pin(ca.certificate, pin, err);
    pair_free(&ca);
    if (result == 0)
        printf("\"seed_ca\": \"%s\"\n", pin);
    if (result == 0 && generation_there(folder, false) > 1) /* a run that was cut leaves two */
        printf("\"generation\": %u\n", generation_there(folder, false));
    if (result == 0 && request->backup)
        result = backup_key(folder, err);
    if (result == 0 && request->renew && there)
        fprintf(stderr,
                "seedctl: init: restart the seed with these certificates. The old ones count until `generation` is in "
                "`network` of the site; on media made before, for a blank machine, until they end\n");
    return result;
}

int seedctl_init(const struct arguments *arguments) {
    struct error err = {0};
    struct request request = {.folder = arguments->operands[0],
                              .address = arguments->address,
                              .renew = arguments->renew,
                              .backup = arguments->backup};
    struct in_addr in;
    if (request.address && (!net_address_parse(request.address, &in) || !net_address_unicast(in)))
        return command_refuse(arguments,
                              "--address `%.64s` is not an IPv4 address that a seed may have; write it as 172.22.132.1",
                              request.address);
    if (pki_init(&request, &err) == 0)
        return 0;
    error_report(&err, "seedctl: init");
    return 1;
}
