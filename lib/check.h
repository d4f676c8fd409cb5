/* SPDX-License-Identifier: Apache-2.0
 * What each kind of text in a site or role document must look like. Every accepted text is free of quotes, backslashes,
 * blanks and control bytes unless said otherwise, so renderers may put it between double quotes of YAML, a shell
 * assignment or JSON as it is. Each returns NULL when fine, else what is expected (see reader_check). */
#pragma once
#include <stdint.h>

const char *check_label(const char *text);        /* RFC 1123 label: host names, names of sites and addons */
const char *check_dns_name(const char *text);     /* "cluster.local" */
const char *check_mac(const char *text);          /* "52:54:00:84:00:11", any case */
const char *check_address(const char *text);      /* "172.22.132.10", one a machine may have */
const char *check_address_cidr(const char *text); /* "172.22.132.11/24", prefix length 8..30 */
const char *check_link_address(const char *text); /* the same, or "fd00:84::11/64", of any length */
const char *check_link_name(const char *text);    /* "storage", at most 15 bytes */
const char *check_route(const char *text);        /* "10.30.0.0/16" or "fd00:30::/48", no host bits */
const char *check_any_address(const char *text);  /* "172.22.132.10" or "fd00:84::1" */
const char *check_subnet(const char *text);       /* "10.244.0.0/16", no host bits, prefix length 8..30 */
const char *check_endpoint(const char *text);     /* "172.22.132.10:8443": IPv4 or DNS name, port */
const char *check_url(const char *text);          /* "http://172.22.132.1:8080", no path */
const char *check_uuid(const char *text);         /* 8-4-4-4-12 hex digits */
const char *check_serial(const char *text);       /* printable ASCII, 1..64 bytes */
const char *check_pin(const char *text);          /* of a certificate authority (pki.h) */
const char *check_release(const char *text);      /* "v1.20.2" */
const char *check_api(const char *text);          /* "kubeadm.k8s.io/v1beta2" */
const char *check_image(const char *text);        /* "docker.io/library/haproxy:2.6" */
const char *check_repository(const char *text);   /* "registry.example.com:5000/k8s", without a tag */
const char *check_interface(const char *text);    /* "enp3s0" */
const char *check_listen(const char *text);       /* an address to listen on, or "*" for all */
const char *check_auth(const char *text);         /* "user:password" */
const char *check_password(const char *text);     /* 1..8 letters and digits: VRRP's own limit */
const char *check_label_key(const char *text);    /* a Kubernetes label that kubelet may set on its own node */
const char *check_label_value(const char *text);
const char *check_taint(const char *text);          /* "key=value:NoSchedule" */
const char *check_kubelet_value(const char *text);  /* nothing a shell expands or splits */
const char *check_flag(const char *text);           /* "event-ttl": a flag of a program, without its dashes */
const char *check_argument_value(const char *text); /* of a flag: printable ASCII, blanks too */
const char *check_hours(const char *text);          /* "8760h": how long an authority is valid */
const char *check_period(const char *text);         /* "6h" or "15m" */
int64_t check_period_s(const char *text);           /* of one that is valid, in seconds */
const char *check_age_recipient(const char *text);  /* the public key that age-keygen prints (age, X25519) */
const char *check_host(const char *text);           /* an IPv4 address or a DNS name */
const char *check_bmc(const char *text);            /* where a BMC is: check_host(), also on the seed's own machine */
const char *check_bmc_user(const char *text);       /* "ADMIN" */
const char *check_bmc_pin(const char *text);        /* "sha256//BASE64", as curl --pinnedpubkey takes it */
const char *check_bmc_system(const char *text);     /* "System.Embedded.1" */
const char *check_bucket(const char *text);         /* "https://s3.example:9000/bucket/prefix" */
const char *check_certificates(const char *text);   /* PEM, at most 16 KiB */
const char *check_folder(const char *text);         /* "/srv/backups": absolute, without dots that climb */
const char *check_secret(const char *text);         /* what `seedctl secret set` takes: one line, at most 4096 bytes */
const char *check_s3_key(const char *text);         /* "KEY:SECRET" */
const char *check_login(const char *text);          /* "USER:PASSWORD" of a registry (RFC 7617) */
const char *check_registry(const char *text);       /* "docker.io", "registry.example:5000", as images are named */
const char *check_mirror(const char *text);         /* "https://mirror.example:5000", no path */
const char *check_validity(const char *text);       /* "8760h", "15m": how long a certificate is valid */
const char *check_selector(const char *text);       /* a disk's serial, model ...: printable ASCII, blanks too */
const char *check_disk_size(const char *text); /* "480G" (10^9), "447GiB" (2^30); units M, G, T and MiB, GiB, TiB */
const char *check_disk_path(const char *text); /* "/dev/sda" or "pci-0000:04:00.0" */
const char *check_nonce(const char *text);     /* 8..64 letters, digits, - _ . */
const char *check_kernel_argument(const char *text); /* one word of the kernel's command line that is not Seedrack's */
const char *check_kernel(const char *text);          /* what `uname -r` says */
const char *check_path(const char *text);            /* relative, inside the site document's folder */
const char *check_sha256(const char *text);
const char *check_not_empty(const char *text); /* any text at all: manifests, replacements */
const char *check_manifest(const char *text);  /* any text of 1..CHECK_MANIFEST_MAX bytes */

enum { CHECK_MANIFEST_MAX = 512 * 1024 };
