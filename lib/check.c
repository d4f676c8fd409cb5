/* SPDX-License-Identifier: Apache-2.0
 * See check.h. */
#include "check.h"

#include "net.h"
#include "size.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"
#define ALNUM LOWER UPPER DIGIT

static bool only(const char *text, const char *set, size_t least, size_t most) {
    size_t n = strlen(text);
    return n >= least && n <= most && strspn(text, set) == n;
}

/* Copies `length` bytes to `ret` when they fit. */
static bool part(const char *text, size_t length, char *ret, size_t size) {
    if (length >= size)
        return false;
    memcpy(ret, text, length);
    ret[length] = '\0';
    return true;
}

static bool port(const char *text) {
    unsigned value = 0;
    if (!only(text, DIGIT, 1, 5) || text[0] == '0')
        return false;
    for (; *text; text++)
        value = value * 10 + (unsigned)(*text - '0');
    return value <= 65535;
}

const char *check_label(const char *text) {
    return net_label_valid(text) ? NULL : "1 to 63 of a-z, 0-9 and `-`, with `-` neither first nor last";
}

const char *check_dns_name(const char *text) {
    return net_dns_name_valid(text) ? NULL : "a DNS name in lower case such as `cluster.local`";
}

const char *check_mac(const char *text) {
    char mac[NET_MAC_SIZE];
    return net_mac_parse(text, mac) ? NULL : "a unicast MAC address such as `52:54:00:84:00:11`";
}

const char *check_address(const char *text) {
    struct in_addr in;
    return net_address_parse(text, &in) && net_address_unicast(in) ? NULL : "an IPv4 address such as `172.22.132.10`";
}

const char *check_address_cidr(const char *text) {
    struct cidr cidr;
    bool valid = net_cidr_parse(text, &cidr) && cidr.prefixlen >= 8 && cidr.prefixlen <= 30 &&
                 net_address_unicast(cidr.in) && !net_cidr_is_edge(&cidr);
    return valid ? NULL : "a host's IPv4 address with its prefix length (8 to 30) such as `172.22.132.11/24`";
}

const char *check_link_address(const char *text) {
    struct prefix prefix;
    return net_prefix_parse(text, &prefix) && net_prefix_is_host(&prefix)
               ? NULL
               : "a host's address with its prefix length such as `10.20.0.11/24` or `fd00:84::11/64`";
}

const char *check_link_name(const char *text) {
    return net_label_valid(text) && strlen(text) < 16 && strcmp(text, "uplink") != 0
               ? NULL
               : "1 to 15 of a-z, 0-9 and `-`, and not `uplink`, which is the machine's own link";
}

const char *check_route(const char *text) {
    struct prefix prefix;
    return net_prefix_parse(text, &prefix) && net_prefix_is_subnet(&prefix)
               ? NULL
               : "a subnet with no host bits set such as `10.30.0.0/16` or `fd00:30::/48`";
}

const char *check_any_address(const char *text) {
    struct prefix prefix;
    return net_prefix_parse_host(text, &prefix) && net_prefix_is_host(&prefix)
               ? NULL
               : "an address such as `172.22.132.10` or `fd00:84::1`";
}

const char *check_subnet(const char *text) {
    struct cidr cidr;
    bool valid = net_cidr_parse(text, &cidr) && cidr.prefixlen >= 8 && cidr.prefixlen <= 30 &&
                 net_address_unicast(cidr.in) && net_cidr_is_subnet(&cidr);
    return valid ? NULL : "an IPv4 subnet with no host bits set (/8 to /30) such as `10.244.0.0/16`";
}

/* "host:port" of which the host is an address or a name; digits and dots alone are an address. */
static bool host_port(const char *text) {
    const char *colon = strrchr(text, ':');
    char host[254];
    struct in_addr in;
    if (!colon || !port(colon + 1) || !part(text, (size_t)(colon - text), host, sizeof(host)))
        return false;
    return only(host, DIGIT ".", 1, 253) ? net_address_parse(host, &in) && net_address_unicast(in)
                                         : net_dns_name_valid(host);
}

const char *check_endpoint(const char *text) {
    return host_port(text) ? NULL : "an address or name with a port such as `172.22.132.10:8443`";
}

const char *check_url(const char *text) {
    if (!strncmp(text, "https://", 8))
        return "a URL that begins with http://: with `seed_ca` machines find the seed's TLS port by themselves";
    return !strncmp(text, "http://", 7) && host_port(text + 7)
               ? NULL
               : "a URL with a port and no path such as `http://172.22.132.1:8080`";
}

