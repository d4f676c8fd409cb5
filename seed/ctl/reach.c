/* SPDX-License-Identifier: Apache-2.0
 * See reach.h. */
#include "reach.h"
#include "generation.h"
#include "pki.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { URL_SIZE = 1024, STALL_S = 30 };

/* The first admin socket that exists. A folder that may not be searched is an error (EACCES): a socket may be in it. */
static const char *find_socket(struct error *err) {
    static const char *const paths[] = {REACH_RUN_SOCKET, REACH_STATE_SOCKET};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct stat st;
        int result = stat(paths[i], &st);
        if (result == 0 && S_ISSOCK(st.st_mode))
            return paths[i];
        if (result < 0 && errno == EACCES) {
            error_errno(err, EACCES, "admin socket `%s`", paths[i]);
            error_remedy(err, "run it as root; or say where the seed is with --seed URL or $SEEDRACK_SEED");
            return NULL;
        }
    }
    error_set(
        err, ENOENT,
        "no seed: there is no --seed, --admin-socket or $SEEDRACK_SEED, and on this machine neither `%s` nor `%s`",
        paths[0], paths[1]);
    error_remedy(err, "on the seed's machine start seed-server, or name the admin.sock in its --state folder with "
                      "--admin-socket; elsewhere name it with --seed https://HOST:8443 --pki DIR");
    return NULL;
}

int reach_find(const struct arguments *arguments, struct reach *ret, struct error *err) {
    const char *environment = getenv("SEEDRACK_SEED");
    struct reach reach = {.seed = arguments->seed, .socket = arguments->admin_socket, .pki = arguments->pki};
    if (!reach.seed && !reach.socket && environment && environment[0])
        *(strchr(environment, '/') && !strstr(environment, "://") ? &reach.socket : &reach.seed) = environment;
    if (!reach.seed && !reach.socket && !(reach.socket = find_socket(err)))
        return -1;
    *ret = reach;
    return 0;
}

static size_t receive(char *data, size_t size, size_t n, void *context) {
    struct buf *body = context;
    buf_add(body, data, size * n);
    return buf_failed(body) ? 0 : size * n;
}

static bool is_secure(const struct reach *reach) {
    return !reach->socket && !strncmp(reach->seed, "https://", 8);
}

static void set_tls(CURL *curl, const char *pki) {
    char ca[PATH_MAX], certificate[PATH_MAX], key[PATH_MAX]; /* curl keeps copies */
    snprintf(ca, sizeof(ca), "%s/ca.crt", pki);
    snprintf(certificate, sizeof(certificate), "%s/operator.crt", pki);
    snprintf(key, sizeof(key), "%s/operator.key", pki);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    curl_easy_setopt(curl, CURLOPT_SSLCERT, certificate);
    curl_easy_setopt(curl, CURLOPT_SSLKEY, key);
}

/* A seed with an older certificate than the operator's is not believed: its key may be somebody else's. */
static void name_seed(const struct reach *reach, char ret[PKI_NAME_SIZE]) {
    char path[PATH_MAX] = "";
    if (reach->pki)
        snprintf(path, sizeof(path), "%s/operator.crt", reach->pki);
    pki_name(PKI_SEED_NAME, generation_of_file(path, PKI_OPERATOR_NAME), ret);
}

static int reach_locate(const struct reach *reach, const char *path, char ret_url[static URL_SIZE],
                        char ret_place[static URL_SIZE], struct error *err) {
    const char *seed = reach->socket ? "http://seed" : is_secure(reach) ? "https://" : reach->seed;
    char name[PKI_NAME_SIZE] = "";
    if (is_secure(reach))
        name_seed(reach, name);
    if (snprintf(ret_url, URL_SIZE, "%s%s%s", seed, name, path) >= URL_SIZE)
        return error_errno(err, ENAMETOOLONG, "seed URL");
    if (!is_secure(reach))
        return 0;
    if (!reach->pki) {
        error_set(err, EINVAL, "seed `%s`: whom to trust is not known", reach->seed);
        return error_remedy(err, "name the folder that seedctl init made with --pki");
    }
    const char *host = reach->seed + strlen("https://");
    bool has_port = strrchr(host, ':') && !strchr(strrchr(host, ':'), ']');
    return snprintf(ret_place, URL_SIZE, "::%s%s", host, has_port ? "" : ":8443") >= URL_SIZE
               ? error_errno(err, ENAMETOOLONG, "seed URL")
               : 0;
}

static void set_upload(CURL *curl, FILE *file) {
    struct stat st;
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READDATA, file);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, fstat(fileno(file), &st) == 0 ? (curl_off_t)st.st_size : 0);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
}

/* With `body` or `upload`, or neither. */
static int call(const struct reach *reach, CURL *curl, const char *path, const char *body, FILE *upload, long timeout_s,
                struct buf *ret, long *ret_code, struct error *err) {
    char url[URL_SIZE], place[URL_SIZE] = "", why[CURL_ERROR_SIZE] = "";
    if (reach_locate(reach, path, url, place, err) < 0)
        return -1;
    struct curl_slist *places = place[0] ? curl_slist_append(NULL, place) : NULL;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, ret);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_s);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, places);
    if (reach->socket)
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, reach->socket);
    if (places)
        set_tls(curl, reach->pki);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    if (upload)
        set_upload(curl, upload);
    CURLcode code = curl_easy_perform(curl);
    curl_slist_free_all(places);
    if (code == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_code);
        return 0;
    }
    error_set(err, EIO, "%s `%s`: %s", reach->socket ? "admin socket" : "seed",
              reach->socket ? reach->socket : reach->seed, why[0] ? why : curl_easy_strerror(code));
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        error_remedy(err, "its certificate must be by the authority in `%s`, and of the operator's generation or newer",
                     reach->pki ? reach->pki : "--pki");
    return error_remedy(
        err, reach->socket
                 ? "run it on the seed's machine as root; the socket is admin.sock in the seed's --state folder"
                 : "start seed-server, or say where it is with --seed");
}

int reach_call(const struct reach *reach, CURL *curl, const char *path, const char *body, long timeout_s,
               struct buf *ret, long *ret_code, struct error *err) {
    return call(reach, curl, path, body, NULL, timeout_s, ret, ret_code, err);
}

int reach_put(const struct reach *reach, CURL *curl, const char *path, const char *file, struct buf *ret,
              long *ret_code, struct error *err) {
    FILE *upload = fopen(file, "re");
    if (!upload)
        return error_errno(err, errno, "`%s`", file);
    int result = call(reach, curl, path, NULL, upload, 0, ret, ret_code, err);
    fclose(upload);
    return result;
}
