/* SPDX-License-Identifier: Apache-2.0
 * ca_hash_of_file(): a PEM file as kubeadm leaves it. mbedTLS itself is not instrumented: its own project fuzzes it. */
#include "effects/ca_hash.h"
#include "fuzz.h"
#include "record/record.h"
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[32], hash[CA_HASH_SIZE];
    struct error err = {0};
    int fd = memfd_create("ca.crt", MFD_CLOEXEC);
    demand(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (ca_hash_of_file(path, hash, &err) == 0)
        demand(ca_hash_valid(hash));
    else
        fuzz_error(&err);
    close(fd);
    return 0;
}