const char *check_uuid(const char *text) {
    static const size_t groups[] = {8, 4, 4, 4, 12};
    const char *at = text;
    bool valid = true;
    for (size_t i = 0; valid && i < sizeof(groups) / sizeof(groups[0]); i++) {
        size_t n = strspn(at, DIGIT "abcdefABCDEF");
        valid = n == groups[i] && at[n] == (i < 4 ? '-' : '\0');
        at += n + 1;
    }
    return valid ? NULL : "a UUID as `seed-agent facts` prints it";
}

const char *check_serial(const char *text) {
    size_t n = strlen(text);
    bool valid = n >= 1 && n <= 64 && text[0] != ' ' && text[n - 1] != ' ';
    for (size_t i = 0; i < n; i++)
        valid = valid && text[i] >= 0x20 && text[i] <= 0x7e;
    return valid ? NULL : "a serial number as `seed-agent facts` prints it";
}

const char *check_pin(const char *text) {
    static const char prefix[] = "sha256:";
    return !strncmp(text, prefix, sizeof(prefix) - 1) && only(text + sizeof(prefix) - 1, DIGIT "abcdef", 64, 64)
               ? NULL
               : "the pin that `seedctl init` prints, `sha256:` and 64 lower-case hex digits";
}

const char *check_release(const char *text) {
    const char *at = text + 1;
    bool valid = text[0] == 'v';
    for (int i = 0; valid && i < 3; i++) {
        size_t n = strspn(at, DIGIT);
        valid = n >= 1 && n <= 3 && (n == 1 || at[0] != '0') && at[n] == (i < 2 ? '.' : '\0');
        at += n + 1;
    }
    return valid ? NULL : "a Kubernetes version such as `v1.20.2`";
}

const char *check_api(const char *text) {
    static const char group[] = "kubeadm.k8s.io/v";
    return !strncmp(text, group, sizeof(group) - 1) && only(text + sizeof(group) - 1, LOWER DIGIT, 1, 16)
               ? NULL
               : "kubeadm's configuration API such as `kubeadm.k8s.io/v1beta2`";
}

const char *check_image(const char *text) {
    const char *slash = strrchr(text, '/'), *tag = strchr(slash ? slash : text, ':');
    bool valid = only(text, ALNUM "._-/:@", 3, 255) && strspn(text, LOWER DIGIT) > 0 && tag && tag[1] && tag[-1] != '/';
    return valid ? NULL : "an image with its tag such as `docker.io/library/haproxy:2.6`";
}

/* A part of a repository's name: letters and digits, between them `.`, `_` or any number of `-`. */
static bool repository_part(const char *text, size_t n) {
    bool was_name = false;
    for (size_t i = 0; i < n; i++) {
        bool is_name = strchr(LOWER DIGIT, text[i]);
        if (!is_name &&
            (!strchr("._-", text[i]) || i + 1 == n || (!was_name && !(i > 0 && text[i] == '-' && text[i - 1] == '-'))))
            return false;
        was_name = is_name;
    }
    return n > 0;
}

/* As kubeadm takes it (ValidateImageRepository): a registry with or without its port, and a path. */
static bool repository(const char *text) {
    size_t n = strcspn(text, "/"), colon = strcspn(text, ":");
    char digits[6];
    if (colon < n &&
        (memchr(text, '_', colon) || !part(text + colon + 1, n - colon - 1, digits, sizeof(digits)) || !port(digits)))
        return false;
    if (!repository_part(text, colon < n ? colon : n))
        return false;
    for (text += n; *text == '/'; text += n) {
        n = strcspn(++text, "/");
        if (!repository_part(text, n))
            return false;
    }
    return true;
}

const char *check_repository(const char *text) {
    return strlen(text) <= 200 && repository(text)
               ? NULL
               : "a registry with a path, and without a tag, such as `registry.example.com:5000/k8s`";
}

const char *check_interface(const char *text) {
    return only(text, ALNUM "._-", 1, 15) && strcmp(text, ".") && strcmp(text, "..") && text[0] != '-'
               ? NULL
               : "a network interface's name (at most 15 bytes) such as `enp3s0`";
}

const char *check_listen(const char *text) {
    struct in_addr in;
    return !strcmp(text, "*") || net_address_parse(text, &in) ? NULL : "an IPv4 address such as `127.0.0.1`, or `*`";
}

const char *check_auth(const char *text) {
    const char *colon = strchr(text, ':');
    char user[33];
    bool valid = colon && part(text, (size_t)(colon - text), user, sizeof(user)) && only(user, ALNUM "._-", 1, 32) &&
                 only(colon + 1, ALNUM "._-", 1, 64);
    return valid ? NULL : "`user:password` of letters, digits and `._-`";
}

const char *check_password(const char *text) {
    return only(text, ALNUM, 1, 8) ? NULL : "1 to 8 letters and digits";
}

/* A name as Kubernetes qualifies it: begins and ends alphanumeric. */
static bool qualified(const char *text, size_t least) {
    size_t n = strlen(text);
    return only(text, ALNUM "._-", least, 63) &&
           (n == 0 || (strspn(text, ALNUM) > 0 && strspn(text + n - 1, ALNUM) > 0));
}

/* Splits "prefix/name"; prefix is "" without a slash. */
static bool key_parts(const char *text, char prefix[254], const char **ret_name) {
    const char *slash = strchr(text, '/');
    prefix[0] = '\0';
    *ret_name = slash ? slash + 1 : text;
    if (slash && (!part(text, (size_t)(slash - text), prefix, 254) || !net_dns_name_valid(prefix)))
        return false;
    return qualified(*ret_name, 1);
}

static bool ends_with(const char *text, const char *tail) {
    size_t n = strlen(text), m = strlen(tail);
    return n >= m && !strcmp(text + n - m, tail) && (n == m || text[n - m - 1] == '.');
}

/* kubelet exits when --node-labels names a label of these groups that is not on its list
 * (kubernetes: pkg/kubelet/apis/well_known_labels.go). */
static bool kubelet_may_set(const char *prefix, const char *name) {
    if (!ends_with(prefix, "kubernetes.io") && !ends_with(prefix, "k8s.io"))
        return true;
    if (ends_with(prefix, "kubelet.kubernetes.io") || ends_with(prefix, "node.kubernetes.io"))
        return true;
    if (!strcmp(prefix, "kubernetes.io"))
        return !strcmp(name, "hostname") || !strcmp(name, "os") || !strcmp(name, "arch");
    if (!strcmp(prefix, "beta.kubernetes.io"))
        return !strcmp(name, "instance-type") || !strcmp(name, "os") || !strcmp(name, "arch");
    return (!strcmp(prefix, "topology.kubernetes.io") || !strcmp(prefix, "failure-domain.beta.kubernetes.io")) &&
           (!strcmp(name, "zone") || !strcmp(name, "region"));
}

const char *check_label_key(const char *text) {
    char prefix[254];
    const char *name;
    if (!key_parts(text, prefix, &name))
        return "a label's key such as `example.com/rack`";
    return kubelet_may_set(prefix, name)
               ? NULL
               : "a label outside kubernetes.io and k8s.io: kubelet refuses to start with this one";
}

const char *check_label_value(const char *text) {
    return qualified(text, 0) ? NULL : "a label's value: at most 63 letters, digits and `._-`";
}

const char *check_taint(const char *text) {
    static const char *const effects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute"};
    static const char expected[] = "a taint such as `example.com/gpu=yes:NoSchedule`";
    const char *colon = strrchr(text, ':');
    char left[400], prefix[254];
    const char *name;
    if (!colon || !part(text, (size_t)(colon - text), left, sizeof(left)))
        return expected;
    bool effect = false;
    for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++)
        effect = effect || !strcmp(effects[i], colon + 1);
    char *equals = strchr(left, '=');
    if (equals)
        *equals = '\0';
    return effect && (!equals || qualified(equals + 1, 0)) && key_parts(left, prefix, &name) ? NULL : expected;
}

static bool printable(const char *text, size_t most) {
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (text[i] < 0x20 || text[i] > 0x7e || text[i] == '"' || text[i] == '\'' || text[i] == '\\')
            return false;
    return n >= 1 && n <= most;
}

const char *check_selector(const char *text) {
    return printable(text, 255) ? NULL : "1 to 255 printable ASCII bytes without quotes and backslashes";
}

const char *check_flag(const char *text) {
    return only(text, LOWER DIGIT "-", 1, 63) && strspn(text, LOWER) > 0
               ? NULL
               : "a flag in lower case and without its dashes, such as `event-ttl`";
}

const char *check_argument_value(const char *text) {
    return printable(text, 1024) ? NULL : "1 to 1024 printable ASCII bytes without quotes and backslashes";
}

const char *check_hours(const char *text) {
    size_t n = strspn(text, DIGIT);
    bool valid = n >= 2 && n <= 6 && text[0] != '0' && !strcmp(text + n, "h");
    return valid && (n > 2 || strncmp(text, "24", 2) >= 0) ? NULL : "whole hours from `24h` to `999999h`";
}

const char *check_validity(const char *text) {
    size_t n = strspn(text, DIGIT);
    unsigned long minutes = n <= 4 && text[0] != '0' && !strcmp(text + n, "m") ? strtoul(text, NULL, 10) : 0;
    return (minutes >= 15 && minutes < 1440) || !check_hours(text)
               ? NULL
               : "whole hours from `24h` to `999999h`, or for tests minutes from `15m` to `1439m`";
}

const char *check_period(const char *text) {
    size_t n = strspn(text, DIGIT);
    bool number = n >= 1 && n <= 4 && text[0] != '0';
    return number && (!strcmp(text + n, "h") || !strcmp(text + n, "m"))
               ? NULL
               : "a period such as `6h` or `30m`, at most 9999";
}

int64_t check_period_s(const char *text) {
    return (int64_t)strtoul(text, NULL, 10) * (strchr(text, 'h') ? 3600 : 60);
}

const char *check_age_recipient(const char *text) {
    return !strncmp(text, "age1", 4) && only(text + 4, "023456789acdefghjklmnpqrstuvwxyz", 58, 58)
               ? NULL
               : "the public key that age-keygen prints: `age1` and 58 more characters";
}

const char *check_host(const char *text) {
    struct in_addr in;
    bool valid = only(text, DIGIT ".", 1, 253) ? net_address_parse(text, &in) && net_address_unicast(in)
                                               : net_dns_name_valid(text);
    return valid ? NULL : "an IPv4 address or a DNS name";
}

const char *check_bmc(const char *text) {
    struct in_addr in;
    bool here = net_address_parse(text, &in) && ntohl(in.s_addr) >> 24 == 127;
    return here ? NULL : check_host(text);
}

const char *check_bmc_user(const char *text) {
    return only(text, ALNUM "._@+-", 1, 32) ? NULL : "1 to 32 letters, digits and `._@+-`";
}

/* The SHA-256 of a public key, in base64: 32 bytes are 43 digits and one `=`. */
const char *check_bmc_pin(const char *text) {
    static const char prefix[] = "sha256//";
    size_t n = strlen(text);
    char digits[44];
    bool valid = n == sizeof(prefix) - 1 + 44 && !strncmp(text, prefix, sizeof(prefix) - 1) && text[n - 1] == '=' &&
                 part(text + sizeof(prefix) - 1, 43, digits, sizeof(digits)) && only(digits, ALNUM "+/", 43, 43);
    return valid ? NULL : "the pin of its public key, `sha256//` and 44 digits of base64";
}

const char *check_bmc_system(const char *text) {
    return only(text, ALNUM "._-", 1, 64) && strspn(text, ".") != strlen(text)
               ? NULL
               : "the last word of its member of /redfish/v1/Systems, such as `System.Embedded.1`";
}

const char *check_bucket(const char *text) {
    static const char https[] = "https://",
                      example[] = "a bucket's URL such as `https://s3.example:9000/bucket/rack-1`";
    const char *slash;
    char server[254 + sizeof(":65535")];
    if (strncmp(text, https, strlen(https)) != 0 || !(slash = strchr(text + strlen(https), '/')) ||
        !part(text + strlen(https), (size_t)(slash - text) - strlen(https), server, 254))
        return example;
    if (!strchr(server, ':'))
        memcpy(server + strlen(server), ":443", sizeof(":443"));
    size_t n = strlen(text);
    return host_port(server) && only(slash, ALNUM "._-/", 2, 200) && n <= 200 && text[n - 1] != '/' &&
                   !strstr(slash, "//") && !strstr(slash, "/./") && !strstr(slash, "/../") &&
                   strcmp(strrchr(slash, '/'), "/.") != 0 && strcmp(strrchr(slash, '/'), "/..") != 0
               ? NULL
               : example;
}

const char *check_certificates(const char *text) {
    static const char begin[] = "-----BEGIN CERTIFICATE-----\n", end[] = "-----END CERTIFICATE-----";
    size_t n = strlen(text);
    bool newline = n > 0 && text[n - 1] == '\n';
    return n <= 16384 && n > strlen(begin) + strlen(end) && !strncmp(text, begin, strlen(begin)) &&
                   !strncmp(text + n - newline - strlen(end), end, strlen(end))
               ? NULL
               : "certificates as PEM, at most 16 KiB, from BEGIN CERTIFICATE to END CERTIFICATE";
}

const char *check_folder(const char *text) {
    return text[0] == '/' && only(text, ALNUM "._-/", 1, 200) && !strstr(text, "//") && !strstr(text, "/../") &&
                   strcmp(strrchr(text, '/'), "/..") != 0
               ? NULL
               : "an absolute path such as `/srv/backups`";
}

const char *check_secret(const char *text) {
    size_t n = strlen(text);
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            n = 0;
    return n >= 1 && n <= 4096 ? NULL : "one line of at most 4096 bytes";
}

const char *check_s3_key(const char *text) {
    const char *colon = strchr(text, ':');
    return colon && colon > text && colon[1] && only(text, ALNUM "+/=._-:", 3, 512) ? NULL : "KEY:SECRET";
}

const char *check_login(const char *text) {
    const char *colon = strchr(text, ':');
    return colon && colon > text && colon[1] && strlen(text) <= 512 ? NULL : "USER:PASSWORD";
}

/* A host, with its port or without. */
static bool host_maybe_port(const char *text) {
    char server[254 + sizeof(":65535")];
    if (!part(text, strlen(text), server, 254))
        return false;
    if (!strchr(server, ':'))
        memcpy(server + strlen(server), ":443", sizeof(":443"));
    return host_port(server);
}

const char *check_registry(const char *text) {
    return host_maybe_port(text) ? NULL
                                 : "a registry as images are named, such as `docker.io` or `registry.example:5000`";
}

const char *check_mirror(const char *text) {
    size_t scheme = !strncmp(text, "https://", 8) ? 8 : !strncmp(text, "http://", 7) ? 7 : 0;
    return scheme && host_maybe_port(text + scheme) ? NULL
                                                    : "a URL without a path such as `https://mirror.example:5000`";
}

const char *check_disk_size(const char *text) {
    uint64_t bytes;
    return size_parse(text, &bytes)
               ? NULL
               : "a size such as `480G` or `447GiB`: a whole number and one of M, G, T, MiB, GiB, TiB";
}

const char *check_disk_path(const char *text) {
    bool device = !strncmp(text, "/dev/", 5) && only(text + 5, ALNUM "-_", 1, 31);
    bool place = !strncmp(text, "pci-", 4) && only(text + 4, "0123456789abcdef:.", 7, 12);
    return device || place ? NULL : "a device such as `/dev/sda`, or its controller's place such as `pci-0000:04:00.0`";
}

const char *check_nonce(const char *text) {
    return only(text, ALNUM "._-", 8, 64) ? NULL : "8 to 64 letters, digits and `._-`, new for every grant";
}

/* The text goes into a file that a shell reads (kubeadm-flags.env), so it must have nothing that a shell expands or
 * splits. */
const char *check_kubelet_value(const char *text) {
    return only(text, ALNUM "._-/:,=%", 1, 255) ? NULL : "1 to 255 letters, digits and `._-/:,=%`";
}

/* Boot loaders read the argument as part of a script: iPXE expands `${` and treats a word such as `||` as an operator.
 * The kernel splits at blanks and removes double quotes (kernel: lib/cmdline.c, next_arg). */
const char *check_kernel_argument(const char *text) {
    bool valid = printable(text, 255) && !strchr(text, ' ') && strspn(text, ALNUM) > 0 && !strstr(text, "${");
    if (!valid)
        return "one kernel argument such as `nosmt` or `console=ttyS1,115200n8`: a letter or digit first, no blanks, "
               "quotes, backslashes or `${`";
    return strncmp(text, "seedrack.", 9) ? NULL
                                         : "an argument of the kernel's: `seedrack.` is what the seed adds itself";
}

const char *check_kernel(const char *text) {
    return only(text, ALNUM ".+_-", 1, 64) ? NULL
                                           : "a kernel's version as `uname -r` says it, such as `6.12.57+deb13-amd64`";
}

const char *check_path(const char *text) {
    bool valid = only(text, ALNUM "._-/", 1, 200) && text[0] != '/' && strcmp(text, "..") && strncmp(text, "../", 3) &&
                 !strstr(text, "/../") && !strstr(text, "//");
    size_t n = strlen(text);
    return valid && text[n - 1] != '/' && (n < 3 || strcmp(text + n - 3, "/.."))
               ? NULL
               : "a path below the site document's own folder";
}

const char *check_sha256(const char *text) {
    return only(text, DIGIT "abcdef", 64, 64) ? NULL : "64 hexadecimal digits in lower case";
}

const char *check_not_empty(const char *text) {
    return *text ? NULL : "some text";
}

const char *check_manifest(const char *text) {
    size_t n = strlen(text);
    return n >= 1 && n <= CHECK_MANIFEST_MAX ? NULL : "a manifest of at most 512 KiB";
}
